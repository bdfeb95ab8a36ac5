"""Rate limits: what GitHub's headers say is left, and how long to keep away.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portal.lib.github.memory import Pause, Spent

SECONDARY_WAIT = timedelta(seconds=60)
LONGEST_WAIT = timedelta(hours=1)
RESOURCES = ("graphql", "core")
_LIMITED = frozenset({"RATE_LIMITED", "RATE_LIMIT"})


@dataclass(frozen=True)
class Limit:
    """GitHub refuses for now. A secondary limit holds for every kind of call."""

    pause: Pause
    resources: tuple[str, ...]


def left(headers: Mapping[str, str], *, cost: int) -> Spent | None:
    """What the `x-ratelimit-*` headers say, or None where they are not all there."""
    try:
        return Spent(
            limit=int(headers["x-ratelimit-limit"]),
            remaining=int(headers["x-ratelimit-remaining"]),
            resets_at=datetime.fromtimestamp(int(headers["x-ratelimit-reset"]), UTC),
            cost=cost,
        )
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def refusal(
    status: int,
    headers: Mapping[str, str],
    body: str,
    *,
    resource: str,
    now: datetime,
    hits: int,
) -> Limit | None:
    """The limit behind an answer, or None where it is no matter of limits.

    In GitHub's order: `retry-after` is obeyed; else, with nothing remaining, the reset is waited
    for; else at least a minute, doubled with every further hit (`hits` counts those before).
    """
    if status not in (200, 403, 429):
        return None
    spent = left(headers, cost=0)
    is_secondary = "secondary rate limit" in body.lower() or "abuse detection" in body.lower()
    is_primary = spent is not None and spent.remaining == 0
    if status == 200 and not _says_rate_limited(body):
        return None
    if status == 403 and not (is_secondary or is_primary or "retry-after" in headers):
        return None
    wait = _seconds(headers.get("retry-after"))
    if wait is not None:
        return Limit(Pause(until=now + wait, reason="a secondary limit of GitHub"), RESOURCES)
    if spent is not None and is_primary and not is_secondary:
        until = max(spent.resets_at, now + timedelta(seconds=1))
        return Limit(
            Pause(until=until, reason=f"GitHub's limit of {spent.limit:,} an hour is spent"),
            (resource,),
        )
    doubled = min(SECONDARY_WAIT * 2 ** min(hits, 10), LONGEST_WAIT)
    return Limit(Pause(until=now + doubled, reason="a secondary limit of GitHub"), RESOURCES)


def _says_rate_limited(body: str) -> bool:
    """GraphQL may refuse with status 200: then there is no data and an error that says so.

    Data holds everybody's words, so that they must not be searched; an answer too long for
    `body` has data, and is no JSON when it is cut.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(told, dict) or told.get("data") or not isinstance(told.get("errors"), list):
        return False
    problems = [problem for problem in told["errors"] if isinstance(problem, dict)]
    return any(
        problem.get("type") in _LIMITED
        or "secondary rate limit" in str(problem.get("message")).lower()
        for problem in problems
    )


def _seconds(value: str | None) -> timedelta | None:
    try:
        return None if value is None else timedelta(seconds=max(int(value), 1))
    except (ValueError, OverflowError):
        return None
