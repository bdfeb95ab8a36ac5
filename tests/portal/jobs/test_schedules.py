import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from portal.jobs import beat, schedules
from portal.jobs.models import Job, ScheduleRun
from portal.jobs.queue import Summary
from portal.jobs.schedules import Schedule, forget_unknown, run_due
from portal.lib.registry import Registry
from tests.portal.jobs.kinds import job_kind

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry[Schedule]:
    empty: Registry[Schedule] = Registry("schedules")
    monkeypatch.setattr(schedules, "schedules", empty)
    return empty


@pytest.fixture
def hourly(registry: Registry[Schedule]) -> list[datetime]:
    fired: list[datetime] = []
    registry.add(Schedule(key="hourly", every=HOUR, run=fired.append))
    return fired


def test_schedule_fires_at_once_and_then_by_its_clock(hourly: list[datetime]) -> None:
    times = [NOW, NOW + HOUR / 2, NOW + HOUR, NOW + HOUR * 1.5]

    assert [run_due(now) for now in times] == [["hourly"], [], ["hourly"], []]
    assert hourly == [NOW, NOW + HOUR]


def test_schedule_remembers_over_a_restart(hourly: list[datetime]) -> None:
    ScheduleRun.objects.create(key="hourly", ran_at=NOW - HOUR / 2)

    assert run_due(NOW) == []


def test_second_beat_does_not_fire_again(
    hourly: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_due(NOW)
    stale = {"hourly": NOW - HOUR}
    assert schedules._claim("hourly", stale["hourly"], NOW + HOUR) is False
    assert schedules._claim("hourly", None, NOW + HOUR) is False


def test_failing_schedule_is_logged_and_does_not_stop_the_others(
    registry: Registry[Schedule], hourly: list[datetime], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(now: datetime) -> None:
        raise LookupError("nothing there")

    registry.add(Schedule(key="broken", every=HOUR, run=fail, order=-1))

    with caplog.at_level(logging.ERROR):
        assert run_due(NOW) == ["broken", "hourly"]

    assert "The schedule broken failed" in caplog.text
    assert hourly == [NOW]


def test_scheduled_job_is_filed_once_while_it_waits(registry: Registry[Schedule]) -> None:
    registry.add(
        Schedule(key="refresh x", every=HOUR, job="test", title="Refresh", args={"source": "x"})
    )
    with job_kind(lambda work: Summary()):
        run_due(NOW)
        run_due(NOW + HOUR)

    job = Job.objects.get()
    assert (job.title, job.args, job.dedupe_key) == (
        "Refresh",
        {"source": "x"},
        "schedule:refresh x",
    )


def test_schedule_needs_something_to_do() -> None:
    with pytest.raises(ValueError, match="either a function or a job kind"):
        Schedule(key="idle", every=HOUR)


def test_schedules_that_are_gone_are_forgotten(hourly: list[datetime]) -> None:
    ScheduleRun.objects.create(key="old", ran_at=NOW)
    run_due(NOW)

    forget_unknown()

    assert list(ScheduleRun.objects.values_list("key", flat=True)) == ["hourly"]


def test_beat_waits_for_a_database_that_is_away_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, scheduler: object
) -> None:
    def away(now: datetime) -> list[str]:
        raise OperationalError("connection refused")

    assert isinstance(scheduler, beat.DatabaseScheduler)
    monkeypatch.setattr(beat, "run_due", away)
    with caplog.at_level(logging.WARNING):
        assert scheduler.tick() == scheduler.tick() == beat.RETRY_SECONDS
        monkeypatch.setattr(beat, "run_due", lambda now: [])
        assert scheduler.tick() == beat.TICK_SECONDS

    assert [record.message.split(",")[0] for record in caplog.records] == [
        "The database is away",
        "The database answers again",
    ]


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> object:
    from portal.jobs.app import app

    # the test's transaction lives on this connection
    monkeypatch.setattr(beat, "connection", type("Kept", (), {"close": staticmethod(lambda: None)}))
    monkeypatch.setattr(beat, "close_old_connections", lambda: None)
    return beat.DatabaseScheduler(app=app)
