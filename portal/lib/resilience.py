"""Circuit breaker and bulkhead: when a call may be made at all.

The rules are here, the memory is elsewhere: `SharedState` is what all processes share
(`portal.jobs.outside` keeps it in database rows), `LocalState` is the same for one process.
`now` is a moment in UTC and shared between processes; `clock` is monotonic seconds.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from portal.lib.http_errors import CircuitOpen, Full


class Circuit(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, kw_only=True)
class BreakerRules:
    """When a circuit opens, when it may be tried again, how often its state is looked at."""

    failures: int = 5
    open_for: timedelta = timedelta(seconds=30)
    watch_every: timedelta = timedelta(seconds=10)
    trial_for: timedelta = timedelta(seconds=60)  # a trial whose process died ends by itself


@dataclass(frozen=True, kw_only=True)
class BulkheadRules:
    """How many calls at once, how many may wait, and for how many seconds."""

    at_once: int = 10
    waiting: int = 100
    wait: float = 5.0


@dataclass(frozen=True, kw_only=True)
class BreakerState:
    circuit: Circuit = Circuit.CLOSED
    failures: int = 0  # in a row
    opened_at: datetime | None = None
    trial_until: datetime | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_error: str = ""


class SharedState(Protocol):
    """What processes share about outside services. Every method is atomic by itself."""

    def breaker(self, name: str) -> BreakerState: ...

    def succeeded(self, name: str, *, now: datetime) -> None:
        """Close the circuit and forget the failures."""
        ...

    def failed(self, name: str, *, error: str, now: datetime, rules: BreakerRules) -> BreakerState:
        """Count a failure; open the circuit at `rules.failures` in a row, or when on trial."""
        ...

    def take_trial(self, name: str, *, now: datetime, rules: BreakerRules) -> bool:
        """Half-open a circuit that was open long enough. True for one caller only."""
        ...

    def drop_trial(self, name: str) -> None:
        """Give a trial back that came to nothing, so that another caller may try."""
        ...

    def take_slot(
        self, name: str, *, holder: str, now: datetime, until: datetime, at_once: int
    ) -> bool: ...

    def give_slot(self, name: str, *, holder: str) -> None: ...

    def queue(self, name: str, *, holder: str, now: datetime, until: datetime, places: int) -> bool:
        """Take a place among those waiting for a slot; False when all places are taken."""
        ...

    def leave_queue(self, name: str, *, holder: str) -> None: ...


@dataclass
class LocalState:
    """`SharedState` in the memory of one process."""

    breakers: dict[str, BreakerState] = field(default_factory=dict)
    slots: dict[str, dict[str, datetime]] = field(default_factory=dict)
    waiting: dict[str, dict[str, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def breaker(self, name: str) -> BreakerState:
        with self._lock:
            return self.breakers.get(name, BreakerState())

    def succeeded(self, name: str, *, now: datetime) -> None:
        with self._lock:
            known = self.breakers.get(name, BreakerState())
            self.breakers[name] = replace(
                known,
                circuit=Circuit.CLOSED,
                failures=0,
                opened_at=None,
                trial_until=None,
                last_success_at=now,
            )

    def failed(self, name: str, *, error: str, now: datetime, rules: BreakerRules) -> BreakerState:
        with self._lock:
            known = self.breakers.get(name, BreakerState())
            state = replace(
                known, failures=known.failures + 1, last_failure_at=now, last_error=error
            )
            if known.circuit is Circuit.HALF_OPEN or (
                known.circuit is Circuit.CLOSED and state.failures >= rules.failures
            ):
                state = replace(state, circuit=Circuit.OPEN, opened_at=now, trial_until=None)
            self.breakers[name] = state
            return state

    def take_trial(self, name: str, *, now: datetime, rules: BreakerRules) -> bool:
        with self._lock:
            known = self.breakers.get(name, BreakerState())
            if known.circuit is Circuit.CLOSED or known.opened_at is None:
                return False
            if known.opened_at + rules.open_for > now:
                return False
            if known.trial_until is not None and known.trial_until > now:
                return False
            self.breakers[name] = replace(
                known, circuit=Circuit.HALF_OPEN, trial_until=now + rules.trial_for
            )
            return True

    def drop_trial(self, name: str) -> None:
        with self._lock:
            if name in self.breakers:
                self.breakers[name] = replace(self.breakers[name], trial_until=None)

    def take_slot(
        self, name: str, *, holder: str, now: datetime, until: datetime, at_once: int
    ) -> bool:
        with self._lock:
            return _take(self.slots.setdefault(name, {}), holder, now, until, at_once)

    def give_slot(self, name: str, *, holder: str) -> None:
        with self._lock:
            self.slots.get(name, {}).pop(holder, None)

    def queue(self, name: str, *, holder: str, now: datetime, until: datetime, places: int) -> bool:
        with self._lock:
            return _take(self.waiting.setdefault(name, {}), holder, now, until, places)

    def leave_queue(self, name: str, *, holder: str) -> None:
        with self._lock:
            self.waiting.get(name, {}).pop(holder, None)


def _take(
    places: dict[str, datetime], holder: str, now: datetime, until: datetime, size: int
) -> bool:
    for other in [key for key, expires_at in places.items() if expires_at <= now]:
        del places[other]
    if len(places) >= size:
        return False
    places[holder] = until
    return True


class CircuitBreaker:
    """Decides whether a service may be called, and learns from how calls end.

    A closed circuit costs nothing: its state is read again at most every `watch_every`, and a
    success is written only when there is something to forget or the last one written is older
    than that. An open one is believed until it may be tried; while somebody tries, every call
    looks.
    """

    def __init__(
        self,
        name: str,
        *,
        title: str,
        state: SharedState,
        rules: BreakerRules,
        now: Callable[[], datetime],
    ) -> None:
        self.name = name
        self._title = title
        self._state = state
        self._rules = rules
        self._now = now
        self._known = BreakerState()
        self._read_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it was open when last looked at; reads nothing."""
        return self._known.circuit is not Circuit.CLOSED

    def admit(self) -> bool:
        """Let one call through, or raise `CircuitOpen`. True when the call is a trial."""
        now = self._now()
        is_old = self._read_at is None or now - self._read_at >= self._rules.watch_every
        if is_old or self._known.circuit is Circuit.HALF_OPEN:
            self._look(now)
        if not self.is_open:
            return False
        if now < self._retry_at(now):
            raise self._refuse(now)
        if self._state.take_trial(self.name, now=now, rules=self._rules):
            self._known = replace(self._known, circuit=Circuit.HALF_OPEN)
            return True
        self._look(now)  # somebody else tries, or has tried
        if self.is_open:
            raise self._refuse(now)
        return False

    def succeeded(self) -> None:
        now = self._now()
        seen = self._known.last_success_at
        if (
            self.is_open
            or self._known.failures
            or seen is None
            or now - seen >= self._rules.watch_every
        ):
            self._state.succeeded(self.name, now=now)
            self._known = BreakerState(last_success_at=now)
            self._read_at = now

    def failed(self, error: str) -> None:
        now = self._now()
        self._known = self._state.failed(self.name, error=error, now=now, rules=self._rules)
        self._read_at = now

    def abandoned(self) -> None:
        """A trial came to nothing: it said neither that the service works nor that it fails."""
        self._state.drop_trial(self.name)

    def _look(self, now: datetime) -> None:
        self._known = self._state.breaker(self.name)
        self._read_at = now

    def _retry_at(self, now: datetime) -> datetime:
        opened_at = self._known.opened_at or now
        return max(opened_at + self._rules.open_for, self._known.trial_until or opened_at)

    def _refuse(self, now: datetime) -> CircuitOpen:
        retry_at = self._retry_at(now)
        cause = f" The last error: {self._known.last_error}" if self._known.last_error else ""
        return CircuitOpen(
            self._title,
            f"{self._title} failed {self._known.failures} times in a row and is not called before "
            f"{retry_at:%H:%M:%S} UTC.{cause}",
            retry_at=retry_at,
        )


