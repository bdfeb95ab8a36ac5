"""Filing work: a row first, then a message as a hint.

A job kind is registered in `ready()` by the app that owns the work:

    job_kinds.add(JobKind(key="refresh", title="Refresh", run=run_refresh))

`run(work)` gets a `Work` (in `portal.jobs.worker`) for progress and heartbeats, answers a
`Summary`, and must be safe to run twice: a worker can die and the row is queued again.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.audit.actions import Actor
from portal.jobs.models import Job, JobState
from portal.lib.logs import clean_text
from portal.lib.registry import Registry

if TYPE_CHECKING:
    from portal.jobs.worker import Work


def plain(text: str) -> str:
    """Words of an error or from outside without secrets, and without the NUL that PostgreSQL
    refuses."""
    return clean_text(text).replace("\0", "")


@dataclass(frozen=True)
class Failure:
    item: str
    reason: str


@dataclass
class Summary:
    """How a job ended: counts, and what failed and why."""

    done: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        failed = [{"item": plain(one.item), "reason": plain(one.reason)} for one in self.failed]
        return {**asdict(self), "failed": failed, "notes": [plain(note) for note in self.notes]}


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """A kind of work. `lease_for` is how long a silent worker keeps the row."""

    key: str
    title: str
    run: Callable[["Work"], Summary]
    lease_for: timedelta = timedelta(seconds=60)
    max_attempts: int = 3
    order: int = 0


job_kinds: Registry[JobKind] = Registry("job kinds")


def enqueue(
    kind: str,
    *,
    title: str,
    by: Actor | None = None,
    args: Mapping[str, object] | None = None,
    subject: tuple[str, str] = ("", ""),
    dedupe_key: str = "",
    not_before: datetime | None = None,
) -> tuple[Job, bool]:
    """File a job; answers (job, created). An active job of the same `dedupe_key` is answered
    instead of a new one. The message to the workers leaves after commit."""
    if kind not in job_kinds:
        raise KeyError(f"no job kind {kind!r} is registered")
    now = timezone.now()
    job = Job(
        kind=kind,
        title=title[:300],
        args=dict(args or {}),
        subject_kind=subject[0],
        subject_key=subject[1],
        dedupe_key=dedupe_key,
        requested_by_id="" if by is None or by.pk is None else str(by.pk),
        requested_by_name="" if by is None else by.name,
        created_at=now,
        not_before=not_before or now,
    )
    active = Job.objects.filter(
        dedupe_key=dedupe_key, state__in=[JobState.QUEUED, JobState.RUNNING]
    )
    for _ in range(3):
        found = active.first() if dedupe_key else None
        if found is not None:
            return found, False
        try:
            with transaction.atomic():
                job.save(force_insert=True)
        except IntegrityError:
            continue
        from portal.jobs.tasks import send  # noqa: PLC0415 tasks import the queue

        transaction.on_commit(lambda: send(job.pk))
        return job, True
    raise RuntimeError(f"could not file a job under {dedupe_key!r}")
