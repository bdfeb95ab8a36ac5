from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.jobs.models import Job, JobState
from portal.jobs.queue import Summary
from portal.jobs.words import length_words, summary_words
from tests.factories import make_job
from tests.portal.jobs.kinds import job_kind

pytestmark = pytest.mark.django_db

SignIn = Callable[..., Client]


@pytest.fixture
def client(sign_in: SignIn) -> Client:
    return sign_in("engineer")


def address(job: Job) -> str:
    return reverse("jobs:job", args=[job.pk])


def running(**fields: Any) -> Job:
    fields = {"state": JobState.RUNNING, "started_at": timezone.now(), "total": 200, **fields}
    return make_job(done=84, current="fx-rates", **fields)


def test_list_shows_jobs_newest_first(client: Client) -> None:
    make_job(title="Import the catalogue")
    running(title="Refresh 200 services", requested_by_name="Mara Oduya")

    text = client.get(reverse("jobs:list")).content.decode()

    assert text.index("Refresh 200 services") < text.index("Import the catalogue")
    assert "84 of 200" in text
    assert "Mara Oduya" in text


def test_list_is_filtered_by_state_and_kind(client: Client) -> None:
    make_job("refresh", title="Waiting")
    make_job("refresh", title="Broken", state=JobState.FAILED)
    make_job("import", title="Other", state=JobState.FAILED)

    text = client.get(reverse("jobs:list"), {"state": "failed", "kind": "refresh"}).content.decode()

    assert "Broken" in text
    assert "Waiting" not in text
    assert "Other" not in text


def test_list_sorts_by_duration_with_unfinished_last(client: Client) -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    for title, seconds in (("short", 3), ("long", 90)):
        make_job(title=title, started_at=start, finished_at=start + timedelta(seconds=seconds))
    make_job(title="waiting")

    text = client.get(reverse("jobs:list"), {"sort": "-duration"}).content.decode()

    assert text.index("long</a>") < text.index("short</a>") < text.index("waiting</a>")
    assert "1 min 30 s" in text


def test_list_costs_the_same_for_many_jobs(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    with job_kind(lambda work: Summary()):
        for _ in range(60):
            running()
        with django_assert_max_num_queries(12):
            client.get(reverse("jobs:list"))


def test_empty_list_says_what_would_be_there(client: Client) -> None:
    assert "No jobs yet" in client.get(reverse("jobs:list")).content.decode()


def test_running_job_shows_its_progress_and_asks_again(client: Client) -> None:
    text = client.get(address(running())).content.decode()

    assert '<progress id="job-bar" max="200" value="84">' in text
    assert "84 of 200, now fx-rates" in text
    assert 'hx-trigger="every 1s"' in text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in text


def test_waiting_job_has_a_bar_without_an_end(client: Client) -> None:
    text = client.get(address(make_job())).content.decode()

    assert "Waiting for a worker" in text
    assert '<progress id="job-bar">' in text


def test_finished_job_ends_with_its_summary_and_asks_no_more(client: Client) -> None:
    job = running(
        state=JobState.DONE,
        finished_at=timezone.now(),
        summary={
            "done": 150,
            "unchanged": 48,
            "skipped": 1,
            "failed": [{"item": "billing", "reason": "The repository <b>is gone</b>."}],
            "notes": ["The quota is at 80 %."],
        },
    )

    text = client.get(address(job)).content.decode()

    assert "150 done, 48 unchanged, 1 skipped, 1 failed." in text
    assert "The repository &lt;b&gt;is gone&lt;/b&gt;." in text
    assert "The quota is at 80 %." in text
    assert "hx-trigger" not in text.split('<main id="main"')[1]
    assert "http-equiv" not in text


def test_failed_job_says_why_and_what_was_kept(client: Client) -> None:
    job = running(state=JobState.FAILED, reason="The source is switched off.")

    text = client.get(address(job)).content.decode()

    assert "The source is switched off." in text
    assert "It came to 84 of 200; what was written until then is kept." in text


def test_htmx_gets_only_the_part_it_asks_for(client: Client) -> None:
    job = running()

    answer = client.get(address(job), headers={"HX-Request": "true", "HX-Target": "job"})

    assert answer.content.decode().lstrip().startswith('<div class="stack narrow" id="job"')
    assert "HX-Target" in answer["Vary"]


def test_embedded_progress_reloads_its_page_at_the_end(client: Client) -> None:
    job = running()
    headers = {"HX-Request": "true", "HX-Target": f"job-{job.pk}"}
    url = f"{address(job)}?then=reload"

    during = client.get(url, headers=headers)
    Job.objects.update(state=JobState.DONE)
    after = client.get(url, headers=headers)

    assert f'hx-get="{url}"' in during.content.decode()
    assert "HX-Refresh" not in during.headers
    assert after["HX-Refresh"] == "true"


def test_unknown_job_is_not_found(client: Client) -> None:
    assert client.get("/jobs/4000000/").status_code == 404


def test_jobs_ask_for_sign_in() -> None:
    assert Client().get(reverse("jobs:list")).status_code == 302


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (9.9, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (3599.6, "1 h"),
        (7800, "2 h 10 min"),
    ],
)
def test_length_in_words(seconds: float, words: str) -> None:
    assert length_words(timedelta(seconds=seconds)) == words


def test_summary_of_nothing() -> None:
    assert summary_words({}) == "Nothing to do."
