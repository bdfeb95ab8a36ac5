"""Scorers and their own sheets: blind, kept while they are drafts, and handed in whole."""

from datetime import UTC, datetime

import pytest

from portal.audit.models import Event
from portal.lib.errors import Conflict, Forbidden, Invalid
from radar.actions import hand_in, save_sheet, take_back
from radar.models import Evaluation, Sheet
from tests.factories import make_evaluation, make_person, make_sheet, scores_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def scorer():
    return make_person(name="Anna")


@pytest.fixture
def evaluation(scorer) -> Evaluation:
    return make_evaluation(scorers=[scorer], alternatives=["Rust"])


@pytest.fixture
def candidate(evaluation):
    return evaluation.candidates.get(is_subject=True)


def save(scorer, candidate, scores, revision=0):
    return save_sheet(by=scorer, candidate=candidate, scores=scores, revision=revision, now=NOW)


def test_a_sheet_is_kept_as_far_as_it_goes(scorer, candidate):
    sheet = save(scorer, candidate, {"risk": {"score": 2, "evidence": " Keys \r\n lie open. "}})

    assert sheet.revision == 1
    assert sheet.scores["risk"] == {"score": 2, "evidence": "Keys \n lie open."}
    assert sheet.scores["cost"] == {"score": None, "evidence": ""}
    assert not sheet.is_handed_in
    assert not Event.objects.exists()


def test_only_who_is_invited_scores(candidate):
    for role in ("engineer", "architect", "lead", "admin"):
        with pytest.raises(Forbidden, match="not invited"):
            save(make_person(role), candidate, {})


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("draft", "not opened yet"),
        ("submitted", "can't change any more"),
        ("reviewed", "can't change any more"),
        ("closed", "can't change any more"),
    ],
)
def test_scores_change_only_while_scoring_is_open(scorer, evaluation, candidate, state, words):
    make_sheet(evaluation, scorer, 3)
    Evaluation.objects.filter(pk=evaluation.pk).update(state=state, submitted_at=NOW)

    for attempt in (
        lambda: save(scorer, candidate, scores_of(evaluation, 5), 1),
        lambda: hand_in(by=scorer, candidate=candidate, now=NOW),
        lambda: take_back(by=scorer, candidate=candidate),
    ):
        with pytest.raises(Conflict, match=words):
            attempt()
    assert Sheet.objects.get().scores == scores_of(evaluation, 3)


@pytest.mark.parametrize("score", [0, 6, -1, 2.5, "3", True])
def test_scores_out_of_range_are_refused_with_all_that_is_wrong(scorer, candidate, score):
    with pytest.raises(Invalid, match="from 1 to 5") as refused:
        save(scorer, candidate, {"risk": {"score": score}, "cost": {"score": score}})

    assert sorted(refused.value.context["fields"]) == ["cost", "risk"]  # type: ignore[call-overload]
    assert not Sheet.objects.exists()


def test_unknown_criteria_and_endless_evidence_are_refused(scorer, candidate):
    with pytest.raises(Invalid, match="no criterion “beauty”"):
        save(scorer, candidate, {"beauty": {"score": 5}})
    with pytest.raises(Invalid, match="at most 2,000"):
        save(scorer, candidate, {"risk": {"evidence": "x" * 2001}})


def test_a_sheet_that_was_saved_elsewhere_is_not_overwritten(scorer, candidate):
    save(scorer, candidate, {"risk": {"score": 2, "evidence": "Theirs"}})

    with pytest.raises(Conflict, match="somewhere else") as refused:
        save(scorer, candidate, {"risk": {"score": 2, "evidence": "Mine"}})

    assert refused.value.context == {
        "revision": 1,
        "differences": {
            "risk": {
                "yours": {"score": 2, "evidence": "Mine"},
                "saved": {"score": 2, "evidence": "Theirs"},
            }
        },
    }
    assert Sheet.objects.get().scores["risk"]["evidence"] == "Theirs"
    assert save(scorer, candidate, {"risk": {"score": 2, "evidence": "Both"}}, 1).revision == 2


def test_saving_the_same_again_is_no_conflict(scorer, candidate):
    save(scorer, candidate, {"risk": {"score": 2}})

    assert save(scorer, candidate, {"risk": {"score": 2}}).revision == 1


def test_an_incomplete_sheet_is_not_handed_in(scorer, evaluation, candidate):
    with pytest.raises(Invalid, match="10 of 10 criteria"):
        hand_in(by=scorer, candidate=candidate, now=NOW)
    scores = scores_of(evaluation, 3) | {"risk": {"score": None}, "cost": {"score": None}}
    save(scorer, candidate, scores)

    with pytest.raises(Invalid) as refused:
        hand_in(by=scorer, candidate=candidate, now=NOW)

    assert refused.value.message == (
        "2 of 10 criteria have no score yet: Cost reduction potential, Risk profile acceptable. "
        "Score them, then hand the sheet in."
    )
    assert list(refused.value.context["fields"]) == ["cost", "risk"]  # type: ignore[call-overload]


def test_a_sheet_is_handed_in_and_taken_back_without_telling_its_scores(
    scorer, evaluation, candidate
):
    save(scorer, candidate, scores_of(evaluation, 3))

    assert hand_in(by=scorer, candidate=candidate, now=NOW).handed_in_at == NOW
    with pytest.raises(Conflict, match="take it back"):
        hand_in(by=scorer, candidate=candidate, now=NOW)
    with pytest.raises(Conflict, match="take it back"):
        save(scorer, candidate, scores_of(evaluation, 4), 1)
    assert not take_back(by=scorer, candidate=candidate).is_handed_in
    with pytest.raises(Conflict, match="have not handed in"):
        take_back(by=scorer, candidate=candidate)

    events = Event.objects.order_by("id")
    assert [(row.verb, row.before, row.after) for row in events] == [
        ("evaluation.handed_in", None, {"candidate": "Go"}),
        ("evaluation.taken_back", None, {"candidate": "Go"}),
    ]
