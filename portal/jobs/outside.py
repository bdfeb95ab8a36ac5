"""The shared memory of outside calls: breakers and bulkheads as rows.

    with outside("prometheus", base_url=url) as prometheus:
        prometheus.request("GET", "/-/healthy")

The rows are read and written by single statements in autocommit, so that other processes see
them at once and no lock is held while a service is asked. `docs/outside-calls.md` says what a
call costs.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet

from portal.jobs.models import Breaker, BulkheadSlot
from portal.jobs.models.outside import Circuit
from portal.lib import resilience
from portal.lib.http import Outside
from portal.lib.resilience import BreakerRules, BreakerState

FORGET_AFTER = timedelta(days=7)


class DatabaseState:
    """`SharedState` in database rows."""

    def breaker(self, name: str) -> BreakerState:
        row = Breaker.objects.filter(name=name).first()
        return BreakerState() if row is None else _state_of(row)

    def succeeded(self, name: str, *, now: datetime) -> None:
        Breaker.objects.update_or_create(
            name=name,
            defaults={
                "state": Circuit.CLOSED,
                "failures": 0,
                "opened_at": None,
                "trial_until": None,
                "last_success_at": now,
            },
        )

    def failed(self, name: str, *, error: str, now: datetime, rules: BreakerRules) -> BreakerState:
        Breaker.objects.get_or_create(name=name)
        mine = Breaker.objects.filter(name=name)
        mine.update(failures=F("failures") + 1, last_failure_at=now, last_error=error[:500])
        mine.filter(
            Q(state=Circuit.HALF_OPEN) | Q(state=Circuit.CLOSED, failures__gte=rules.failures)
        ).update(state=Circuit.OPEN, opened_at=now, trial_until=None)
        return self.breaker(name)

    def take_trial(self, name: str, *, now: datetime, rules: BreakerRules) -> bool:
        due = Breaker.objects.filter(name=name, opened_at__lte=now - rules.open_for)
        free = due.exclude(state=Circuit.CLOSED).exclude(trial_until__gt=now)
        return bool(free.update(state=Circuit.HALF_OPEN, trial_until=now + rules.trial_for))

    def drop_trial(self, name: str) -> None:
        Breaker.objects.filter(name=name, state=Circuit.HALF_OPEN).update(trial_until=None)

    def take_slot(
        self, name: str, *, holder: str, now: datetime, until: datetime, at_once: int
    ) -> bool:
        return _take(name, False, at_once, holder, now, until)

    def give_slot(self, name: str, *, holder: str) -> None:
        _give(name, False, holder)

    def queue(self, name: str, *, holder: str, now: datetime, until: datetime, places: int) -> bool:
        return _take(name, True, places, holder, now, until)

    def leave_queue(self, name: str, *, holder: str) -> None:
        _give(name, True, holder)


def _take(
    name: str, is_waiting: bool, size: int, holder: str, now: datetime, until: datetime
) -> bool:
    """Take a free place of the first `size`. The conditional update decides who gets it."""
    places = BulkheadSlot.objects.filter(name=name, is_waiting=is_waiting, number__lt=size)
    numbers = list(_free(places, now).values_list("number", flat=True))
    if not numbers and places.count() < size:
        BulkheadSlot.objects.bulk_create(
            [BulkheadSlot(name=name, is_waiting=is_waiting, number=n) for n in range(size)],
            ignore_conflicts=True,
        )
        numbers = list(_free(places, now).values_list("number", flat=True))
    return any(
        _free(places.filter(number=number), now).update(holder=holder, since=now, expires_at=until)
        for number in numbers
    )


def _free(places: QuerySet[BulkheadSlot], now: datetime) -> QuerySet[BulkheadSlot]:
    return places.filter(Q(expires_at=None) | Q(expires_at__lte=now))


def _give(name: str, is_waiting: bool, holder: str) -> None:
    BulkheadSlot.objects.filter(name=name, is_waiting=is_waiting, holder=holder).update(
        holder="", since=None, expires_at=None
    )


def _state_of(row: Breaker) -> BreakerState:
    return BreakerState(
        circuit=resilience.Circuit(row.state),
        failures=row.failures,
        opened_at=row.opened_at,
        trial_until=row.trial_until,
        last_success_at=row.last_success_at,
        last_failure_at=row.last_failure_at,
        last_error=row.last_error,
    )


def outside(name: str, **config: Any) -> Outside:
    """An outside service whose breaker and bulkhead all processes share; see `Outside`."""
    return Outside(name, state=DatabaseState(), **config)


def load_breakers(names: Collection[str]) -> dict[str, BreakerState]:
    """The breakers among `names` that are not closed, to start a `LocalState` with."""
    rows = Breaker.objects.exclude(state=Circuit.CLOSED)
    return {row.name: _state_of(row) for row in rows if row.name in names}


def save_breakers(states: Mapping[str, BreakerState]) -> None:
    """Keep those of many short-lived breakers that are not closed, and drop the others' rows."""
    closed = [name for name, state in states.items() if state.circuit is resilience.Circuit.CLOSED]
    known = Breaker.objects.exclude(state=Circuit.CLOSED).values_list("name", flat=True)
    Breaker.objects.filter(name__in=set(closed) & set(known)).delete()
    rows = [
        Breaker(
            name=name,
            state=state.circuit.value,
            failures=state.failures,
            opened_at=state.opened_at,
            trial_until=state.trial_until,
            last_success_at=state.last_success_at,
            last_failure_at=state.last_failure_at,
            last_error=state.last_error[:500],
        )
        for name, state in states.items()
        if state.circuit is not resilience.Circuit.CLOSED
    ]
    Breaker.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=[
            "state",
            "failures",
            "opened_at",
            "trial_until",
            "last_success_at",
            "last_failure_at",
            "last_error",
        ],
    )


