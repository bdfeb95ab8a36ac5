"""The main job on a real Prometheus that knows 1,000 services."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import time_machine
from django.test import Client

from portal.catalog.models import Service
from portal.jobs.models import Job, JobState
from portal.jobs.worker import run_job
from scorecards.models import Result, Snapshot
from scorecards.publishing import publish_packs
from scorecards.refresh import file_refresh
from tests import servers
from tests.acceptance.visitor import words_of
from tests.factories import make_service
from tests.scorecards.sources.test_prometheus import EMPTY, END, SHORT_WINDOWS, make_openmetrics

pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]

KINDS = ("svc-0", "no-errors", "no-traffic", "no-data")  # the first has one error in a hundred


@pytest.fixture(scope="module")
def prometheus_of_a_thousand(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[servers.Server]:
    storage = tmp_path_factory.mktemp("prometheus") / "blocks"
    servers.backfill(make_openmetrics(997), storage)
    server = servers.start_prometheus(EMPTY, storage)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _connected(
    prometheus_of_a_thousand: servers.Server, settings: Any, tmp_path: Path
) -> Iterator[None]:
    """The portal on this Prometheus, at the moment of the last samples."""
    config = tmp_path / "prometheus.yml"
    config.write_text(SHORT_WINDOWS)
    changes = {"prometheus_url": prometheus_of_a_thousand.url, "prometheus_config": config}
    settings.ENV = settings.ENV.model_copy(update=changes)
    publish_packs()
    with time_machine.travel(END):
        yield


def refresh() -> None:
    job, _ = file_refresh(source_keys=["prometheus"])
    run_job(job.pk)
    job = Job.objects.get(pk=job.pk)
    assert job.state == JobState.DONE, job.reason
    assert job.summary["failed"] == []


def answered(server: servers.Server) -> int:
    """How many calls of its API the server has answered, by its own count."""
    with urlopen(f"{server.url}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    counted = r'prometheus_http_requests_total\{code="\d+",handler="/api/v1/[^"]*"\} (\d+)'
    return sum(int(number) for number in re.findall(counted, text))


def test_thousand_services_take_as_many_queries_as_ten(
    prometheus_of_a_thousand: servers.Server,
) -> None:
    asked = []
    for count in (10, 1_000):
        first = Service.objects.count()
        for number in range(first, count):
            make_service(f"svc-{number}")
        before = answered(prometheus_of_a_thousand)
        refresh()
        asked.append(answered(prometheus_of_a_thousand) - before)

    assert asked[0] == asked[1] > 0
    measured = Snapshot.objects.filter(source="prometheus", failing_since=None)
    assert measured.count() == 1_000
    failing = Result.objects.filter(check_row__slug="errors-rare", state="fail")
    assert failing.count() == 997, "each service was told of its own errors"


def test_no_errors_no_traffic_and_no_data_are_three_things(
    sign_in: Callable[..., Client],
) -> None:
    for name in KINDS:
        make_service(name)
    refresh()
    client = sign_in()

    def fact(service: str, name: str) -> Any:
        facts = Snapshot.objects.get(service__key=service, source="prometheus").facts
        entry = facts[f"live.{name}"]
        return entry.get("value", entry.get("error"))

    assert fact("svc-0", "error_rate") == pytest.approx(1, abs=0.01)
    assert (fact("no-errors", "error_rate"), fact("no-errors", "availability")) == (0, 100)
    assert fact("no-traffic", "error_rate") == "no traffic in the last 1h"
    assert fact("no-traffic", "request_rate") == 0
    assert fact("no-data", "error_rate").startswith("no series for http_requests_total")
    assert fact("no-data", "request_rate").startswith("no series for http_requests_total")

    for check in ("errors-rare", "availability-kept"):
        rows = Result.objects.filter(check_row__slug=check).select_related("service")
        found = {row.service.key: row for row in rows}
        assert [found[name].state for name in KINDS] == ["fail", "pass", "unknown", "unknown"]
        assert "no traffic in the last" in found["no-traffic"].reason
        assert "no series for http_requests_total" in found["no-data"].reason

    for name, words in {
        "no-traffic": "no traffic in the last 1h",
        "no-data": "no series for http_requests_total",
    }.items():
        page = words_of(client.get(f"/services/{name}/").content.decode())
        assert words in page, page
