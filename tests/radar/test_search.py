"""Finding technologies, and naming things of the radar for links."""

from datetime import date

import pytest

from portal.lib.registry import link_targets
from radar.search import find
from tests.factories import (
    make_edition,
    make_evaluation,
    make_person,
    make_radar,
    make_technology,
)

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


def test_evaluations_are_found_by_name_number_and_question(django_assert_num_queries):
    make_technology("Go")
    of_go = make_evaluation(name="Go", question="Can it carry the payouts?")
    other = make_evaluation(name="Temporal", question="Does it go on after a crash?")

    person = make_person()
    with django_assert_num_queries(1):
        hits = find("go", person, 10)

    assert [(hit.kind, hit.title, hit.rank) for hit in hits] == [
        ("Technology", "Go", 0),
        ("Evaluation", f"Evaluation {of_go.pk}: Go", 0),
        ("Evaluation", f"Evaluation {other.pk}: Temporal", 2),
    ]
    assert hits[1].url == f"/evaluations/{of_go.pk}/"
    assert hits[1].detail == "Open for scoring. Can it carry the payouts?"


def test_evaluations_can_be_linked_to():
    evaluation = make_evaluation(name="Go")
    target = link_targets.get("evaluation")
    assert target is not None

    known = str(evaluation.pk)
    assert target.resolve([known, "0", "x", "-1", "²", "9" * 30]) == {
        known: (f"Evaluation {known}: Go", f"/evaluations/{known}/")
    }
