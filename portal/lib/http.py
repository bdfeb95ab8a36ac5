"""Calls to outside services: the only way out of the portal.

    github = Outside("github", state=state, base_url="https://api.github.com", auth=token)
    answer = github.request("GET", "/rate_limit")

A call has a deadline, at most three attempts, a circuit breaker, a bulkhead and a cap on its
answer, and follows redirects by hand; `docs/outside-calls.md` gives the numbers and the reasons.
Everything it raises is an `OutsideError`: no error of the HTTP library leaks out.

Services named in the environment are trusted as configured. Addresses that people type or that
come from data need a `guard`.
"""

import random as random_module
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import tenacity

from portal.lib.guard import AddressGuard, check_scheme
from portal.lib.http_answers import Answer, body_of, retry_after, status_words, translated
from portal.lib.http_errors import (
    Answered,
    Blocked,
    CircuitOpen,
    Full,
    OutsideError,
    RateLimited,
    TimedOut,
    TooLarge,
    Unreachable,
    Unreadable,
)
from portal.lib.http_requests import Accept, Auth, Call, Params, first_request, next_request
from portal.lib.resilience import (
    BreakerRules,
    Bulkhead,
    BulkheadRules,
    CircuitBreaker,
    LocalState,
    SharedState,
)
from portal.lib.transport import Transport, deadline_of_call

__all__ = [
    "ANY_STATUS",
    "Accept",
    "AddressGuard",
    "Answer",
    "Answered",
    "Auth",
    "Blocked",
    "BreakerRules",
    "BulkheadRules",
    "CircuitOpen",
    "Full",
    "Limits",
    "LocalState",
    "Outside",
    "OutsideError",
    "Params",
    "RateLimited",
    "SharedState",
    "TimedOut",
    "TooLarge",
    "Transport",
    "Unreachable",
    "Unreadable",
]

