import logging
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from portal.jobs import worker
from portal.jobs.models import Job, JobState
from portal.jobs.queue import Failure, Summary, enqueue
from portal.jobs.worker import Lost, Work, hand_back_all, run_job
from portal.lib.errors import Conflict
from tests.factories import make_job
from tests.portal.jobs.kinds import job_kind

pytestmark = pytest.mark.django_db


@pytest.fixture
def stopping() -> Iterator[None]:
    worker.stopping.set()
    yield
    worker.stopping.clear()


def never(work: Work) -> Summary:
    raise AssertionError("the job ran")


def test_job_ends_with_its_summary_and_counts() -> None:
    def run(work: Work) -> Summary:
        work.progress(3, 7, "checkout-api")
        return Summary(done=5, unchanged=1, failed=[Failure("billing", "no answer")])

    job = make_job()
    with job_kind(run):
        assert run_job(job.pk) == JobState.DONE

    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.current, job.holder) == ("done", 7, 7, "", "")
    assert job.summary["failed"] == [{"item": "billing", "reason": "no answer"}]
    assert job.attempts == 1
    assert job.started_at is not None
    assert job.finished_at is not None
    assert job.started_at <= job.finished_at


def test_reason_holds_no_secret_and_no_nul() -> None:
    def run(work: Work) -> Summary:
        raise ValueError("postgresql://portal:hidden-word@db \0 refused")

    job = make_job()
    with job_kind(run):
        assert run_job(job.pk) == JobState.FAILED

    job.refresh_from_db()
    assert job.reason.endswith("ValueError: postgresql://portal:[redacted]@db  refused")


def test_words_from_outside_are_written_without_nul() -> None:
    def run(work: Work) -> Summary:
        work.progress(1, 2, "a\0b")
        return Summary(failed=[Failure("a\0b", "no\0t found")], notes=["a \0note"])

    job = make_job()
    with job_kind(run):
        assert run_job(job.pk) == JobState.DONE

    job.refresh_from_db()
    assert job.summary["failed"] == [{"item": "ab", "reason": "not found"}]
    assert job.summary["notes"] == ["a note"]


def test_job_run_twice_runs_once() -> None:
    runs = []

    def run(work: Work) -> Summary:
        runs.append(work.job.pk)
        return Summary()

    job = make_job()
    with job_kind(run):
        assert run_job(job.pk) == JobState.DONE
        assert run_job(job.pk) is None

    assert runs == [job.pk]


def test_job_of_another_worker_is_left_alone() -> None:
    job = make_job(state=JobState.RUNNING, holder="elsewhere", beat_at=timezone.now())

    with job_kind(never):
        assert run_job(job.pk) is None

    job.refresh_from_db()
    assert job.holder == "elsewhere"


def test_job_is_not_run_before_its_time() -> None:
    job = make_job(not_before=timezone.now() + timedelta(minutes=1))

    with job_kind(never):
        assert run_job(job.pk) is None

    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_job_that_does_not_exist_is_no_error() -> None:
    assert run_job(4_000_000) is None


def test_job_of_unknown_kind_fails_with_the_reason() -> None:
    job = make_job("shave_yak")

    assert run_job(job.pk) == JobState.FAILED

    job.refresh_from_db()
    assert job.reason == "No part of this portal does jobs of the kind “shave_yak”."


def test_error_of_the_portal_is_the_reason_as_it_stands() -> None:
    def run(work: Work) -> Summary:
        raise Conflict("The source is switched off.")

    job = make_job()
    with job_kind(run):
        assert run_job(job.pk) == JobState.FAILED

    job.refresh_from_db()
    assert job.reason == "The source is switched off."


def test_unexpected_error_is_named_and_its_traceback_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def run(work: Work) -> Summary:
        raise KeyError("tier")

    job = make_job()
    with job_kind(run), caplog.at_level(logging.ERROR):
        assert run_job(job.pk) == JobState.FAILED

    job.refresh_from_db()
    assert job.reason.endswith("the log has the details: KeyError: 'tier'")
    assert caplog.records[0].exc_info is not None


