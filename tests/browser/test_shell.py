"""The shell in a real browser: keyboard, themes, search, menus, and life without script."""

import re
from typing import Any

import pytest

from portal.lib.registry import SearchHit, SearchSource, search_sources
from tests.factories import make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def _finds(monkeypatch):
    """A search that knows three things."""
    hits = [
        SearchHit(kind="Service", title=f"ledger-{name}", url=f"/jobs/?found={name}")
        for name in ("api", "batch", "mailer")
    ]
    source = SearchSource(
        key="test",
        title="Services",
        find=lambda words, person, limit: [hit for hit in hits if words in hit.title],
    )
    monkeypatch.setattr(search_sources, "_entries", {"test": source})


@pytest.fixture
def without_script(browser, live_server):
    """A page of a browser that runs no script."""
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    yield page
    context.close()


def is_focused(page: Any, selector: str) -> bool:
    return page.evaluate("(s) => document.activeElement === document.querySelector(s)", selector)


def is_of_request(problem: str) -> bool:
    """Whether a line of the console is about the request that the test itself cut off."""
    return "ERR_FAILED" in problem or problem.startswith("htmx:")


def background(page: Any) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_key_opens_the_search_box_anywhere(page, sign_in_page, keys):
    sign_in_page("engineer").goto("/jobs/")

    page.keyboard.press(keys)

    assert is_focused(page, "#find")
    assert page.input_value("#find") == ""


def test_slash_in_a_field_is_a_slash(page, sign_in_page):
    sign_in_page("engineer").goto("/search/")

    page.fill("main input[name=q]", "")
    page.type("main input[name=q]", "a/b")

    assert page.input_value("main input[name=q]") == "a/b"


def test_first_tab_offers_to_skip_the_frame(page, sign_in_page):
    sign_in_page("engineer").goto("/")

    page.keyboard.press("Tab")
    assert is_focused(page, ".skip")
    page.keyboard.press("Enter")

    assert page.evaluate("location.hash") == "#main"
    assert is_focused(page, "main")


@pytest.mark.usefixtures("_finds")
def test_typing_suggests_and_arrows_choose(page, sign_in_page):
    sign_in_page("engineer").goto("/")

    page.keyboard.press("/")
    page.keyboard.type("ledger")
    page.wait_for_selector('#suggestions [role="option"]')
    assert page.get_attribute("#find", "aria-expanded") == "true"
    assert page.text_content("#live") == "3 suggestions"

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.locator('[aria-selected="true"]')
    assert chosen.text_content() == "ledger-batch"
    assert page.get_attribute("#find", "aria-activedescendant") == chosen.get_attribute("id")

    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/?found=batch")


@pytest.mark.usefixtures("_finds")
def test_escape_closes_suggestions_first_and_then_empties_the_box(page, sign_in_page):
    sign_in_page("engineer").goto("/")
    page.fill("#find", "ledger")
    page.wait_for_selector('#suggestions [role="option"]')

    page.keyboard.press("Escape")
    assert page.locator('#suggestions [role="option"]').count() == 0
    assert page.input_value("#find") == "ledger"

    page.keyboard.press("Escape")
    assert page.input_value("#find") == ""


@pytest.mark.usefixtures("_finds")
def test_enter_without_a_choice_opens_the_search_page(page, sign_in_page):
    sign_in_page("engineer").goto("/")
    page.fill("#find", "ledger")

    page.keyboard.press("Enter")

    page.wait_for_url("**/search/?q=ledger")
    assert page.locator(".hits li").count() == 3


def test_theme_follows_the_system_until_it_is_switched(page, sign_in_page):
    page.emulate_media(color_scheme="dark")
    sign_in_page("engineer").goto("/")
    dark = background(page)

    page.click("[data-switches-theme] button")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    light = background(page)
    assert light != dark

    page.wait_for_load_state("networkidle")
    page.goto("/search/")
    assert page.get_attribute("html", "data-theme") == "light"
    assert background(page) == light


def test_menu_opens_by_keyboard_and_closes_by_escape(page, sign_in_page):
    sign_in_page("admin").goto("/")

    page.focus(".who")
    page.keyboard.press("Enter")
    assert page.is_visible("#me")
    page.keyboard.press("Escape")

    assert not page.is_visible("#me")
    assert is_focused(page, ".who")


def test_phone_has_a_dock_and_the_rail_as_a_sheet(page, sign_in_page):
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in_page("engineer").goto("/")
    assert not page.is_visible("#rail")

    page.click(".dock button")

    assert page.is_visible("#rail")
    box = page.locator("#rail").bounding_box()
    assert box["y"] + box["height"] == pytest.approx(844, abs=1)


