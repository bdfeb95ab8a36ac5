import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command

from portal.shell.styles import PARTS, SHEET, StylesFinder, summed_up

STATIC = Path(settings.BASE_DIR) / "static" / "css"


@pytest.fixture
def finder(settings, tmp_path) -> StylesFinder:
    settings.DATA = tmp_path
    return StylesFinder()


def test_sum_holds_every_part_in_order():
    text = summed_up()

    places = [text.index((STATIC / f"{name}.css").read_text()) for name in PARTS]
    assert places == sorted(places)
    assert text.startswith("/* Command Center: design tokens.")


def test_no_component_is_left_out():
    components = {f"components/{path.stem}" for path in (STATIC / "components").glob("*.css")}

    assert components <= set(PARTS)


def test_every_part_keeps_to_its_layer():
    for name in PARTS:
        text = (STATIC / f"{name}.css").read_text()
        layers = set(re.findall(r"@layer ([a-z]+) \{", text))
        assert layers == {name.split("/")[0]}, name


def test_colours_stand_in_the_tokens_only():
    for name in PARTS[1:]:
        text = (STATIC / f"{name}.css").read_text()
        assert set(re.findall(r"#[0-9a-f]{3,8}\b", text)) <= {"#000", "#fff"}, name


def test_sum_is_found_and_follows_its_parts(finder, monkeypatch):
    first = Path(finder.find(SHEET))
    assert first.read_text() == summed_up()

    monkeypatch.setattr("portal.shell.styles.summed_up", lambda: "changed")
    assert Path(finder.find(SHEET)).read_text() == "changed"
    assert [path.name for path in first.parent.iterdir()] == ["portal.css"]


def test_other_files_are_none_of_its_business(finder):
    assert finder.find("css/tokens.css") == []
    assert finders.find(SHEET) is not None


def test_collectstatic_takes_the_sum_along(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path

    call_command("collectstatic", interactive=False, verbosity=0)

    assert (tmp_path / SHEET).read_text() == summed_up()
    assert (tmp_path / "plotly/plotly.min.js").exists()
