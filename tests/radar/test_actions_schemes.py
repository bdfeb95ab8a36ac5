"""Schemes: who makes them, what is fixed, and what becomes of those that were scored by."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from portal.audit.models import Event
from portal.lib.errors import Conflict, Forbidden, Invalid
from radar import evaluation_schemes
from radar.actions import create_scheme, edit_scheme
from radar.evaluation_rules import Band, Criterion, KnockOut, Scale
from radar.models import Scheme
from tests.factories import built_in_scheme, make_evaluation, make_person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ANCHORS = ("None", "Little", "Some", "Much", "All")
SCALE = Scale(
    criteria=(
        Criterion("", "Use", "Fits our teams", "", ANCHORS),
        Criterion("", "Use", "Costs little", "", ANCHORS),
    ),
    bands=(Band(0, "", "Leave it", ""), Band(7, "", "Take it", "adopt")),
    knock_outs=(KnockOut("costs-little", 1),),
)


@pytest.fixture
def architect():
    return make_person("architect")


def made(by, **fields) -> Scheme:
    return create_scheme(by=by, now=NOW, **({"title": "Small tools", "scale": SCALE} | fields))


def test_a_scheme_gets_keys_of_its_titles(architect):
    scheme = made(architect, description="For tools of one team.")

    assert (scheme.slug, scheme.version, str(scheme)) == ("small-tools", 1, "Small tools")
    assert [row.key for row in scheme.scale.criteria] == ["fits-our-teams", "costs-little"]
    assert [(row.start, row.verdict) for row in scheme.scale.bands] == [
        (7, "take-it"),
        (0, "leave-it"),
    ]
    assert made(architect).slug == "small-tools-2"
    assert Event.objects.filter(verb="scheme.created").count() == 2


@pytest.mark.parametrize(("role", "may"), [("engineer", False), ("lead", False), ("admin", True)])
def test_who_makes_schemes(role, may):
    person = make_person(role)
    if may:
        assert made(person).created_by == person.name
        return
    with pytest.raises(Forbidden, match="architect or admin"):
        made(person)


def test_schemes_that_can_not_be_are_refused_by_field(architect):
    with pytest.raises(Invalid) as refused:
        made(architect, scale=replace(SCALE, criteria=SCALE.criteria[:1], bands=()))

    assert sorted(refused.value.context["fields"]) == ["bands", "criteria", "knock_outs"]  # type: ignore[call-overload]
    with pytest.raises(Invalid, match="A scheme's title"):
        made(architect, title=" ")


def test_the_built_in_one_is_fixed(architect):
    scheme = built_in_scheme()

    with pytest.raises(Conflict, match="built-in scheme is fixed"):
        edit_scheme(by=architect, scheme=scheme, title="Mine", scale=SCALE, now=NOW)
    evaluation_schemes.load()
    assert Scheme.objects.count() == 1


def test_a_scheme_changes_in_place_until_an_evaluation_is_scored_by_it(architect):
    scheme = made(architect)
    make_evaluation(scheme=scheme, state="draft")

    edited = edit_scheme(by=architect, scheme=scheme, title="Tools", scale=SCALE, now=NOW)

    assert (edited.pk, edited.version, edited.title) == (scheme.pk, 1, "Tools")


def test_a_scheme_that_was_scored_by_gets_a_next_version(architect):
    scheme = made(architect)
    evaluation = make_evaluation(scheme=scheme)
    strict = replace(SCALE, bands=(Band(9, "", "Take it", "adopt"), Band(2, "", "No", "")))

    edited = edit_scheme(by=architect, scheme=scheme, title="Small tools", scale=strict, now=NOW)

    assert (edited.slug, edited.version, str(edited)) == (
        "small-tools",
        2,
        "Small tools, version 2",
    )
    evaluation.scheme.refresh_from_db()
    assert evaluation.scheme.scale.verdict(7).title == "Take it"
    assert edited.scale.verdict(7).title == "No"
    assert list(Scheme.objects.current().filter(slug="small-tools")) == [edited]
    with pytest.raises(Conflict, match="newer version"):
        edit_scheme(by=architect, scheme=scheme, title="Old", scale=SCALE, now=NOW)