def test_progress_reaches_the_row_at_most_twice_a_second() -> None:
    counted = []

    def run(work: Work) -> Summary:
        with CountUpdates() as updates:
            for number in range(200):
                work.progress(number, 200, f"item {number}")
        counted.append(updates.count)
        return Summary(done=200)

    job = make_job()
    with job_kind(run):
        run_job(job.pk)

    assert counted[0] in (1, 2)


def test_progress_of_a_lost_job_raises_and_writes_nothing() -> None:
    def run(work: Work) -> Summary:
        Job.objects.filter(pk=work.job.pk).update(holder="somebody else", done=4)
        work.progress(1, 2)
        raise AssertionError("not reached")

    job = make_job()
    with job_kind(run):
        assert run_job(job.pk) is None

    job.refresh_from_db()
    assert (job.state, job.holder, job.done) == ("running", "somebody else", 4)


def test_end_of_a_lost_job_writes_nothing() -> None:
    def run(work: Work) -> Summary:
        Job.objects.filter(pk=work.job.pk).update(holder="somebody else")
        return Summary(done=1)

    job = make_job()
    with job_kind(run):
        assert run_job(job.pk) is None

    job.refresh_from_db()
    assert (job.state, job.holder) == ("running", "somebody else")


def test_beat_of_a_lost_job_raises() -> None:
    job = make_job(state=JobState.RUNNING, holder="me")
    work = Work(job)
    Job.objects.update(state=JobState.QUEUED)

    with pytest.raises(Lost):
        work.beat()


@pytest.mark.django_db(transaction=True)
def test_silent_job_keeps_beating() -> None:
    beats = []

    def run(work: Work) -> Summary:
        first = Job.objects.get(pk=work.job.pk).beat_at
        for _ in range(60):
            threading.Event().wait(0.05)
            now = Job.objects.get(pk=work.job.pk).beat_at
            if now != first:
                beats.append(now)
                break
        return Summary()

    job = make_job()
    with job_kind(run, lease_for=timedelta(seconds=0.8)):
        assert run_job(job.pk) == JobState.DONE

    assert beats
    assert not [thread for thread in threading.enumerate() if thread.name == f"job-{job.pk}"]


def test_stopping_worker_hands_the_job_back_without_counting_the_attempt(stopping: None) -> None:
    def run(work: Work) -> Summary:
        work.progress(1, 2)
        raise AssertionError("not reached")

    job = make_job()
    with job_kind(run):
        assert run_job(job.pk) is None

    job.refresh_from_db()
    assert (job.state, job.holder, job.attempts, job.sent_at) == ("queued", "", 0, None)


def test_jobs_of_this_process_are_handed_back_and_no_others() -> None:
    foreign = make_job(state=JobState.RUNNING, holder="elsewhere", beat_at=timezone.now())
    handed = []

    def run(work: Work) -> Summary:
        handed.append(hand_back_all())
        return Summary()

    job = make_job()
    with job_kind(run):
        assert run_job(job.pk) is None

    job.refresh_from_db()
    foreign.refresh_from_db()
    assert handed == [1]
    assert (job.state, foreign.state) == ("queued", "running")


def test_same_work_is_filed_once_while_active() -> None:
    with job_kind(lambda work: Summary()):
        first, is_new = enqueue("test", title="One", dedupe_key="k")
        second, is_new_again = enqueue("test", title="Two", dedupe_key="k")
        run_job(first.pk)
        third, is_new_at_last = enqueue("test", title="Three", dedupe_key="k")

    assert (is_new, is_new_again, is_new_at_last) == (True, False, True)
    assert first.pk == second.pk != third.pk


class CountUpdates:
    """Counts UPDATE statements while the block runs."""

    def __init__(self) -> None:
        self.count = 0
        self._wrapper = connection.execute_wrapper(self._see)

    def _see(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        self.count += sql.startswith("UPDATE")
        return execute(sql, params, many, context)

    def __enter__(self) -> "CountUpdates":
        self._wrapper.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._wrapper.__exit__(*exc)