def test_targets_are_large_enough_for_fingers(page, sign_in_page):
    sign_in_page("admin").goto("/gallery/")

    small = page.evaluate(
        """[...document.querySelectorAll("button, .btn, .field, .rail a, summary, th a")]
        .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 24)
        .map((e) => e.outerHTML.slice(0, 80))"""
    )

    assert small == []


def test_chart_opens_in_plotly_under_the_policy(page, sign_in_page):
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    sign_in_page("admin").goto("/gallery/")
    page.wait_for_load_state("networkidle")
    assert not [url for url in requested if "plotly" in url]
    policy = page.request.get("/gallery/").headers["content-security-policy"]
    assert "unsafe" not in policy

    chart = page.locator(".pane.light .chart")
    chart.locator("[data-explore]").click()
    line = chart.locator(".js-plotly-plot .scatterlayer path.js-line").first
    line.wait_for(timeout=20_000)

    chart.locator(".js-plotly-plot").scroll_into_view_if_needed()
    box = chart.locator(".js-plotly-plot").bounding_box()
    assert box["height"] == pytest.approx(340, abs=2)
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 120)
    chart.locator(".hoverlayer text").first.wait_for()
    chart.locator('.modebar-btn[data-val="in"]').click(force=True)

    chart.locator("[data-explore]").click()
    assert chart.locator("[data-picture]").is_visible()
    assert not chart.locator("[data-plot]").is_visible()


def test_lost_connection_is_said_and_nothing_is_lost(page, sign_in_page):
    sign_in_page("engineer").goto("/")
    page.route("**/search/**", lambda route: route.abort())

    page.fill("#find", "ledger")
    page.wait_for_selector("#messages .note.error")

    assert "The portal does not answer" in page.text_content("#messages")
    assert page.input_value("#find") == "ledger"
    page.problems[:] = [text for text in page.problems if not is_of_request(text)]


def test_session_that_ended_leads_to_sign_in(page, sign_in_page):
    sign_in_page("engineer").goto("/jobs/")
    page.context.clear_cookies()

    page.fill("#find", "ledger")

    page.wait_for_url(re.compile(r"/sign-in/\?next=/jobs/"))


def test_sign_in_and_search_work_without_script(without_script, live_server):
    make_person("engineer", email="ilse@example.com", password="long enough for us", key="ilse")
    page = without_script

    page.goto("/search/")
    page.wait_for_url("**/sign-in/?next=/search/")
    page.fill("input[type=email], input[name=email], input[name=username]", "ilse@example.com")
    page.fill("input[type=password]", "long enough for us")
    page.click("main form button.pri")
    page.wait_for_url("**/search/")

    page.fill("main input[name=q]", "nothing")
    page.press("main input[name=q]", "Enter")
    page.wait_for_url("**/search/?q=nothing")
    assert page.is_visible("text=Nothing has that name")


def test_lists_filter_sort_and_switch_themes_without_script(without_script, stage, live_server):
    from django.test import Client

    client = Client()
    client.force_login(stage.engineer)
    page = without_script
    page.context.add_cookies(
        [
            {"name": name, "value": cookie.value, "url": live_server.url}
            for name, cookie in client.cookies.items()
        ]
    )

    page.goto("/jobs/")
    page.click(".filters button")
    page.wait_for_url(re.compile(r"/jobs/\?"))
    page.locator("th a").first.click()
    page.wait_for_url(re.compile(r"sort="))

    page.click("[data-switches-theme] button")
    assert page.get_attribute("html", "data-theme") == "dark"
    assert "sort=" in page.url


def test_leaving_with_a_draft_is_asked_about(page, sign_in_page):
    sign_in_page("admin").goto("/services/import/")
    asked: list[str] = []

    def keep(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", keep)
    page.click("main textarea")
    page.keyboard.type("kind: Component")
    page.click(".brand", no_wait_after=True)
    page.wait_for_timeout(300)

    assert asked == ["beforeunload"]
    assert page.url.endswith("/services/import/")
    assert page.input_value("main textarea") == "kind: Component"


def test_filter_follows_typing_and_stays_in_the_address(page, stage, sign_in_page):
    sign_in_page(stage.engineer).goto("/services/")

    page.fill("main .filters input[name=q]", "fx")
    page.wait_for_url("**/services/?q=fx")
    assert page.locator("#services tbody tr").count() == 1
    assert page.text_content("#live") == "1 service"

    page.goto("/jobs/")
    page.go_back()
    page.wait_for_url("**/services/?q=fx")
    assert page.locator("#services tbody tr").count() == 1
    assert page.input_value("main .filters input[name=q]") == "fx"
