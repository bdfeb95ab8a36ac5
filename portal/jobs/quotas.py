"""What outside services let us spend, and when they want to be left alone: one row a resource.

record("github", "graphql", limit=5000, remaining=4987, resets_at=reset, cost=13, job_id=7)
pause("github", "core", until=moment, reason="a secondary limit")
if (wait := paused("github", "core", now=now)) is not None: ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.jobs.models import Quota

NOT_HEARD = 0  # the limit of a row that only a pause has made
KEPT_JOBS = 50  # the account of a window names at most so many jobs, the newest


@dataclass(frozen=True)
class Pause:
    until: datetime
    reason: str


def record(
    name: str,
    resource: str,
    *,
    limit: int,
    remaining: int,
    resets_at: datetime,
    cost: int = 0,
    job_id: int | None = None,
    now: datetime | None = None,
) -> None:
    """Note what an answer said, and add its cost to the account of the job.

    A new window (a later reset) starts a new account. Answers that overtake each other can't
    raise `remaining` within a window.
    """
    seen_at = now or timezone.now()

    def apply(row: Quota) -> None:
        if row.limit == NOT_HEARD or resets_at > row.resets_at:
            row.cost_by_job, row.remaining = {}, remaining
        row.limit = limit
        row.remaining = min(row.remaining, remaining)
        row.resets_at = max(row.resets_at, resets_at)
        row.seen_at = seen_at
        if cost and job_id is not None:
            row.cost_by_job = _charged(row.cost_by_job, str(job_id), cost)

    _change(name, resource, seen_at, apply)


def pause(
    name: str, resource: str, *, until: datetime, reason: str, now: datetime | None = None
) -> None:
    """Nobody calls before `until`. A pause that ends later stays."""

    def apply(row: Quota) -> None:
        if row.paused_until is None or row.paused_until < until:
            row.paused_until, row.pause_reason = until, reason[:300]

    _change(name, resource, now or timezone.now(), apply)


def paused(name: str, resource: str, *, now: datetime) -> Pause | None:
    """The pause that holds now, or None."""
    row = Quota.objects.filter(name=name, resource=resource, paused_until__gt=now).first()
    if row is None or row.paused_until is None:
        return None
    return Pause(row.paused_until, row.pause_reason)


def _change(name: str, resource: str, now: datetime, apply: Callable[[Quota], None]) -> None:
    """Change one row under its lock, made where there is none."""
    with transaction.atomic():
        row, _ = Quota.objects.select_for_update().get_or_create(
            name=name,
            resource=resource,
            defaults={"limit": NOT_HEARD, "remaining": 0, "resets_at": now, "seen_at": now},
        )
        apply(row)
        row.save()


def _charged(account: dict[str, int], job: str, cost: int) -> dict[str, int]:
    charged = {**account, job: account.get(job, 0) + cost}
    newest = sorted(charged, key=int)[-KEPT_JOBS:]
    return {key: charged[key] for key in newest}
