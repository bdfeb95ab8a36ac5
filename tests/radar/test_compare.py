"""What changed between two editions, in list order."""

from datetime import date

import pytest

from radar.compare import compare
from radar.state import snapshot
from tests.factories import make_edition, make_radar

pytestmark = pytest.mark.django_db
SPRING, SUMMER = date(2026, 4, 1), date(2026, 7, 1)
BEFORE = {"Stays": (3, 0), "In": (3, 2), "Out": (3, 0), "Gone": (1, 1), "Aside": (2, 1)}
AFTER = {"Stays": (3, 0), "In": (3, 1), "Out": (3, 3), "New": (0, 2), "Aside": (0, 1)}


@pytest.fixture
def states():
    radar = make_radar("tech")
    make_edition(radar, BEFORE, day=SPRING, key="before")
    make_edition(radar, AFTER, day=SUMMER, key="after")
    found = [snapshot(radar, edition=key, today=SUMMER) for key in ("before", "after")]
    assert found[0] is not None
    assert found[1] is not None
    return found


def test_every_kind_of_change_with_its_rings(states):
    found = compare(*states)

    assert [(row.name, row.kind, row.from_ring, row.to_ring) for row in found.rows] == [
        ("Aside", "moved_sector", "Trial", "Trial"),
        ("New", "new", "", "Assess"),
        ("Gone", "gone", "Trial", ""),
        ("In", "moved_in", "Assess", "Trial"),
        ("Out", "moved_out", "Adopt", "Hold"),
    ]
    assert found.unchanged == 1
    assert found.counts == {
        "new": 1,
        "moved_in": 1,
        "moved_out": 1,
        "moved_sector": 1,
        "gone": 1,
        "unchanged": 1,
    }


def test_both_places_are_known_for_an_arrow(states):
    (row,) = compare(*states).moved_in

    assert row.before is not None
    assert row.after is not None
    assert (row.before.ring, row.after.ring) == (2, 1)
    assert row.url == "/radar/technologies/in/"


def test_backwards_everything_is_the_other_way_round(states):
    found = compare(states[1], states[0])

    assert [row.name for row in found.new] == ["Gone"]
    assert [row.name for row in found.gone] == ["New"]
    assert [row.name for row in found.moved_in] == ["Out"]
    assert [row.name for row in found.moved_out] == ["In"]
    assert [row.name for row in found.moved_sector] == ["Aside"]


def test_against_nothing_everything_is_new(states):
    found = compare(None, states[0])

    assert len(found.new) == len(found.rows) == 5
    assert found.unchanged == 0


def test_an_edition_against_itself_is_unchanged(states):
    found = compare(states[0], states[0])

    assert (found.rows, found.unchanged) == ((), 5)
