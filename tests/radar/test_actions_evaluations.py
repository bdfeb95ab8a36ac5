"""Evaluations until scores are in: who drafts, invites, opens and closes, and what is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.audit.models import Event
from portal.lib.errors import Conflict, Forbidden, Invalid
from radar.actions import (
    Plan,
    close_evaluation,
    draft_evaluation,
    edit_evaluation,
    invite,
    open_scoring,
    uninvite,
)
from radar.models import Evaluation, Sheet
from tests.factories import (
    built_in_scheme,
    make_edition,
    make_evaluation,
    make_person,
    make_radar,
    make_sheet,
    make_technology,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = NOW.date()
PLAN = Plan(
    name="Temporal",
    question="Can it replace our own saga runner?",
    success_criteria="Stuck payouts resume without a person.",
    alternatives=["Step Functions", " own  runner "],
    starts_on=TODAY,
    ends_on=TODAY + timedelta(days=14),
)


@pytest.fixture
def radar():
    built_in_scheme()
    radar = make_radar("tech")
    make_edition(radar, {"Go": (3, 1)}, day=date(2026, 10, 1))
    return radar


@pytest.fixture
def engineer():
    return make_person("engineer")


@pytest.fixture
def architect():
    return make_person("architect")


def drafted(radar, by, **changes) -> Evaluation:
    return draft_evaluation(by=by, radar=radar, plan=replace(PLAN, **changes), now=NOW)


@pytest.mark.parametrize("role", ["engineer", "architect", "lead", "admin"])
def test_everybody_may_draft(radar, role):
    person = make_person(role)
    evaluation = drafted(radar, person)

    assert (evaluation.state, evaluation.owner_name) == ("draft", person.name)
    assert evaluation.technology is None
    assert evaluation.scheme.is_builtin
    assert list(evaluation.candidates.values_list("name", "is_subject")) == [
        ("Temporal", True),
        ("Step Functions", False),
        ("own runner", False),
    ]
    event = Event.objects.get(verb="evaluation.drafted")
    assert event.after["alternatives"] == "Step Functions, own runner"


def test_technologies_are_found_by_any_spelling(radar, engineer):
    kafka = make_technology("Apache Kafka")
    evaluation = drafted(radar, engineer, name=" go ", alternatives=["apache  kafka"])

    assert evaluation.technology is not None
    assert (evaluation.name, evaluation.technology.name) == ("Go", "Go")
    assert evaluation.candidates.get(order=1).technology == kafka


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"question": ""}, "question"),
        ({"question": "x" * 501}, "question"),
        ({"ends_on": TODAY - timedelta(days=1)}, "ends_on"),
        ({"quorum": 0}, "quorum"),
        ({"quorum": 31}, "quorum"),
        ({"alternatives": [f"Other {number}" for number in range(7)]}, "alternatives"),
        ({"alternatives": ["TEMPORAL"]}, "alternatives"),
        ({"alternatives": ["x" * 201]}, "alternatives"),
    ],
)
def test_drafts_that_can_not_be(radar, engineer, changes, field):
    with pytest.raises(Invalid) as refused:
        drafted(radar, engineer, **changes)

    assert list(refused.value.context["fields"]) == [field]  # type: ignore[call-overload]
    assert not Evaluation.objects.exists()


def test_a_draft_is_edited_by_its_owner_and_by_architects(radar, engineer, architect):
    evaluation = drafted(radar, engineer)
    plan = replace(PLAN, alternatives=["Cadence"])

    with pytest.raises(Forbidden, match=f"Only {engineer.name}"):
        edit_evaluation(
            by=make_person("lead"), evaluation=evaluation, plan=plan, revision=1, now=NOW
        )
    edit_evaluation(by=engineer, evaluation=evaluation, plan=plan, revision=1, now=NOW)
    plan = replace(plan, owner=architect, question="Should it?")
    edited = edit_evaluation(by=architect, evaluation=evaluation, plan=plan, revision=2, now=NOW)

    assert (edited.revision, edited.owner_name) == (3, architect.name)
    assert [row.name for row in edited.candidates.all()] == ["Temporal", "Cadence"]
    event = Event.objects.filter(verb="evaluation.changed").latest("id")
    assert (event.before["question"], event.after["question"]) == (PLAN.question, "Should it?")


def test_the_second_of_two_editors_is_shown_the_difference_and_nothing_is_lost(
    radar, engineer, architect
):
    evaluation = drafted(radar, engineer)
    first, second = replace(PLAN, question="First?"), replace(PLAN, question="Second?", quorum=2)
    edit_evaluation(by=engineer, evaluation=evaluation, plan=first, revision=1, now=NOW)

    with pytest.raises(Conflict, match="Somebody else has saved") as refused:
        edit_evaluation(by=architect, evaluation=evaluation, plan=second, revision=1, now=NOW)

    assert refused.value.context == {
        "revision": 2,
        "differences": {
            "question": {"saved": "First?", "yours": "Second?"},
            "quorum": {"saved": 1, "yours": 2},
        },
    }
    evaluation.refresh_from_db()
    assert evaluation.question == "First?"
    edit_evaluation(by=architect, evaluation=evaluation, plan=second, revision=2, now=NOW)


def test_saving_the_same_as_somebody_else_is_no_conflict(radar, engineer, architect):
    evaluation = drafted(radar, engineer)
    plan = replace(PLAN, question="Should it?")

    for by in (engineer, architect):
        edit_evaluation(by=by, evaluation=evaluation, plan=plan, revision=1, now=NOW)

    evaluation.refresh_from_db()
    assert evaluation.question == "Should it?"


def test_what_is_asked_stands_once_scoring_has_opened(radar, engineer):
    evaluation = make_evaluation(radar, owner=engineer)

    with pytest.raises(Conflict, match="Scoring has opened"):
        edit_evaluation(by=engineer, evaluation=evaluation, plan=PLAN, revision=1, now=NOW)


def test_people_are_invited_once_by_the_owner(radar, engineer):
    evaluation = drafted(radar, engineer)
    anna, ben = make_person(name="Anna"), make_person(name="Ben")

    assert len(invite(by=engineer, evaluation=evaluation, people=[anna, ben, ben], now=NOW)) == 2
    assert invite(by=engineer, evaluation=evaluation, people=[anna], now=NOW) == []
    with pytest.raises(Forbidden):
        invite(by=anna, evaluation=evaluation, people=[make_person()], now=NOW)

    assert evaluation.invitations.count() == 2
    assert [row.after["people"] for row in Event.objects.filter(verb="evaluation.invited")] == [
        "Anna, Ben"
    ]


def test_who_can_not_be_invited(radar, engineer):
    evaluation = drafted(radar, engineer)
    gone = make_person(name="Gone", is_active=False)

    with pytest.raises(Invalid, match="switched off"):
        invite(by=engineer, evaluation=evaluation, people=[gone], now=NOW)
    many = [make_person() for _ in range(31)]
    with pytest.raises(Invalid, match="at most 30"):
        invite(by=engineer, evaluation=evaluation, people=many, now=NOW)
    submitted = make_evaluation(radar, state="submitted", owner=engineer)
    with pytest.raises(Conflict, match="is submitted, so its scorers"):
        invite(by=engineer, evaluation=submitted, people=[make_person()], now=NOW)


def test_an_invitation_is_taken_back_until_a_sheet_is_handed_in(radar, engineer):
    anna, ben = make_person(name="Anna"), make_person(name="Ben")
    evaluation = make_evaluation(radar, owner=engineer, scorers=[anna, ben])
    make_sheet(evaluation, anna, 3, is_handed_in=False)
    make_sheet(evaluation, ben, 3)

    uninvite(by=engineer, evaluation=evaluation, person=anna)
    with pytest.raises(Conflict, match="Anna is not invited"):
        uninvite(by=engineer, evaluation=evaluation, person=anna)
    with pytest.raises(Conflict, match="Ben has handed a sheet in"):
        uninvite(by=engineer, evaluation=evaluation, person=ben)

    assert [row.person for row in evaluation.invitations.all()] == [ben]
    assert [row.person_name for row in Sheet.objects.all()] == ["Ben"]


@pytest.mark.parametrize("role", ["engineer", "lead"])
def test_only_architects_and_admins_open(radar, role):
    person = make_person(role)
    evaluation = drafted(radar, person)

    with pytest.raises(Forbidden, match="architect or admin"):
        open_scoring(by=person, evaluation=evaluation, now=NOW)


def test_opening_needs_all_that_scorers_need(radar, architect):
    bare = replace(PLAN, success_criteria="", starts_on=None, ends_on=None, quorum=2)
    evaluation = draft_evaluation(by=architect, radar=radar, plan=bare, now=NOW)

    def refused(field: str) -> None:
        with pytest.raises(Invalid) as raised:
            open_scoring(by=architect, evaluation=evaluation, now=NOW)
        assert list(raised.value.context["fields"]) == [field]  # type: ignore[call-overload]

    def now_with(**changes) -> None:
        nonlocal bare
        bare = replace(bare, **changes)
        revision = Evaluation.objects.get().revision
        edit_evaluation(by=architect, evaluation=evaluation, plan=bare, revision=revision, now=NOW)

    refused("success_criteria")
    now_with(success_criteria="It holds.")
    refused("ends_on")
    now_with(ends_on=TODAY - timedelta(days=1))
    refused("ends_on")
    now_with(ends_on=TODAY)
    refused("people")
    invite(by=architect, evaluation=evaluation, people=[make_person()], now=NOW)
    refused("quorum")
    now_with(quorum=1)
    opened = open_scoring(by=architect, evaluation=evaluation, now=NOW)

    assert (opened.state, opened.opened_at) == ("open", NOW)
    with pytest.raises(Conflict, match="is open for scoring, so it can't be opened"):
        open_scoring(by=architect, evaluation=evaluation, now=NOW)


def test_a_draft_is_closed_by_its_owner_and_later_only_architects_close(radar, engineer):
    draft = drafted(radar, engineer)
    running = make_evaluation(radar, owner=engineer)

    with pytest.raises(Invalid, match="why it ends"):
        close_evaluation(by=engineer, evaluation=draft, now=NOW)
    closed = close_evaluation(by=engineer, evaluation=draft, reason="Not now.", now=NOW)
    with pytest.raises(Forbidden):
        close_evaluation(by=engineer, evaluation=running, reason="Not now.", now=NOW)
    with pytest.raises(Conflict, match="closed already"):
        close_evaluation(by=make_person("admin"), evaluation=draft, reason="Again.", now=NOW)

    assert (closed.state, closed.close_reason, closed.ring) == ("closed", "Not now.", None)


def test_after_the_review_closing_needs_no_reason(radar, architect):
    evaluation = make_evaluation(radar, state="reviewed")

    assert close_evaluation(by=architect, evaluation=evaluation, now=NOW).state == "closed"
    assert Event.objects.get(verb="evaluation.closed").actor_name == architect.name
