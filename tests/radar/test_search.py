"""Finding technologies, and naming things of the radar for links."""

from datetime import date

import pytest

from portal.lib.registry import link_targets
from radar.search import find
from tests.factories import make_edition, make_person, make_radar, make_technology

pytestmark = pytest.mark.django_db


def test_exact_names_first_then_beginnings_then_the_rest():
    for name in ("Apache Go Kit", "Go", "Golang tools", "Kafka"):
        make_technology(name)

    hits = find("GO", make_person(), 10)

    assert [(hit.title, hit.rank) for hit in hits] == [
        ("Go", 0),
        ("Golang tools", 1),
        ("Apache Go Kit", 2),
    ]
    assert hits[0].url == "/radar/technologies/go/"
    assert [hit.title for hit in find("go", make_person(), 1)] == ["Go"]


def test_a_slug_finds_what_its_name_does_not():
    make_technology("C++", slug="cplusplus", used_by=4)

    (hit,) = find("cplusplus", make_person(), 10)

    assert (hit.title, hit.rank, hit.detail) == ("C++", 0, "used by 4 services")
    assert find("   ", make_person(), 10) == []


def test_technologies_radars_and_editions_can_be_linked_to():
    make_edition(make_radar("tech", title="Tech"), {"Go": (3, 1)}, day=date(2026, 10, 1), key="q4")

    def resolved(kind: str, *keys: str) -> object:
        target = link_targets.get(kind)
        assert target is not None
        return target.resolve(keys)

    assert resolved("technology", "go", "x") == {"go": ("Go", "/radar/technologies/go/")}
    assert resolved("radar", "tech", "x") == {"tech": ("Tech", "/radar/tech/")}
    assert resolved("edition", "tech/q4", "tech/q9", "x") == {
        "tech/q4": ("Tech, Edition of 2026-10-01", "/radar/tech/?edition=q4")
    }
    assert resolved("edition") == {}
