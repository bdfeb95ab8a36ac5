"""A service's checks in a real browser."""

from datetime import timedelta

import pytest
from django.utils import timezone

from scorecards.evaluation import evaluate
from scorecards.ruleset import load_ruleset
from tests.factories import make_check, make_scorecard, make_service, make_snapshot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def _service_that_passes():
    service = make_service("shop")
    card = make_scorecard("readiness", title="Readiness")
    make_check(card, "repo.has_readme", title="Readme present")
    make_snapshot(service, repo__has_readme=True)
    for days in (3, 0):
        evaluate([service.pk], load_ruleset(), now=timezone.now() - timedelta(days=days))


@pytest.mark.usefixtures("_service_that_passes")
def test_opening_what_passes_brings_its_rows(sign_in_page):
    page = sign_in_page("engineer")
    page.goto("/services/shop/")
    assert page.get_by_text("Readme present").count() == 0

    page.get_by_text("1 passing").click()

    page.get_by_role("link", name="Readme present").wait_for()
    assert page.get_by_text("with evidence and age").count() == 0


@pytest.mark.usefixtures("_service_that_passes")
def test_opening_what_passes_without_script_leads_to_its_rows(browser, live_server, sign_in_page):
    cookies = sign_in_page("engineer").context.cookies()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto("/services/shop/")

    page.get_by_text("1 passing").click()
    page.get_by_role("link", name="1 check with evidence and age").click()

    page.get_by_role("link", name="Readme present").wait_for()
    context.close()


@pytest.mark.usefixtures("_service_that_passes")
def test_history_of_a_score_opens_in_plotly_under_the_policy(page, sign_in_page):
    sign_in_page("engineer").goto("/services/shop/scorecards/readiness/")
    chart = page.locator(".chart")
    chart.locator("[data-explore]").click()
    chart.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=20_000)
    assert chart.locator(".js-plotly-plot path.js-line").count() == 1
    assert not chart.locator("[data-picture]").is_visible()
    chart.locator("[data-explore]").click()
    assert chart.locator("[data-picture]").is_visible()
