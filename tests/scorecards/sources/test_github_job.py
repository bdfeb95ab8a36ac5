"""The refresh job on the double of GitHub: the main job, end to end."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.catalog.models import Service
from portal.jobs.models import Job, JobState, Quota
from portal.jobs.worker import run_job
from portal.lib.registry import outside_states
from scorecards.models import Result, ResultEvent
from scorecards.publishing import publish_packs
from scorecards.refresh import file_refresh
from tests.factories import make_service
from tests.github_double import Double, World, repository
from tests.github_double.server import TOKEN, primary

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def double(settings: Any) -> Iterator[Double]:
    with Double(World()) as double:
        changes = {"github_url": double.url, "github_token": TOKEN}
        settings.ENV = settings.ENV.model_copy(update=changes)
        yield double
        assert double.violations == []


def add(double: Double, count: int) -> list[Service]:
    names = [f"r{number}" for number in range(count)]
    for name in names:
        double.world.add(repository(f"acme/{name}", files={"README.md": "words " * 100}))
    return [make_service(name, repository=f"acme/{name}") for name in names]


def refresh() -> Job:
    job, _ = file_refresh(source_keys=["github"])
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.reason
    return job


def test_second_refresh_spends_nothing_on_lists_and_writes_no_result(double: Double) -> None:
    publish_packs()
    add(double, 60)
    double.world.alerts["acme", "code-scanning"] = [
        {"repository": "acme/r3", "severity": "critical"}
    ]
    first = refresh()
    results = list(Result.objects.order_by("pk").values())
    events = ResultEvent.objects.count()
    double.clear()

    second = refresh()

    assert (first.summary["done"], second.summary["unchanged"]) == (60, 60)
    assert Result.objects.filter(state="pass").count() > 300
    assert list(Result.objects.order_by("pk").values()) == results
    assert ResultEvent.objects.count() == events
    assert double.spent_on_lists == 0
    assert double.count() == 2
    quota = Quota.objects.get(name="github", resource="graphql")
    assert quota.cost_by_job[str(second.pk)] == double.points


def test_github_that_refuses_the_sign_in_is_down_and_one_that_is_gone_is_not(
    double: Double,
) -> None:
    first, _ = add(double, 2)
    state = outside_states.get("github")
    assert state is not None
    refresh()
    double.world.repositories.pop("acme/r0")
    refresh_alone, _ = file_refresh(service=first, source_keys=["github"])
    run_job(refresh_alone.pk)
    assert state.load()["state"] == "ok"

    double.tokens.clear()
    refresh()

    assert state.load()["state"] == "down"
    assert "does not accept the sign-in (401)" in str(state.load()["words"])


def test_refresh_goes_on_after_the_pause(double: Double) -> None:
    services = add(double, 3)
    until = timezone.now() + timedelta(minutes=20)
    double.next.append(primary(until))
    stopped = refresh()

    later = Job.objects.exclude(pk=stopped.pk).get()
    assert len(stopped.summary["failed"]) == 3
    assert later.not_before > until
    assert later.args == {"services": ["r0", "r1", "r2"], "sources": ["github"]}

    Quota.objects.update(paused_until=timezone.now())
    Job.objects.filter(pk=later.pk).update(not_before=timezone.now())
    run_job(later.pk)

    later.refresh_from_db()
    assert (later.state, later.summary["failed"]) == (JobState.DONE, [])
    for service in services:
        snapshot = service.snapshots.get(source="github")
        assert snapshot.failure_reason == ""
        assert snapshot.facts["repo.has_readme"]["value"] is True