ANY_STATUS = range(100, 600)
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_RETRYABLE = frozenset({429, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UNNAMED_PAUSE = timedelta(seconds=60)  # a 429 that names no time


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long, how often and how much. Times are seconds."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 60.0  # one call with its attempts, waits and redirects
    attempts: int = 3
    longest_wait: float = 30.0  # the longest Retry-After that is slept through
    answer_bytes: int = 10 * 1024 * 1024
    redirects: int = 5
    breaker: BreakerRules = field(default_factory=BreakerRules)
    bulkhead: BulkheadRules = field(default_factory=BulkheadRules)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Outside:
    """One outside service. Breaker and bulkhead are shared by its name, people read its title."""

    def __init__(
        self,
        name: str,
        *,
        state: SharedState,
        title: str = "",
        base_url: str = "",
        headers: Mapping[str, str] | None = None,
        auth: Auth | None = None,
        verify: bool | str | Path = True,
        cert: tuple[str | Path, str | Path] | None = None,
        guard: AddressGuard | None = None,
        limits: Limits | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = random_module.random,
    ) -> None:
        self.name = name
        self.title = title or name
        self.limits = limits or Limits()
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers or {})
        self._auth = auth
        self._guard = guard
        self._owns_transport = transport is None
        self._transport = transport or Transport(
            service=self.title, verify=verify, cert=cert, guard=guard
        )
        self._clock, self._now, self._sleep, self._random = clock, now, sleep, random
        self._breaker = CircuitBreaker(
            name, title=self.title, state=state, rules=self.limits.breaker, now=now
        )
        self._bulkhead = Bulkhead(
            name,
            title=self.title,
            state=state,
            rules=self.limits.bulkhead,
            now=now,
            clock=clock,
            sleep=sleep,
            random=random,
        )

    def __enter__(self) -> "Outside":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless the transport was given by the caller."""
        if self._owns_transport:
            self._transport.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Params | None = None,
        json: object = None,
        data: Mapping[str, str | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Accept = (200,),
        retry: bool = True,
        idempotent: bool | None = None,
        follow: bool = True,
        body: bool = True,
        read: float | None = None,
        total: float | None = None,
    ) -> Answer:
        """Call the service; `url` is absolute or below `base_url`.

        A status outside `accept`, or an answer that it refuses, raises `Answered`. `retry=False`
        makes one attempt. `idempotent` says that asking twice does no harm; by default the method
        decides. `follow=False` hands redirects to the caller, `body=False` closes the answer
        after its headers. `read` and `total` replace the limits of that name, in seconds.

        Call it outside of transactions: it takes time, and other processes must see the shared
        state that it leaves in the database.
        """
        call = Call(
            method=method.upper(),
            url=self._absolute(url),
            params=params,
            json=json,
            data=data,
            headers={**self._headers, **(headers or {})},
            accept=accept,
            is_idempotent=method.upper() in _IDEMPOTENT if idempotent is None else idempotent,
            follow=follow,
            body=body,
            read=read or self.limits.read,
            ends_at=self._clock() + (total or self.limits.total),
        )
        most = self.limits.attempts if retry else 1
        attempts = tenacity.Retrying(
            stop=lambda state: (
                state.attempt_number >= most or self._clock() + state.upcoming_sleep >= call.ends_at
            ),
            wait=self._wait_before,
            retry=tenacity.retry_if_exception(lambda error: self._is_retryable(error, call)),
            sleep=self._sleep,
            reraise=True,
        )
        return attempts(self._attempt, call)

    def _absolute(self, url: str) -> httpx.URL:
        try:
            absolute = httpx.URL(url if "://" in url else f"{self._base_url}/{url.lstrip('/')}")
            self._check(absolute)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise Blocked(self.title, "The address is not a well-formed URL.") from error
        return absolute

    def _check(self, url: httpx.URL) -> None:
        if self._guard is None:
            check_scheme(self.title, url)
        else:
            self._guard.check_url(self.title, url)

    def _is_retryable(self, error: BaseException, call: Call) -> bool:
        if self._breaker.is_open:
            return False
        if isinstance(error, Unreachable | TimedOut):
            return call.is_idempotent or error.is_unsent
        if not isinstance(error, Answered) or error.status not in _RETRYABLE:
            return False
        if isinstance(error, RateLimited) and error.is_asked:
            asked = error.retry_at - self._now()
            if asked.total_seconds() > self.limits.longest_wait:
                return False
        return call.is_idempotent or error.status == 429

    def _wait_before(self, state: tenacity.RetryCallState) -> float:
        """2^i seconds after attempt i (counted from 0) and up to 1 s more, or what was asked."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, RateLimited) and error.is_asked:
            asked = error.retry_at - self._now()
            return max(asked.total_seconds(), 0.0) + self._random()
        return 2.0 ** (state.attempt_number - 1) + self._random()

    def _attempt(self, call: Call) -> Answer:
        """One attempt with its redirects, under breaker and bulkhead."""
        is_trial = self._breaker.admit()
        try:
            with self._bulkhead.slot(max(call.ends_at - self._clock(), 1.0)):
                if self._clock() >= call.ends_at:
                    raise Full(
                        self.title, f"The call to {self.title} waited too long for its turn."
                    )
                answer = self._send(call)
        except OutsideError as error:
            if _is_failure_of_service(error):
                self._breaker.failed(error.message)
                is_trial = False
            elif isinstance(error, Answered | TooLarge | Unreadable):
                self._breaker.succeeded()  # it is there, whatever it says
                is_trial = False
            raise
        else:
            self._breaker.succeeded()
            is_trial = False
            return answer
        finally:
            if is_trial:
                self._breaker.abandoned()

    def _send(self, call: Call) -> Answer:
        started = self._clock()
        request = self._first_request(call)
        for _ in range(self.limits.redirects + 1):
            with self._sent(request, call) as response:
                target = response.headers.get("location") if call.follow else None
                if response.status_code not in _REDIRECTS or not target:
                    return self._read(response, request, call, started)
                url = self._target(request, target)
            request = next_request(request, response.status_code, url)
        raise Unreadable(
            self.title, f"{self.title} redirects more than {self.limits.redirects} times."
        )

    def _first_request(self, call: Call) -> httpx.Request:
        try:
            return first_request(call, self._auth)
        except UnicodeEncodeError:  # of a header; its own words would show it
            raise OutsideError(
                self.title,
                f"{self.title} can't be called: HTTP does not allow what a header holds.",
            ) from None

    def _target(self, request: httpx.Request, location: str) -> httpx.URL:
        try:
            url = request.url.join(location)
            self._check(url)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise Unreadable(self.title, f"{self.title} redirects to no valid address.") from error
        return url

    @contextmanager
    def _sent(self, request: httpx.Request, call: Call) -> Iterator[httpx.Response]:
        """The response with its body unread; every error leaves as one of ours."""
        left = call.ends_at - self._clock()
        if left <= 0:
            raise self._too_slow()
        connect, read = min(self.limits.connect, left), min(call.read, left)
        request.extensions["timeout"] = {
            "connect": connect,
            "read": read,
            "write": read,
            "pool": connect,
        }
        token = deadline_of_call.set(time.monotonic() + left)
        try:
            response = self._transport.handle_request(request)
            try:
                yield response
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise translated(self.title, request.url.host, error) from error
        finally:
            deadline_of_call.reset(token)

    def _read(
        self, response: httpx.Response, request: httpx.Request, call: Call, started: float
    ) -> Answer:
        parts: list[bytes] = []
        if call.body:
            for part in body_of(response, self.title, self.limits.answer_bytes):
                if self._clock() >= call.ends_at:
                    raise self._too_slow()
                parts.append(part)
        answer = Answer(
            service=self.title,
            status=response.status_code,
            headers=response.headers,
            content=b"".join(parts),
            url=str(request.url),
            seconds=self._clock() - started,
        )
        if not call.accepts(answer):
            raise self._refused(answer)
        return answer

    def _too_slow(self) -> TimedOut:
        return TimedOut(self.title, f"The call to {self.title} took longer than it may.")

    def _refused(self, answer: Answer) -> Answered:
        """The error for an answer whose status the caller does not accept."""
        asked = retry_after(answer.headers, self._now())
        if answer.status == 429 or (answer.status in _RETRYABLE and asked is not None):
            retry_at = asked or self._now() + _UNNAMED_PAUSE
            return RateLimited(
                self.title,
                f"{self.title} answered {status_words(answer.status)} and asks to be left alone "
                f"until {retry_at:%Y-%m-%d %H:%M:%S} UTC.",
                status=answer.status,
                headers=answer.headers,
                body=answer.content,
                retry_at=retry_at,
                is_asked=asked is not None,
            )
        return Answered(
            self.title,
            f"{self.title} answered {status_words(answer.status)}.",
            status=answer.status,
            headers=answer.headers,
            body=answer.content,
        )


def _is_failure_of_service(error: OutsideError) -> bool:
    """Whether the breaker counts it: silence, a cut line, an error of the server, a full one."""
    if isinstance(error, Answered):
        return error.status >= 500 or error.status == 429
    return isinstance(error, Unreachable | TimedOut)