class Bulkhead:
    """At most so many calls at once; the next ones wait a little, the rest is refused."""

    def __init__(
        self,
        name: str,
        *,
        title: str,
        state: SharedState,
        rules: BulkheadRules,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        random: Callable[[], float],
    ) -> None:
        self.name = name
        self._title = title
        self._state = state
        self._rules = rules
        self._now = now
        self._clock = clock
        self._sleep = sleep
        self._random = random

    @contextmanager
    def slot(self, seconds: float) -> Iterator[None]:
        """Hold a slot for a call of at most `seconds`; raises `Full`."""
        holder = secrets.token_hex(16)
        if not self._take(holder, seconds):
            self._wait(holder, seconds)
        try:
            yield
        finally:
            self._state.give_slot(self.name, holder=holder)

    def _take(self, holder: str, seconds: float) -> bool:
        now = self._now()
        return self._state.take_slot(
            self.name,
            holder=holder,
            now=now,
            until=now + timedelta(seconds=seconds),
            at_once=self._rules.at_once,
        )

    def _wait(self, holder: str, seconds: float) -> None:
        now = self._now()
        until = now + timedelta(seconds=self._rules.wait)
        if not self._state.queue(
            self.name, holder=holder, now=now, until=until, places=self._rules.waiting
        ):
            raise Full(
                self._title,
                f"{self._rules.at_once} calls to {self._title} are in flight and "
                f"{self._rules.waiting} wait already.",
            )
        give_up_at = self._clock() + self._rules.wait
        try:
            while self._clock() < give_up_at:
                self._sleep(0.05 + 0.1 * self._random())
                if self._take(holder, seconds):
                    return
        finally:
            self._state.leave_queue(self.name, holder=holder)
        raise Full(
            self._title,
            f"{self._rules.at_once} calls to {self._title} are in flight and none ended within "
            f"{self._rules.wait:g} seconds.",
        )
