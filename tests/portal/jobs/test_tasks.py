import logging
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from portal.jobs.app import app
from portal.jobs.models import Job, JobState
from portal.jobs.queue import Summary, enqueue
from portal.jobs.readiness import folder_problem, redis_problem
from portal.jobs.tasks import messages_waiting, run, send
from tests.factories import make_job
from tests.portal.jobs.kinds import job_kind

pytestmark = pytest.mark.django_db


@pytest.fixture
def use_broker() -> Iterator[Callable[..., None]]:
    """`use_broker(url, **options)` points the application at another broker for one test."""
    before = {
        "broker_url": app.conf.broker_url,
        "broker_transport_options": app.conf.broker_transport_options,
    }

    def use(url: str, **options: object) -> None:
        app.conf.update(broker_url=url, broker_transport_options={"max_retries": 0, **options})
        app._after_fork()  # forgets its open connections

    yield use
    app.conf.update(before)
    app._after_fork()


@pytest.fixture(autouse=True)
def broker_folder(tmp_path: Path, use_broker: Callable[..., None]) -> Path:
    use_broker("folder://", root=str(tmp_path))
    return tmp_path


def test_filing_sends_a_message_after_commit(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with job_kind(lambda work: Summary()), django_capture_on_commit_callbacks(execute=True):
        job, _ = enqueue("test", title="One")
        assert messages_waiting() == 0

    job.refresh_from_db()
    assert messages_waiting() == 1
    assert job.sent_at is not None


def test_job_that_is_not_due_is_not_sent() -> None:
    job = make_job(not_before=timezone.now() + timedelta(minutes=1))

    assert send(job.pk) is False
    assert messages_waiting() == 0


def test_task_runs_the_row() -> None:
    job = make_job()
    with job_kind(lambda work: Summary()):
        run(job.pk)

    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_broker_folder_that_is_gone_leaves_the_row_for_later(
    tmp_path: Path, use_broker: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    use_broker("folder://", root=str(tmp_path / "file" / "broker"))
    job = make_job()

    with caplog.at_level(logging.WARNING):
        assert send(job.pk) is False

    assert Job.objects.get(pk=job.pk).sent_at is None
    assert "The broker is away" in caplog.text


def test_redis_that_is_away_leaves_the_row_for_later_and_costs_little_time(
    use_broker: Callable[..., None],
) -> None:
    use_broker(f"redis://127.0.0.1:{free_port()}/0", socket_connect_timeout=1)
    job = make_job()

    began = time.monotonic()
    assert send(job.pk) is False

    assert time.monotonic() - began < 2
    assert Job.objects.get(pk=job.pk).sent_at is None


def test_folder_probe_names_the_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert folder_problem(tmp_path) is None
    problem = folder_problem(tmp_path / "file")
    assert problem is not None
    assert str(tmp_path / "file") in problem


def test_redis_probe_is_quick_and_hides_the_password() -> None:
    began = time.monotonic()
    problem = redis_problem(f"redis://user:secret@127.0.0.1:{free_port()}/0")

    assert time.monotonic() - began < 2
    assert problem is not None
    assert "127.0.0.1" in problem
    assert "secret" not in problem


@pytest.mark.server
def test_redis_takes_and_counts_messages(redis_url: str, use_broker: Callable[..., None]) -> None:
    use_broker(redis_url)
    job = make_job()

    assert send(job.pk) is True
    assert messages_waiting() == 1
    assert redis_problem(redis_url) is None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
