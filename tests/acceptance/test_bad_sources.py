"""A source that fails: one sentence where its data is shown, and the last good data with its age.

Each test refreshes by the main job while the source is well, again 40 minutes later while it is
not, and reads the service's page.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from portal.jobs.models import Job, JobState
from portal.jobs.worker import run_job
from scorecards.models import Result
from scorecards.publishing import publish_packs
from scorecards.refresh import file_refresh
from tests import servers
from tests.acceptance.visitor import words_of
from tests.factories import make_service
from tests.github_double import Double, World, repository
from tests.github_double.server import TOKEN
from tests.scorecards.sources.test_prometheus import (
    EMPTY,
    END,
    SHORT_WINDOWS,
    fake_prometheus,
    make_openmetrics,
    refusing,
)

pytestmark = pytest.mark.django_db(transaction=True)

LATER = END + timedelta(minutes=40)
Read = Callable[[str], str]


@pytest.fixture
def read(sign_in: Callable[..., Client]) -> Read:
    """The words of a service's page."""
    client = sign_in()

    def read(service: str) -> str:
        answer = client.get(f"/services/{service}/")
        assert answer.status_code == 200
        return words_of(answer.content.decode())

    return read


@pytest.fixture
def environment(settings: Any) -> Callable[..., None]:
    def change(**changes: Any) -> None:
        settings.ENV = settings.ENV.model_copy(update=changes)

    return change


def refresh(source: str) -> Job:
    job, is_new = file_refresh(source_keys=[source])
    assert is_new
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.reason
    return job


def state_of(service: str, check: str) -> tuple[str, str]:
    result = Result.objects.get(service__key=service, check_row__slug=check)
    return result.state, result.reason


# -- Prometheus ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prometheus_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    storage = tmp_path_factory.mktemp("prometheus") / "blocks"
    servers.backfill(make_openmetrics(1), storage)
    server = servers.start_prometheus(EMPTY, storage)
    yield server.url
    server.stop()


@pytest.fixture
def measured(
    prometheus_url: str, environment: Callable[..., None], tmp_path: Path
) -> Iterator[time_machine.Traveller]:
    """The service `svc-0`, with one error in a hundred requests, measured at `END`."""
    config = tmp_path / "prometheus.yml"
    config.write_text(SHORT_WINDOWS)
    environment(prometheus_url=prometheus_url, prometheus_config=config)
    publish_packs()
    make_service("svc-0")
    with time_machine.travel(END) as clock:
        refresh("prometheus")
        yield clock


def values(found: str) -> Callable[[str], tuple[int, object]]:
    """Answers every query with one series of this value."""

    def answer(path: str) -> tuple[int, object]:
        result = [{"metric": {"service": "svc-0"}, "value": [0, found]}]
        data: object = {"resultType": "vector", "result": result}
        if path.endswith("/alerts"):
            data = {"alerts": []}
        elif path.endswith("/rules"):
            data = {"groups": []}
        elif path.endswith("/runtimeinfo"):
            data = {"storageRetention": "15d"}
        return 200, {"status": "success", "data": data}

    return answer


@pytest.mark.server
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusing(400, "bad_data"), "Prometheus refuses the query (bad_data): because of bad_data"),
        (refusing(422, "execution"), "refuses the query (execution): because of execution"),
        (refusing(503, "timeout"), "refuses the query (timeout): because of timeout"),
        (lambda path: (200, b""), "not Prometheus' API"),
    ],
    ids=["400", "422", "503", "nothing"],
)
def test_prometheus_that_fails_leaves_the_last_values_with_their_age(
    measured: time_machine.Traveller,
    environment: Callable[..., None],
    read: Read,
    answer: Callable[[str], tuple[int, object]],
    words: str,
) -> None:
    assert "Prometheus ok, just now" in read("svc-0")

    measured.move_to(LATER)
    with fake_prometheus(answer) as (url, _):
        environment(prometheus_url=url)
        job = refresh("prometheus")

    assert [words in failure["reason"] for failure in job.summary["failed"]] == [True]
    page = read("svc-0")
    assert re.search(r"Prometheus no answer since \S+, showing values from \S+?\. ", page), page
    assert words in page
    assert re.search(r"Error rate: 1 % .{0,200}?Prometheus, 40 min ago", page), page
    assert state_of("svc-0", "errors-rare")[0] == "unknown"


@pytest.mark.server
def test_prometheus_that_is_away_leaves_the_last_values_with_their_age(
    measured: time_machine.Traveller, environment: Callable[..., None], read: Read
) -> None:
    measured.move_to(LATER)
    environment(prometheus_url=f"http://127.0.0.1:{servers.free_port()}")
    refresh("prometheus")

    page = read("svc-0")
    assert "127.0.0.1 can't be reached: it refuses the connection." in page
    assert re.search(r"Error rate: 1 % .{0,200}?Prometheus, 40 min ago", page), page


@pytest.mark.server
def test_prometheus_that_answers_no_number_is_no_zero(
    measured: time_machine.Traveller, environment: Callable[..., None], read: Read
) -> None:
    measured.move_to(LATER)
    with fake_prometheus(values("NaN")) as (url, _):
        environment(prometheus_url=url)
        assert refresh("prometheus").summary["failed"] == []

    state, reason = state_of("svc-0", "errors-rare")
    assert state == "unknown"
    assert "not a number" in reason
    assert reason in read("svc-0")


# -- GitHub -------------------------------------------------------------------------------------


def test_repository_that_vanished_leaves_its_last_facts_with_their_age(
    environment: Callable[..., None], read: Read
) -> None:
    publish_packs()
    with Double(World()) as double, time_machine.travel(END) as clock:
        environment(github_url=double.url, github_token=TOKEN)
        double.resets_at = END + timedelta(hours=3)
        for name in ("stays", "goes"):
            double.world.add(repository(f"acme/{name}"))
            make_service(name, repository=f"acme/{name}")
        refresh("github")
        del double.world.repositories["acme/goes"]

        clock.move_to(LATER)
        job = refresh("github")

        [failure] = job.summary["failed"]
        assert failure["item"] == "goes (GitHub)"
        page = read("goes")
        assert re.search(r"GitHub no answer since \S+, showing values from \S+?\. ", page), page
        assert failure["reason"] in page
        assert "acme/goes" in failure["reason"]
        assert "no CONTRIBUTING file, GitHub, 40 min ago" in page
        page = read("goes/scorecards/production-readiness")
        assert re.search(r"Has a README: yes .{0,80}?GitHub, 40 min ago", page), page
        assert state_of("goes", "readme-present") == ("pass", "")
        assert "GitHub ok, just now" in read("stays")
        assert double.violations == []
