from collections.abc import Callable

import pytest
from django.test import Client

from portal.jobs.models import JobState
from tests.factories import make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(sign_in: Callable[..., Client]) -> Client:
    return sign_in("engineer")


def test_jobs_come_in_pages_newest_first(client: Client) -> None:
    numbers = [make_job().pk for _ in range(5)]

    first = client.get("/api/v1/jobs", {"limit": 3}).json()
    cursor = first["pagination"]["next_cursor"]
    second = client.get("/api/v1/jobs", {"limit": 3, "cursor": cursor}).json()

    listed = [job["number"] for job in first["data"] + second["data"]]
    assert listed == sorted(numbers, reverse=True)
    assert second["pagination"]["has_more"] is False


def test_jobs_are_filtered(client: Client) -> None:
    wanted = make_job("refresh", state=JobState.FAILED, reason="No answer.")
    make_job("refresh")
    make_job("import", state=JobState.FAILED)

    found = client.get("/api/v1/jobs", {"state": "failed", "kind": "refresh"}).json()["data"]

    assert [(job["number"], job["reason"]) for job in found] == [(wanted.pk, "No answer.")]


def test_unknown_state_is_refused(client: Client) -> None:
    answer = client.get("/api/v1/jobs", {"state": "sleeping"})

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "VALIDATION_ERROR"


def test_job_has_its_summary_when_done(client: Client) -> None:
    done = make_job(
        state=JobState.DONE,
        summary={"done": 2, "failed": [{"item": "billing", "reason": "gone"}]},
    )
    waiting = make_job()

    summary = client.get(f"/api/v1/jobs/{done.pk}").json()["summary"]

    assert summary == {
        "done": 2,
        "unchanged": 0,
        "skipped": 0,
        "failed": [{"item": "billing", "reason": "gone"}],
        "notes": [],
    }
    assert client.get(f"/api/v1/jobs/{waiting.pk}").json()["summary"] is None


def test_unknown_job_is_not_found(client: Client) -> None:
    answer = client.get("/api/v1/jobs/4000000")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NOT_FOUND"


def test_jobs_need_a_caller() -> None:
    assert Client().get("/api/v1/jobs").status_code == 401
