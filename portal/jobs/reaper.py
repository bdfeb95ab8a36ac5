"""Nothing filed is lost: finds the rows whose message or worker is gone, and queues them again.

Beat calls `reap()` every 10 seconds, a worker once when it starts.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from portal.jobs import holders
from portal.jobs.models import Job, JobState
from portal.jobs.queue import JobKind, job_kinds
from portal.jobs.tasks import messages_waiting, send

RESEND_AFTER = timedelta(seconds=20)
KEEP_FINISHED = timedelta(days=30)
AT_ONCE = 500

logger = logging.getLogger(__name__)


@dataclass
class Reaped:
    """What one pass did."""

    requeued: int = 0
    failed: int = 0
    sent: int = 0


def reap(now: datetime) -> Reaped:
    """Queue again what a dead worker held, then send what waits without a message."""
    reaped = Reaped()
    _silent(now, reaped)
    _unsent(now, reaped)
    if reaped.requeued or reaped.failed:
        logger.warning("Lost work: %s queued again, %s failed", reaped.requeued, reaped.failed)
    return reaped


def prune(now: datetime) -> int:
    """Delete jobs that ended more than 30 days ago."""
    over = Job.objects.filter(
        state__in=[JobState.DONE, JobState.FAILED], finished_at__lt=now - KEEP_FINISHED
    )
    count, _ = over.delete()
    return count


def _silent(now: datetime, reaped: Reaped) -> None:
    running = Job.objects.filter(state=JobState.RUNNING).only(
        "kind", "holder", "beat_at", "attempts"
    )
    for job in running.iterator():
        lease_for, max_attempts = _terms(job_kinds.get(job.kind))
        is_silent = job.beat_at is None or job.beat_at < now - lease_for
        if not is_silent and not holders.is_dead(job.holder):
            continue
        as_seen = Job.objects.filter(
            pk=job.pk, state=JobState.RUNNING, holder=job.holder, beat_at=job.beat_at
        )
        if job.attempts >= max_attempts:
            reaped.failed += as_seen.update(
                state=JobState.FAILED,
                finished_at=now,
                holder="",
                reason=f"The worker was lost in the middle of this job {job.attempts} times.",
            )
        else:
            reaped.requeued += as_seen.update(
                state=JobState.QUEUED, holder="", beat_at=None, sent_at=None
            )


def _unsent(now: datetime, reaped: Reaped) -> None:
    """Send what has no message. Rows whose message is merely far back in a long queue are left
    alone: as long as the broker holds as many messages as rows wait, none is lost."""
    due = Job.objects.filter(state=JobState.QUEUED, not_before__lte=now)
    never = Q(sent_at=None) | Q(sent_at__lt=F("not_before"))
    late = due.filter(never | Q(sent_at__lt=now - RESEND_AFTER))
    if not late.exists():
        return
    if not late.filter(never).exists():
        held = messages_waiting()
        if held is not None and held >= due.count():
            return
    for pk in late.order_by("id").values_list("pk", flat=True)[:AT_ONCE]:
        if not send(pk):
            return
        reaped.sent += 1


def _terms(kind: JobKind | None) -> tuple[timedelta, int]:
    if kind is None:
        return timedelta(seconds=60), 3
    return kind.lease_for, kind.max_attempts