def watch(now: datetime) -> None:
    """Look at all breakers: one that was open long enough becomes half-open.

    Beat runs this every 10 seconds, so that pages tell the truth while nobody calls. A call does
    not wait for it.
    """
    due = Breaker.objects.filter(state=Circuit.OPEN, opened_at__lte=now - BreakerRules().open_for)
    due.update(state=Circuit.HALF_OPEN)
    Breaker.objects.update(watched_at=now)


def prune(now: datetime) -> None:
    """Drop what is known of services that nobody has called for a week."""
    limit = now - FORGET_AFTER
    recent = Q(last_success_at__gte=limit) | Q(last_failure_at__gte=limit)
    Breaker.objects.exclude(recent).delete()
    known = Breaker.objects.values("name")
    BulkheadSlot.objects.exclude(name__in=known).exclude(expires_at__gt=now).delete()


def breaker_states() -> list[Breaker]:
    """All breakers, those that are not closed first."""
    rows = Breaker.objects.order_by("name")
    return sorted(rows, key=lambda row: row.state == Circuit.CLOSED)


@dataclass(frozen=True)
class BulkheadUse:
    """How many calls to a service are in flight and how many wait, over all processes."""

    name: str
    in_flight: int
    at_once: int
    waiting: int
    longest_since: datetime | None


def bulkhead_states(now: datetime) -> list[BulkheadUse]:
    """Every bulkhead that was ever used."""
    taken = Q(expires_at__gt=now)
    rows = BulkheadSlot.objects.values("name").order_by("name")
    return [
        BulkheadUse(
            name=row["name"],
            in_flight=row["in_flight"],
            at_once=row["at_once"],
            waiting=row["waiting"],
            longest_since=row["longest_since"],
        )
        for row in rows.annotate(
            in_flight=Count("pk", filter=taken & Q(is_waiting=False)),
            at_once=Count("pk", filter=Q(is_waiting=False)),
            waiting=Count("pk", filter=taken & Q(is_waiting=True)),
            longest_since=Min("since", filter=taken & Q(is_waiting=False)),
        )
    ]


def summary(name: str, *, why_off: str, stale_after: timedelta, now: datetime) -> dict[str, object]:
    """How a service is, as `OutsideState.load` answers it: a state and words."""
    if why_off:
        return {"state": "off", "words": why_off}
    row = Breaker.objects.filter(name=name).first()
    if row is None or (row.last_success_at is None and row.state == Circuit.CLOSED):
        return {"state": "never", "words": "not asked yet"}
    if row.state != Circuit.CLOSED:
        return {"state": "down", "words": row.last_error or "does not answer"}
    if row.last_success_at is None or now - row.last_success_at > stale_after:
        return {"state": "stale", "words": "has not answered lately"}
    return {"state": "ok", "words": "answers"}
