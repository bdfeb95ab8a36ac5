import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
import time_machine
from django.conf import settings
from django.template import Context, Template

from portal.shell.gallery import icon_names
from portal.shell.templatetags import ui

NOW = datetime(2026, 11, 24, 9, 48, tzinfo=UTC)


def draw(text: str, **context: object) -> str:
    return Template("{% load ui %}" + text).render(Context(context))


@pytest.mark.parametrize("name", ["pass", "fail", "unknown", "waived", "not_applicable"])
def test_state_is_colour_shape_and_word(name):
    html = ui.state(name)

    assert f'class="st {name}"' in html
    assert f"icons.svg#s-{name}" in html
    assert ui.STATES[name] in html


def test_level_fills_its_bars_up_to_the_rank():
    assert ui.level("Silver", 2, 3).count('class="on"') == 2
    assert "Silver" in ui.level("Silver", 2, 3)
    assert ui.level("", 0, 3).endswith("None</span>")
    assert ui.level("Top", 5, 5).count("<rect") == 5


@time_machine.travel(NOW, tick=False)
def test_moment_says_how_long_ago_and_when_exactly():
    assert ui.ago(NOW - timedelta(minutes=12)) == (
        '<time datetime="2026-11-24T09:36:00+00:00" title="24 Nov 2026, 09:36:00 UTC">'
        "12 min ago</time>"
    )


@time_machine.travel(NOW, tick=False)
def test_moment_may_be_a_facts_iso_text():
    assert "12 min ago" in ui.ago("2026-11-24T09:36:00Z")
    assert "yesterday" in ui.day("2026-11-23T23:00:00+00:00")


@pytest.mark.parametrize("moment", [None, "", "no date"])
def test_moment_that_never_was_says_never(moment):
    assert ui.ago(moment) == "never"
    assert ui.day(moment) == "never"


@time_machine.travel(NOW, tick=False)
def test_clock_shows_the_time_of_today_and_else_the_day():
    assert ">09:36</time>" in ui.clock(NOW - timedelta(minutes=12))
    assert ">22 Nov</time>" in ui.clock(NOW - timedelta(days=2))


def test_bar_is_filled_to_its_share():
    assert 'width="16.0"' in ui.bar(25)
    assert 'width="64.0"' in ui.bar(250)
    assert 'width="0.0"' in ui.bar(-5)


def test_bar_of_nothing_measured_is_hatched_not_empty():
    assert 'class="bar none"' in ui.bar(None)
    assert 'class="bar warn"' in ui.bar(0, "warn")


def test_bar_without_words_is_hidden_from_screen_readers():
    assert 'aria-hidden="true"' in ui.bar(5)
    assert 'aria-label="5 %"' in ui.bar(5, "", "5 %")


def test_cells_differ_by_shape_too():
    html = ui.cells(["pass", "fail", "unknown", "waived"], "1 of 4")

    assert html.count("<rect") == 3
    assert html.count('<path class="fail"') == 1
    assert 'aria-label="1 of 4"' in html


def test_trend_draws_notes_as_marks():
    points = [
        {"at": NOW - timedelta(days=2), "value": 70},
        {"at": (NOW - timedelta(days=1)).isoformat(), "value": None},
        {"at": NOW, "value": 80, "note": "Probes v3", "kind": "rule"},
    ]

    html = ui.trend(points, "Score")

    assert html.count('class="ev"') == 1
    assert "<title>Probes v3</title>" in html


@pytest.mark.parametrize(
    "html",
    [
        ui.state("pass", "<b>x</b>"),
        ui.level("<b>x</b>", 1, 3),
        ui.avatar("<b>x</b>"),
        ui.bar(5, "", '"><script>'),
        ui.spark([1, 2], '"><script>'),
        ui.source_state("<b>x</b>", "ok", "<script>"),
        ui.trend([{"at": NOW, "value": 1, "note": "<script>"}], '"><script>'),
    ],
)
def test_words_are_escaped_everywhere(html):
    assert "<b>x</b>" not in html.replace("<span><b>&lt;b&gt;x&lt;/b&gt;</b>", "")
    assert "<script>" not in html


def test_source_of_unknown_state_is_drawn_as_never_measured():
    assert 'class="src never"' in ui.source_state("X", "strange", "")


def test_contact_is_a_link_only_where_it_is_a_web_address():
    assert ui.contact("Ilse Brandt") == "Ilse Brandt"
    assert ui.contact("javascript:alert(1)") == "javascript:alert(1)"
    assert ui.contact("https://oncall.example/payments").endswith(
        'href="https://oncall.example/payments">oncall.example</a>'
    )


def test_counts_read_as_sentences():
    assert draw('{{ 1|counted:"service" }}') == "1 service"
    assert draw('{{ 3|counted:"entity,entities" }}') == "3 entities"


def test_sprite_has_every_icon_that_templates_and_code_name():
    root = Path(settings.BASE_DIR)
    used = set()
    for path in root.glob("templates/**/*.html"):
        used |= set(re.findall(r'\{%\s*icon\s+"([a-z]+)"', path.read_text()))
    for folder in ("portal", "scorecards", "radar", "runbooks"):
        for path in (root / folder).rglob("*.py"):
            used |= set(re.findall(r'\bicon="([a-z]+)"', path.read_text()))

    assert used - set(icon_names()) == set()


def test_sprite_and_favicon_are_well_formed():
    for name in ("icons.svg", "favicon.svg"):
        ElementTree.parse(Path(settings.BASE_DIR) / "static" / name)
