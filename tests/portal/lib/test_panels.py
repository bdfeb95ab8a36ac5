from collections.abc import Iterator

import pytest

from portal.lib.panels import load_panels
from portal.lib.registry import Panel, panels


@pytest.fixture
def register() -> Iterator[object]:
    added: list[str] = []

    def add(key: str, load, **fields) -> None:
        fields.setdefault("place", "test place")
        panels.add(Panel(key=key, template=f"{key}.html", load=load, **fields))
        added.append(key)

    yield add
    for key in added:
        panels.remove(key)


def test_panels_come_in_order_with_their_context(register):
    register("second", lambda subject, person: {"n": 2}, order=20)
    register("first", lambda subject, person: {"n": subject + person}, order=10)

    loaded = load_panels("test place", 3, 4)

    assert [panel["template"] for panel in loaded] == ["first.html", "second.html"]
    assert loaded[0]["context"] == {"test place": 3, "person": 4, "n": 7}


def test_panel_with_nothing_to_draw_is_left_out(register):
    register("empty", lambda subject, person: None)

    assert load_panels("test place", None, None) == []


def test_only_the_columns_own_panels_are_loaded(register):
    register("side", lambda subject, person: {}, column="side")
    register("elsewhere", lambda subject, person: {}, place="other place")

    assert load_panels("test place", None, None) == []
    assert [panel["key"] for panel in load_panels("test place", None, None, "side")] == ["side"]
