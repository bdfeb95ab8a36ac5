"""The main job on 500 repositories of an organisation, with the packs that ship.

What is counted: GraphQL calls as the double received them. The facts of repositories are one
call for 50 of them, at most 13 for 500 with room for a second page. File contents are a pass of
their own, at most 120 calls for 1,000 repositories when nothing is known yet, and none where
nothing was pushed. Lists of the organisation's alerts are REST calls; "not modified" costs none.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from portal.jobs.models import Job, JobState, Quota
from portal.jobs.worker import run_job
from scorecards.models import Result, ResultEvent, Snapshot, Standing
from scorecards.publishing import publish_packs
from scorecards.refresh import file_refresh
from tests.factories import make_service
from tests.github_double import Double, World, repository
from tests.github_double.server import TOKEN
from tests.queries import queries_of

pytestmark = pytest.mark.django_db(transaction=True)

REPOSITORIES = 500
MOST_FOR_FACTS = 13
MOST_FOR_FILES = 60  # cold


@pytest.fixture
def github(settings: Any) -> Iterator[Double]:
    """An organisation of 500 repositories; every third has no README, some have alerts."""
    names = [f"r{number}" for number in range(REPOSITORIES)]
    with Double(World()) as double:
        for number, name in enumerate(names):
            files = {"pyproject.toml": "[tool.ruff]\n", "tests/test_it.py": "x"}
            if number % 3:
                files["README.md"] = "What it does. " * 40
            double.world.add(repository(f"acme/{name}", files=files))
            make_service(name, repository=f"acme/{name}", tier=2, description="Does it.")
        double.world.alerts["acme", "code-scanning"] = [
            {"repository": f"acme/{name}", "severity": "high"} for name in names[:150]
        ]
        double.world.alerts["acme", "secret-scanning"] = [{"repository": "acme/r7"}]
        changes = {"github_url": double.url, "github_token": TOKEN}
        settings.ENV = settings.ENV.model_copy(update=changes)
        yield double
        assert double.violations == []


def refresh() -> Job:
    job, _ = file_refresh(source_keys=["github"])
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.reason
    assert job.summary["failed"] == []
    return job


def state_of(service: str, check: str) -> str:
    return Result.objects.get(service__key=service, check_row__slug=check).state


def test_five_hundred_repositories_take_few_calls_and_again_nothing_that_counts(
    github: Double,
) -> None:
    publish_packs()

    first = refresh()

    facts = github.count("Facts")
    assert facts <= MOST_FOR_FACTS
    assert github.count() - facts <= MOST_FOR_FILES
    assert first.summary["done"] == REPOSITORIES
    assert Snapshot.objects.filter(source="github", failing_since=None).count() == REPOSITORIES
    assert Standing.objects.filter(score__isnull=False).count() == 2 * REPOSITORIES
    assert [state_of(name, "readme-present") for name in ("r0", "r1")] == ["fail", "pass"]
    assert [state_of(name, "code-scanning-quiet") for name in ("r0", "r400")] == ["fail", "pass"]
    assert [state_of(name, "no-secret-exposed") for name in ("r7", "r8")] == ["fail", "pass"]

    results, events = list(Result.objects.order_by("pk").values()), ResultEvent.objects.count()
    github.clear()
    statements = queries_of(partial(refresh))

    second = Job.objects.order_by("pk").last()
    assert second is not None
    assert second.summary["unchanged"] == REPOSITORIES
    assert github.count() == github.count("Facts") <= MOST_FOR_FACTS
    assert github.spent_on_lists == 0
    lists = [call.status for call in github.calls if call.method == "GET"]
    assert lists
    assert set(lists) == {304}
    assert [sql for sql in statements if writes(sql, "snapshot")] != []
    assert [sql for sql in statements if writes(sql, "result", "resultevent", "standing")] == []
    assert list(Result.objects.order_by("pk").values()) == results
    assert ResultEvent.objects.count() == events
    quota = Quota.objects.get(name="github", resource="graphql")
    assert quota.cost_by_job[str(second.pk)] == github.points


def writes(sql: str, *tables: str) -> bool:
    """Whether a statement writes to one of the scorecards' tables."""
    is_write = sql.startswith(("INSERT", "UPDATE", "DELETE", "COPY"))
    return is_write and any(f'"scorecards_{table}"' in sql for table in tables)
