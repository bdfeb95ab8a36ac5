from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.jobs import holders, reaper
from portal.jobs.models import Job, JobState
from portal.jobs.queue import Summary
from portal.jobs.reaper import prune, reap
from tests.factories import make_job
from tests.portal.jobs.kinds import job_kind

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What was sent, to a broker that holds nothing."""
    calls: list[int] = []

    def send(pk: int) -> bool:
        calls.append(pk)
        return True

    monkeypatch.setattr(reaper, "send", send)
    monkeypatch.setattr(reaper, "messages_waiting", lambda: 0)
    return calls


def queued(**fields: Any) -> Job:
    return make_job(**{"not_before": ago(minutes=5), "created_at": ago(minutes=5), **fields})


def running(**fields: Any) -> Job:
    return queued(**{"state": JobState.RUNNING, "holder": "gone", "attempts": 1, **fields})


def test_row_that_was_never_sent_is_sent(sent: list[int]) -> None:
    job = queued(sent_at=None)

    assert reap(NOW).sent == 1
    assert sent == [job.pk]


@pytest.mark.parametrize(("seconds", "is_sent"), [(19, False), (21, True)])
def test_row_is_sent_again_after_twenty_seconds(
    sent: list[int], seconds: int, is_sent: bool
) -> None:
    queued(sent_at=ago(seconds=seconds))

    reap(NOW)

    assert bool(sent) == is_sent


def test_row_is_sent_when_its_time_comes(sent: list[int]) -> None:
    queued(not_before=NOW + timedelta(seconds=1))
    due = queued(not_before=ago(seconds=1), sent_at=ago(seconds=9))

    reap(NOW)

    assert sent == [due.pk]


def test_rows_far_back_in_a_long_queue_are_not_sent_again(
    sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        queued(sent_at=ago(minutes=4))
    monkeypatch.setattr(reaper, "messages_waiting", lambda: 3)
    reap(NOW)
    assert sent == []

    monkeypatch.setattr(reaper, "messages_waiting", lambda: 2)
    reap(NOW)
    assert len(sent) == 3


def test_sending_ends_at_the_first_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    monkeypatch.setattr(reaper, "send", lambda pk: bool(tried.append(pk)))
    queued()
    queued()

    assert reap(NOW).sent == 0
    assert len(tried) == 1


@pytest.mark.parametrize(
    ("silent_for", "state"), [(timedelta(seconds=59), "running"), (timedelta(seconds=61), "queued")]
)
def test_running_row_is_queued_again_after_the_lease_of_its_kind(
    silent_for: timedelta, state: str, sent: list[int]
) -> None:
    job = running(beat_at=NOW - silent_for)

    with job_kind(lambda work: Summary(), lease_for=timedelta(seconds=60)):
        reap(NOW)

    job.refresh_from_db()
    assert job.state == state
    assert sent == ([job.pk] if state == "queued" else [])


def test_row_of_a_dead_process_of_this_machine_is_queued_at_once() -> None:
    machine, pid, _, _ = holders.new_holder().split("/")
    dead = running(holder=f"{machine}/{pid}/1/abcd", beat_at=NOW)
    alive = running(holder=holders.new_holder(), beat_at=NOW)
    elsewhere = running(holder=f"other/{pid}/1/abcd", beat_at=NOW)

    assert reap(NOW).requeued == 1

    states = dict(Job.objects.values_list("pk", "state"))
    assert states == {dead.pk: "queued", alive.pk: "running", elsewhere.pk: "running"}


def test_row_that_lost_its_worker_too_often_fails_with_the_reason(sent: list[int]) -> None:
    job = running(beat_at=ago(hours=1), attempts=3)

    with job_kind(lambda work: Summary(), max_attempts=3):
        assert reap(NOW).failed == 1

    job.refresh_from_db()
    assert job.reason == "The worker was lost in the middle of this job 3 times."
    assert sent == []


def test_finished_jobs_are_kept_for_thirty_days() -> None:
    for days in (29, 31):
        make_job(title=str(days), state=JobState.DONE, finished_at=ago(days=days))
    make_job(title="old but waiting", created_at=ago(days=90))

    assert prune(NOW) == 1
    assert set(Job.objects.values_list("title", flat=True)) == {"29", "old but waiting"}
