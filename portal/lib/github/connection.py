"""Sending to GitHub under its limits: quotas are written down, pauses are kept by everybody."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from portal.lib.github import limits
from portal.lib.github.auth import Auth
from portal.lib.github.errors import GitHubError, Paused, Refused
from portal.lib.github.memory import Memory, Pause, Spent
from portal.lib.github.replies import RateLimit, read
from portal.lib.http import Answer, Answered, Outside, OutsideError, TimedOut, TooLarge

LONGEST_WAIT = 60.0  # seconds of a pause that are waited out
UNDERSTOOD = frozenset({200, 304, 403, 404, 410, 429})


class Connection:
    """One sign-in on one GitHub. `job` names whose account the calls go to."""

    def __init__(
        self,
        outside: Outside,
        *,
        auth: Auth,
        memory: Memory,
        job: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        self.memory = memory
        self.now = now
        self._outside = outside
        self._auth = auth
        self._job = job
        self._sleep = sleep
        self._longest_wait = longest_wait
        self._hits = 0  # secondary limits in a row

    def close(self) -> None:
        self._outside.close()

    def send(
        self,
        resource: str,
        method: str,
        url: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        accept: frozenset[int] = UNDERSTOOD,
        total: float | None = None,
    ) -> Answer:
        """Send, obeying pauses. An answer about limits becomes a pause, and is never returned."""
        patience = self._longest_wait
        while True:
            patience -= self._respect_pause(resource, patience)
            answer = self._request(method, url, json, headers or {}, accept, total)
            limit = limits.refusal(
                answer.status,
                answer.headers,
                answer.content[:4000].decode(errors="replace"),
                resource=resource,
                now=self.now(),
                hits=self._hits,
            )
            if limit is None:
                self._hits = 0
                return answer
            self._hits += 1
            self.account(resource, answer, None)
            for paused in limit.resources:
                self.memory.pause(paused, limit.pause)

    def _request(
        self,
        method: str,
        url: str,
        json: object,
        headers: Mapping[str, str],
        accept: frozenset[int],
        total: float | None,
        is_second: bool = False,
    ) -> Answer:
        """One call. Whether a smaller question would do is for the caller to say, so errors of
        time and size pass; so do statuses outside `accept`, except for a refused sign-in.
        """
        try:
            return self._outside.request(
                method,
                url,
                json=json,
                headers={**headers, "Authorization": self._auth.header(self._outside)},
                accept=accept,
                idempotent=True,
                total=total,
            )
        except (TimedOut, TooLarge):
            raise
        except Answered as error:
            if error.status != 401:
                raise
            if not is_second and self._auth.renew():
                return self._request(method, url, json, headers, accept, total, is_second=True)
            raise Refused(
                "GitHub does not accept the sign-in (401): the token is wrong or expired.",
                status=401,
            ) from error
        except OutsideError as error:
            raise GitHubError(error.message) from error

    def _respect_pause(self, resource: str, patience: float) -> float:
        """Wait until no pause is on, and answer for how many seconds; a pause that would take
        more than `patience` raises `Paused`.
        """
        waited = 0.0
        while (pause := self.memory.paused(resource, self.now())) is not None:
            seconds = (pause.until - self.now()).total_seconds()
            if waited + seconds > patience:
                raise Paused(
                    f"Paused until {pause.until:%H:%M} UTC: {pause.reason}.", until=pause.until
                )
            self._sleep(max(seconds, 0.0))
            waited += seconds
        return waited

    def account(self, resource: str, answer: Answer, rate: object) -> None:
        """Write down what is left; a limit that is used up becomes a pause before it is hit."""
        spent = limits.left(answer.headers, cost=1 if answer.status == 200 else 0)
        if isinstance(rate, dict):
            told = read(RateLimit, rate)
            spent = Spent(
                limit=told.limit or (spent.limit if spent else 0),
                remaining=told.remaining,
                resets_at=told.reset_at,
                cost=told.cost,
            )
        if spent is None:
            return
        self.memory.spend(resource, spent, job=self._job)
        if spent.remaining == 0 and spent.resets_at > self.now():
            reason = f"GitHub's limit of {spent.limit:,} an hour is spent"
            self.memory.pause(resource, Pause(until=spent.resets_at, reason=reason))
