"""What holds for every page: accessible, inside the screen, light, and clean under the policy."""

import gzip
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.pages import NO_PAGES, ONE_TIME, page_names

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCRIPT_LIMIT = 60_000  # bytes as transferred
STYLE_LIMIT = 30_000


def open_page(page: Any, address: str, until: str = "load") -> None:
    """Go there; the one page that is nowhere logs its own 404, which is no problem."""
    page.goto(address, wait_until=until)
    if "no/such" in address:
        page.problems[:] = [text for text in page.problems if "404" not in text]


@pytest.mark.parametrize(
    ("who", "width"),
    [("admin", 1440), ("admin", 390), ("engineer", 1440), ("nobody", 1440), ("nobody", 390)],
)
def test_axe_finds_nothing_in_either_theme(page, stage, sign_in_page, addresses_of, who, width):
    page.set_viewport_size({"width": width, "height": 900})
    if who != "nobody":
        sign_in_page(getattr(stage, who))
    found: list[str] = []

    for address in addresses_of(who):
        open_page(page, address)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            for violation in Axe().run(page).response["violations"]:
                places = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
                found.append(f"{address} {theme} {violation['id']}: {violation['help']} {places}")

    assert not found, "\n".join(found)


def test_no_page_scrolls_sideways_on_a_small_phone(page, stage, sign_in_page, addresses_of):
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in_page(stage.admin)
    wide: list[str] = []

    for address in addresses_of("admin"):
        open_page(page, address)
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            wide.append(address)

    assert wide == []


def test_every_page_is_light_at_first_paint(page, stage, sign_in_page, addresses_of):
    """Counts what a page loads by itself, in gzip's bytes, as whitenoise serves it."""
    sign_in_page(stage.admin)
    heavy: list[str] = []
    loaded: dict[str, int] = {"script": 0, "stylesheet": 0, "font": 0}

    def count(response: Any) -> None:
        kind = response.request.resource_type
        if kind in loaded and response.status == 200:
            loaded[kind] += len(gzip.compress(response.body(), 9))

    page.on("requestfinished", lambda request: count(request.response()))
    for address in addresses_of("admin"):
        loaded.update(dict.fromkeys(loaded, 0))
        page.context.new_cdp_session(page).send("Network.clearBrowserCache")
        open_page(page, address, "networkidle")
        if loaded["script"] > SCRIPT_LIMIT or loaded["stylesheet"] > STYLE_LIMIT or loaded["font"]:
            heavy.append(f"{address} {loaded}")
        assert loaded["script"] > 0
        assert loaded["stylesheet"] > 0

    assert heavy == []


def test_every_page_has_one_heading_and_its_landmarks(page, stage, sign_in_page, addresses_of):
    sign_in_page(stage.admin)
    wrong: list[str] = []

    for address in addresses_of("admin"):
        open_page(page, address)
        counts = {
            name: page.locator(name).count() for name in ("h1", "main", "header.top", ".skip")
        }
        primary = page.locator("main .btn.pri").count()
        if set(counts.values()) != {1} or (primary > 1 and address != "/gallery/"):
            wrong.append(f"{address} {counts}, {primary} primary buttons")
        if not page.title().endswith(" · Command Center"):
            wrong.append(f"{address} is titled {page.title()!r}")

    assert wrong == []


def test_pages_do_not_shift_while_they_load(page, stage, sign_in_page, addresses_of):
    sign_in_page(stage.admin)
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries())
            window.shift += entry.hadRecentInput ? 0 : entry.value;
        }).observe({type: "layout-shift", buffered: true});"""
    )
    shifted: dict[str, float] = {}

    for address in addresses_of("admin"):
        open_page(page, address, "networkidle")
        value = page.evaluate("window.shift")
        if value > 0.001:
            shifted[address] = value

    assert shifted == {}


def test_no_page_is_forgotten(stage):
    assert page_names() - set(stage.addresses) - NO_PAGES - ONE_TIME == set()
    assert set(stage.addresses) <= page_names()
