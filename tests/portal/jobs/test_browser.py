from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from portal.jobs.models import Job, JobState
from tests.factories import make_job

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def running() -> Job:
    return make_job(
        title="Refresh 200 services",
        state=JobState.RUNNING,
        started_at=timezone.now(),
        total=200,
        done=84,
        current="fx-rates",
    )


def end(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(
        state=JobState.DONE,
        done=200,
        finished_at=timezone.now(),
        summary={"done": 199, "failed": [{"item": "billing", "reason": "The repository is gone."}]},
    )


def test_progress_moves_and_ends_with_the_summary_by_itself(
    sign_in_page: Callable[..., Any],
) -> None:
    page = sign_in_page("engineer")
    job = running()
    page.goto(f"/jobs/{job.pk}/")
    assert page.locator("#job-bar").get_attribute("value") == "84"

    Job.objects.filter(pk=job.pk).update(done=120, current="ledger")
    page.get_by_text("120 of 200, now ledger").wait_for()
    end(job)
    page.get_by_text("The repository is gone.").wait_for()

    assert page.locator("#live").text_content() == "199 done, 1 failed."
    page.wait_for_timeout(1200)
    assert page.locator("progress").count() == 0


def test_progress_is_followed_without_javascript(
    browser: Any, live_server: Any, sign_in_page: Callable[..., Any]
) -> None:
    cookies = sign_in_page("engineer").context.cookies()
    with browser.new_context(base_url=live_server.url, java_script_enabled=False) as context:
        context.add_cookies(cookies)
        page = context.new_page()
        job = running()
        page.goto(f"/jobs/{job.pk}/")
        page.get_by_text("84 of 200, now fx-rates").wait_for()

        end(job)
        page.get_by_text("The repository is gone.").wait_for(timeout=8000)
