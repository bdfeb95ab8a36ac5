"""Running one job row: claim, work with heartbeats, end.

Every step is a conditional update on the row, so a job that was given to somebody else in the
meantime is noticed instead of overwritten, and running the same job twice changes nothing.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from portal.jobs import holders
from portal.jobs.models import Job, JobState
from portal.jobs.queue import JobKind, Summary, job_kinds, plain
from portal.lib.errors import PortalError

PROGRESS_SECONDS = 0.5
BEAT_AT_MOST = timedelta(seconds=10)
UNEXPECTED = "Something went wrong in the portal itself; the log has the details"

logger = logging.getLogger(__name__)
stopping = threading.Event()


class Lost(Exception):
    """The row is no longer this worker's: end at once and write nothing."""


class Stopped(Exception):
    """The worker is being stopped: the job goes back to the queue."""


Told = Callable[[int, int, str], None]


class Work:
    """A claimed job in a worker's hands.

    Call `progress()` as often as you like: about two writes a second reach the row. Heartbeats
    go on by themselves while the kind's `run` is silent.
    """

    def __init__(self, job: Job, *, told: Told | None = None) -> None:
        self.job = job
        self._told = told
        self._done, self._total, self._current = job.done, job.total, job.current
        self._written_at = float("-inf")
        self._is_lost = threading.Event()

    @property
    def args(self) -> dict[str, Any]:
        args: dict[str, Any] = self.job.args
        return args

    def progress(self, done: int, total: int, current: str = "") -> None:
        """How far the work is: `done` of `total` items, and which one is in hand.

        Raises `Lost` when the row went to somebody else, `Stopped` when the worker shall end;
        let both pass. Call it outside transactions, else nobody sees it before the commit.
        """
        self._check()
        self._done, self._total, self._current = done, total, plain(current)[:300]
        if time.monotonic() - self._written_at >= PROGRESS_SECONDS:
            self._written_at = time.monotonic()
            self._write(done=done, total=total, current=self._current)
            if self._told is not None:
                self._told(done, total, current)

    def beat(self) -> None:
        """Say that the work goes on. Raises as `progress()` does."""
        self._check()
        self._write()

    def final_counts(self) -> tuple[int, int]:
        return self._done, self._total

    def _check(self) -> None:
        if self._is_lost.is_set():
            raise Lost(f"job {self.job.pk}")
        if stopping.is_set():
            raise Stopped(f"job {self.job.pk}")

    def _write(self, **values: object) -> None:
        if not _mine(self.job).update(beat_at=timezone.now(), **values):
            self._is_lost.set()
            raise Lost(f"job {self.job.pk}")


class _Heart:
    """Beats from a thread of its own for as long as the block runs."""

    def __init__(self, work: Work, every: timedelta) -> None:
        self._work = work
        self._seconds = every.total_seconds()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"job-{work.job.pk}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._seconds):
            try:
                self._work.beat()
            except (Lost, Stopped):
                return
            except DatabaseError as error:
                logger.warning("No heartbeat for job %s: %s", self._work.job.pk, error)
            finally:
                connection.close()


def run_job(job_id: int, *, told: Told | None = None) -> JobState | None:
    """Run a job if it is due and nobody else has it; answers how it ended, or None.

    `told` hears the progress that is written. An error of the work ends the job as failed with
    a plain reason; its traceback goes to the log.
    """
    job = _claim(job_id)
    if job is None:
        return None
    kind = job_kinds.get(job.kind)
    if kind is None:
        return _fail(job, f"No part of this portal does jobs of the kind “{job.kind}”.")
    with structlog.contextvars.bound_contextvars(job_id=job.pk, job_kind=job.kind):
        return _perform(job, kind, told)


def _perform(job: Job, kind: JobKind, told: Told | None) -> JobState | None:
    work = Work(job, told=told)
    logger.info("Job %s starts: %s", job.pk, job.title)
    try:
        with _Heart(work, min(kind.lease_for / 4, BEAT_AT_MOST)):
            summary = kind.run(work)
    except Lost:
        logger.warning("Job %s went to another worker", job.pk)
        return None
    except Stopped:
        hand_back(job)
        return None
    except PortalError as error:
        logger.warning("Job %s failed: %s", job.pk, error.message)
        return _fail(job, error.message)
    except Exception as error:  # whatever the kind's code raises ends this job, not the worker
        logger.exception("Job %s failed", job.pk)
        return _fail(job, f"{UNEXPECTED}: {type(error).__name__}: {error}")
    return _finish(job, work, summary)


def hand_back(job: Job) -> bool:
    """Return a job to the queue because its worker ends; the attempt does not count."""
    return bool(
        _mine(job).update(
            state=JobState.QUEUED,
            holder="",
            beat_at=None,
            sent_at=None,
            attempts=F("attempts") - 1,
        )
    )


def hand_back_all() -> int:
    """Return every job of this process to the queue."""
    mine = Job.objects.filter(state=JobState.RUNNING, holder__startswith=holders.process_name())
    return sum(hand_back(job) for job in mine)


def _claim(job_id: int) -> Job | None:
    now = timezone.now()
    holder = holders.new_holder()
    claimed = Job.objects.filter(pk=job_id, state=JobState.QUEUED, not_before__lte=now).update(
        state=JobState.RUNNING,
        holder=holder,
        started_at=now,
        beat_at=now,
        attempts=F("attempts") + 1,
        reason="",
    )
    if not claimed:
        logger.debug("Job %s is not waiting", job_id)
        return None
    return Job.objects.filter(pk=job_id, holder=holder).first()


def _mine(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, holder=job.holder)


def _finish(job: Job, work: Work, summary: Summary) -> JobState | None:
    done, total = work.final_counts()
    return _end(job, JobState.DONE, done=max(done, total), total=total, summary=summary.as_json())


def _fail(job: Job, reason: str) -> JobState | None:
    return _end(job, JobState.FAILED, reason=plain(reason))


def _end(job: Job, state: JobState, **values: object) -> JobState | None:
    now: datetime = timezone.now()
    ended = _mine(job).update(
        state=state, finished_at=now, beat_at=now, current="", holder="", **values
    )
    if not ended:
        logger.warning("Job %s ended after it went to another worker", job.pk)
        return None
    logger.info("Job %s is %s", job.pk, state.value)
    return state
