from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.jobs import quotas
from portal.jobs.models import Quota

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
RESET = NOW + timedelta(minutes=40)


def record(remaining: int, resets_at: datetime = RESET, **more: Any) -> Quota:
    quotas.record(
        "github", "core", limit=5000, remaining=remaining, resets_at=resets_at, now=NOW, **more
    )
    return Quota.objects.get()


def test_first_answer_is_noted() -> None:
    row = record(4990, cost=3, job_id=7)
    assert (row.limit, row.remaining, row.resets_at) == (5000, 4990, RESET)
    assert row.cost_by_job == {"7": 3}


def test_first_answer_of_a_window_that_is_over_is_noted_too() -> None:
    assert record(4990, NOW - timedelta(seconds=1)).remaining == 4990


def test_costs_add_up_by_job() -> None:
    record(4990, cost=3, job_id=7)
    record(4980, cost=5, job_id=7)
    assert record(4979, cost=1, job_id=8).cost_by_job == {"7": 8, "8": 1}


def test_answer_that_was_overtaken_does_not_raise_what_remains() -> None:
    record(4980)
    assert record(4990).remaining == 4980


def test_new_window_starts_a_new_account() -> None:
    record(10, cost=3, job_id=7)
    row = record(4999, RESET + timedelta(hours=1), cost=1, job_id=8)
    assert (row.remaining, row.cost_by_job) == (4999, {"8": 1})


def test_account_names_only_the_newest_jobs() -> None:
    for job_id in range(95, 155):
        row = record(1000, cost=1, job_id=job_id)
    assert len(row.cost_by_job) == quotas.KEPT_JOBS
    assert "154" in row.cost_by_job
    assert "104" not in row.cost_by_job


def test_pause_holds_until_its_time() -> None:
    quotas.pause("github", "core", until=RESET, reason="spent", now=NOW)
    assert quotas.paused("github", "core", now=NOW) == quotas.Pause(RESET, "spent")
    assert quotas.paused("github", "core", now=RESET) is None
    assert quotas.paused("github", "graphql", now=NOW) is None


def test_shorter_pause_does_not_end_a_longer_one() -> None:
    quotas.pause("github", "core", until=RESET, reason="spent", now=NOW)
    quotas.pause("github", "core", until=NOW + timedelta(minutes=1), reason="short", now=NOW)
    assert quotas.paused("github", "core", now=NOW) == quotas.Pause(RESET, "spent")


def test_answer_after_a_pause_is_noted() -> None:
    quotas.pause("github", "core", until=RESET, reason="spent", now=NOW)
    assert record(4321).remaining == 4321
