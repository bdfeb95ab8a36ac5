import os
import threading
from collections.abc import Iterator

import pytest
from django.db import OperationalError

from portal.jobs import holders, shutdown, worker
from portal.jobs.models import JobState
from tests.factories import make_job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def exited(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Set when the process would have ended."""
    ended = threading.Event()
    monkeypatch.setattr(os, "_exit", lambda code: ended.set())
    monkeypatch.setattr(shutdown, "GRACE_SECONDS", 0.05)
    yield ended
    worker.stopping.clear()


def test_job_that_stays_silent_is_handed_back_and_the_worker_ends(
    exited: threading.Event,
) -> None:
    job = make_job(state=JobState.RUNNING, holder=holders.new_holder(), attempts=1)

    shutdown._stop()

    assert worker.stopping.is_set()
    assert exited.wait(5)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.holder) == ("queued", 0, "")


def test_worker_ends_even_when_the_database_is_away(
    exited: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> int:
        raise OperationalError("connection refused")

    monkeypatch.setattr(worker, "hand_back_all", away)

    shutdown._stop()

    assert exited.wait(5)


def test_starting_worker_looks_for_what_a_killed_one_held() -> None:
    machine, pid, _, _ = holders.new_holder().split("/")
    job = make_job(state=JobState.RUNNING, holder=f"{machine}/{pid}/1/abcd", attempts=1)

    shutdown._look_for_lost_jobs()

    job.refresh_from_db()
    assert job.state == JobState.QUEUED
