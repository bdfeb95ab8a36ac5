"""The radar in a real browser: keyboard, choosing, filtering, phones, paper, and without script."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADDRESS = "/radar/company/"


@pytest.fixture
def radar_page(stage: Any, sign_in_page: Any) -> Any:
    """The radar as an engineer sees it on a desk."""
    page = sign_in_page(stage.engineer)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(ADDRESS)
    return page


@pytest.fixture
def plain_page(radar_page: Any, browser: Any, live_server: Any) -> Any:
    """The same page in a browser that runs no script."""
    context = browser.new_context(
        base_url=live_server.url,
        java_script_enabled=False,
        viewport={"width": 1440, "height": 900},
    )
    context.add_cookies(radar_page.context.cookies())
    page = context.new_page()
    page.goto(ADDRESS)
    yield page
    context.close()


def blip(page: Any, name: str) -> Any:
    """The blip of a technology, found by what a screen reader says of it."""
    return page.locator(".rd").get_by_role("link", name=re.compile(rf"^\d+ {re.escape(name)}\b"))


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''"))


def places(page: Any) -> dict[str, str]:
    """Where every blip stands, by its label."""
    found = page.evaluate(
        """() => [...document.querySelectorAll('.rd .sg > a')].map((blip) =>
            [blip.getAttribute('aria-label'), blip.getAttribute('transform')])"""
    )
    return dict(found)


def test_blips_are_named_with_all_they_say(radar_page):
    label = blip(radar_page, "Jenkins").get_attribute("aria-label")

    assert re.fullmatch(r"\d+ Jenkins, Hold, moved out from Assess, used by 1 service.*", label)
    assert radar_page.get_by_role("group", name="Languages, Trial").count() == 1


def test_choosing_a_blip_opens_its_panel_and_marks_its_row(radar_page):
    blip(radar_page, "Jenkins").click()

    panel = radar_page.locator("#chosen")
    panel.get_by_role("heading", name="Jenkins").wait_for()
    assert "It is slow" in panel.inner_text()
    row = radar_page.locator("tr.on")
    assert "Jenkins" in row.inner_text()
    assert row.evaluate("row => row.getBoundingClientRect().top < innerHeight")
    assert "blip=jenkins" in radar_page.url
    assert "Jenkins" in focused(radar_page)
    assert blip(radar_page, "Jenkins").get_attribute("aria-current") == "true"
    assert radar_page.locator("#live").inner_text() == "Jenkins"


def test_choosing_a_row_marks_its_blip_and_going_back_takes_it_away(radar_page):
    radar_page.locator("#t-kafka a").click()
    radar_page.locator("#chosen").get_by_role("heading", name="Kafka").wait_for()
    assert blip(radar_page, "Kafka").get_attribute("aria-current") == "true"

    radar_page.go_back()

    radar_page.locator("#chosen h2").wait_for(state="detached")
    assert radar_page.url.endswith(ADDRESS)


def test_arrow_keys_stay_in_a_segment(radar_page):
    blip(radar_page, "Cell-based architecture").focus()

    for key in ("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Home", "End"):
        radar_page.keyboard.press(key)
        assert re.match(
            r"\d+ (Cell-based architecture|Event sourcing), Assess", focused(radar_page)
        )

    radar_page.keyboard.press("Home")
    first = focused(radar_page)
    radar_page.keyboard.press("End")
    assert focused(radar_page) != first


def test_tab_key_goes_from_segment_to_segment(radar_page):
    blip(radar_page, "Cell-based architecture").focus()

    radar_page.keyboard.press("Tab")

    assert "PostgreSQL" in focused(radar_page)


def test_number_keys_go_to_the_blip_of_that_number(radar_page):
    number = radar_page.locator("#t-zig .no").inner_text()
    assert len(number) == 2
    blip(radar_page, "Go").focus()

    radar_page.keyboard.type(number)

    assert focused(radar_page).startswith(f"{number} Zig")


def test_number_keys_write_into_fields_all_the_same(radar_page):
    radar_page.locator("#radar-q").focus()

    radar_page.keyboard.type("12")

    assert radar_page.locator("#radar-q").input_value() == "12"


def test_enter_on_a_blip_chooses_it_and_keeps_the_focus(radar_page):
    blip(radar_page, "Go").focus()

    radar_page.keyboard.press("Enter")

    radar_page.locator("#chosen").get_by_role("heading", name="Go", exact=True).wait_for()
    assert re.match(r"\d+ Go,", focused(radar_page))


def test_filtering_moves_no_blip(radar_page):
    before = places(radar_page)

    radar_page.locator("select[name=movement]").select_option("new")

    radar_page.wait_for_url("**movement=new*")
    radar_page.locator("#t-jenkins").wait_for(state="detached")
    assert places(radar_page) == before
    assert radar_page.locator(".rd .sg > a.dim").count() == len(before) - 4
    assert radar_page.locator(".list tr[id]").count() == 4
    assert radar_page.locator("#live").inner_text() == "4 of 10 technologies"


def test_typing_searches_and_keeps_what_is_typed(radar_page):
    radar_page.locator("#radar-q").press_sequentially("kaf")

    radar_page.locator("#t-jenkins").wait_for(state="detached")
    assert radar_page.locator(".list tr[id]").count() == 1
    assert radar_page.locator("#radar-q").input_value() == "kaf"


def test_picking_an_edition_keeps_the_filter(radar_page):
    radar_page.locator("select[name=ring]").select_option("hold")
    radar_page.locator("#t-go").wait_for(state="detached")

    radar_page.locator("select[name=edition]").select_option("first")

    radar_page.locator("#t-bower").wait_for()
    assert "edition=first" in radar_page.url
    assert "ring=hold" in radar_page.url
    assert radar_page.locator(".list tr[id]").count() == 1


def test_picking_a_day_leaves_the_edition(radar_page):
    radar_page.locator("select[name=edition]").select_option("first")
    radar_page.locator("#t-bower").wait_for()
    today = radar_page.evaluate("new Date().toISOString().slice(0, 10)")

    radar_page.get_by_label("or day").fill(today)
    radar_page.get_by_label("or day").dispatch_event("change")

    radar_page.locator("#t-bower").wait_for(state="detached")
    assert "edition=" not in radar_page.url
    assert f"on={today}" in radar_page.url


def test_one_sector_fills_the_picture_and_all_comes_back(radar_page):
    show = radar_page.get_by_role("navigation", name="Show")

    show.get_by_role("link", name="Languages").click()
    radar_page.locator("#t-kafka").wait_for(state="detached")
    assert set(places(radar_page)) == {
        blip(radar_page, name).get_attribute("aria-label") for name in ("Go", "Zig", "htmx")
    }

    show.get_by_role("link", name="All").click()
    radar_page.locator("#t-kafka").wait_for()
    assert len(places(radar_page)) == 10


def test_tags_narrow_to_all_or_any_of_them(radar_page):
    tags = radar_page.locator("details.tagged")
    tags.locator("summary").click()
    tags.get_by_label("java").check()
    radar_page.wait_for_url("**tag=java*")
    radar_page.locator("#t-htmx").wait_for(state="detached")
    every = radar_page.locator(".list tr[id]").count()

    tags.get_by_label("cloud").check()
    radar_page.get_by_text("No technology fits").wait_for()
    tags.get_by_label("Any of them").check()

    radar_page.locator("#t-htmx").wait_for()
    assert 0 < every < radar_page.locator(".list tr[id]").count() == 10


def test_sheet_of_tags_counts_and_goes_out_of_the_way(radar_page):
    tags = radar_page.locator("details.tagged")
    tags.locator("summary").click()
    tags.get_by_label("java").check()
    assert tags.locator("summary").inner_text() == "Tags (1)"

    radar_page.keyboard.press("Escape")
    assert tags.get_attribute("open") is None
    assert radar_page.evaluate("document.activeElement.tagName") == "SUMMARY"

    tags.locator("summary").click()
    radar_page.locator("h1").click()
    assert tags.get_attribute("open") is None


@pytest.mark.parametrize("query", ["?overdue=1", "?q=nothing", "?view=list", "?edition=draft"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_radar_that_is_narrowed(radar_page, query, theme):
    radar_page.emulate_media(color_scheme=theme)
    radar_page.goto(radar_page.url.split("?")[0] + query)

    assert Axe().run(radar_page).response["violations"] == []


@pytest.mark.parametrize("paper", ["A4", "A3"])
def test_picture_and_its_legend_fill_one_page_of_paper(radar_page, paper):
    whole = pages_of(radar_page.pdf(format=paper, landscape=True))

    radar_page.evaluate(
        """() => {
            document.querySelector('.listed').remove();
            document.querySelector('.disc').style.breakAfter = 'auto';
        }"""
    )

    assert pages_of(radar_page.pdf(format=paper, landscape=True)) == 1
    assert whole > 1


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_phone_has_the_list_and_the_panel_above_it_in_sight(radar_page):
    radar_page.set_viewport_size({"width": 390, "height": 844})
    radar_page.goto(f"{ADDRESS}?blip=zig#t-zig")

    assert radar_page.evaluate("document.documentElement.scrollWidth") == 390
    assert not radar_page.locator(".rd").is_visible()
    seen = """element => {
        const box = element.getBoundingClientRect();
        return box.top >= 0 && box.bottom <= innerHeight;
    }"""
    assert radar_page.locator("#t-zig").evaluate(seen)
    assert radar_page.locator("#chosen h2").evaluate(seen)
    panel = radar_page.locator("#chosen").bounding_box()
    row = radar_page.locator("#t-zig").bounding_box()
    assert row["y"] >= panel["y"] + panel["height"]


def test_desk_has_panel_row_and_picture_in_sight_at_once(radar_page):
    radar_page.goto(f"{ADDRESS}?blip=zig#t-zig")

    bar = radar_page.locator("header.top").bounding_box()["height"]
    for name in ("#chosen h2", "#t-zig", ".rd"):
        box = radar_page.locator(name).bounding_box()
        assert box["y"] >= bar, name
        assert box["y"] + box["height"] <= 900, name


class TestWithoutScript:
    def test_blip_is_a_link_that_chooses_it(self, plain_page):
        blip(plain_page, "Jenkins").click()

        plain_page.locator("#chosen").get_by_role("heading", name="Jenkins").wait_for()
        assert plain_page.url.endswith("?blip=jenkins#t-jenkins")

    def test_filters_are_sent_with_a_button(self, plain_page):
        plain_page.locator("select[name=ring]").select_option("hold")
        plain_page.locator("select[name=edition]").select_option("first")
        plain_page.get_by_role("button", name="Filter").click()

        plain_page.locator("#t-bower").wait_for()
        assert "edition=first" in plain_page.url
        assert plain_page.locator(".list tr[id]").count() == 1

    def test_sector_is_picked_by_a_link(self, plain_page):
        plain_page.get_by_role("navigation", name="Show").get_by_role("link", name="Tools").click()

        plain_page.locator("#t-kafka").wait_for(state="detached")
        assert plain_page.locator(".rd .sg > a").count() == 2

    def test_day_is_shown_with_a_button(self, plain_page):
        today = plain_page.evaluate("new Date().toISOString().slice(0, 10)")
        plain_page.get_by_label("or day").fill(today)
        plain_page.get_by_role("button", name="Show").click()

        plain_page.get_by_text("As it stood at the end of").wait_for()
        assert f"on={today}" in plain_page.url
