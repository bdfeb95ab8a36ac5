"""The operations page: admins only, honest about what failed, cheap."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from portal.jobs.models import Breaker, BulkheadSlot, Job, JobState, Quota
from portal.lib.registry import OutsideState, outside_states
from portal.operations import views


@pytest.fixture
def busy(db: None) -> Iterator[None]:
    """Outside services in every state, jobs and a quota."""
    now = timezone.now()
    Breaker.objects.create(name="github", last_success_at=now)
    Breaker.objects.create(
        name="tried-service",
        state="open",
        failures=5,
        opened_at=now,
        last_failure_at=now,
        last_error="answered 503 three times",
    )
    BulkheadSlot.objects.create(
        name="github",
        is_waiting=False,
        number=0,
        holder="a",
        since=now,
        expires_at=now + timedelta(minutes=1),
    )
    Quota.objects.create(
        name="github", resource="core", limit=5000, remaining=4321, resets_at=now, seen_at=now
    )
    for state in (JobState.QUEUED, JobState.FAILED):
        Job.objects.create(
            kind="tried",
            title=f"A job that {state}",
            state=state,
            created_at=now,
            not_before=now,
            finished_at=now if state == JobState.FAILED else None,
            reason="The source vanished." if state == JobState.FAILED else "",
        )
    outside_states.add(
        OutsideState(
            key="tried-service",
            title="Tried service",
            load=lambda: {"state": "down", "words": "does not answer"},
        )
    )
    yield
    outside_states.remove("tried-service")


@pytest.mark.parametrize("role", ["engineer", "architect", "lead"])
def test_page_is_for_admins_only(sign_in: Callable[..., Client], role: str) -> None:
    response = sign_in(role).get("/operations/")
    assert response.status_code == 403
    assert "This needs the role admin." in response.content.decode()


def test_page_asks_strangers_to_sign_in(client: Client, db: None) -> None:
    response = client.get("/operations/")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/operations/"


def test_page_shows_calls_jobs_sources_and_versions(
    sign_in: Callable[..., Client], busy: None
) -> None:
    page = sign_in("admin").get("/operations/").content.decode()
    for text in (
        "answered 503 three times",
        "1 of 1",
        "4,321 of 5,000 left",
        "Tried service",
        "does not answer",
        "The source vanished.",
        "Django",
    ):
        assert text in page
    assert page.index("tried-service") < page.index(">github<")  # troubled ones come first


def test_page_of_an_empty_portal_says_what_will_appear(sign_in: Callable[..., Client]) -> None:
    page = sign_in("admin").get("/operations/").content.decode()
    assert "No call was made yet" in page


def test_page_takes_at_most_twelve_queries(
    sign_in: Callable[..., Client], busy: None, django_assert_max_num_queries: Any
) -> None:
    client = sign_in("admin")
    client.get("/operations/")  # the frame keeps its counts for a moment
    now = timezone.now()
    Job.objects.bulk_create(
        Job(kind="tried", title=f"{n}", state="failed", created_at=now, not_before=now)
        for n in range(200)
    )
    Breaker.objects.bulk_create(Breaker(name=f"service-{n}") for n in range(40))
    with django_assert_max_num_queries(12):
        client.get("/operations/")


def test_look_again_gets_only_the_changing_part(sign_in: Callable[..., Client], busy: None) -> None:
    headers = {"HX-Request": "true", "HX-Target": "now"}
    response = sign_in("admin").get("/operations/", headers=headers)
    page = response.content.decode()
    assert page.strip().startswith('<div id="now">')
    assert "<html" not in page
    assert {"HX-Request", "HX-Target"} <= set(response["Vary"].split(", "))


def test_page_with_the_database_away_is_a_plain_sentence(
    sign_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(now: object) -> None:
        raise OperationalError("connection refused")

    client = sign_in("admin")
    client.raise_request_exception = False
    monkeypatch.setattr(views, "load_overview", refuse)
    response = client.get("/operations/")
    assert response.status_code == 503
    assert "Its database does not answer." in response.content.decode()
    assert response["Retry-After"] == "10"
