"""From sheets to a verdict, and from the verdict to a proposal for the radar."""

from datetime import UTC, date, datetime

import pytest

from portal.audit.models import Event
from portal.lib.errors import Conflict, Forbidden, Invalid
from radar.actions import accept, accept_evaluation, close_evaluation, submit_evaluation
from radar.evaluation_results import results
from radar.models import Evaluation, Proposal, Technology
from tests.factories import (
    make_edition,
    make_evaluation,
    make_person,
    make_proposal,
    make_radar,
    make_sheet,
    make_technology,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def radar():
    radar = make_radar("tech")
    make_edition(radar, {"Go": (3, 1), "Kafka": (1, 2)}, day=date(2026, 10, 1))
    return radar


@pytest.fixture
def architect():
    return make_person("architect")


def scored(radar, *sheets: tuple[int, ...], name: str = "Go", **fields) -> Evaluation:
    """An open evaluation with one complete sheet for each tuple of scores."""
    people = [make_person(name=f"Scorer {number}") for number in range(len(sheets))]
    evaluation = make_evaluation(radar, name, scorers=people, **fields)
    for person, scores in zip(people, sheets, strict=True):
        make_sheet(evaluation, person, *scores)
    return evaluation


def submitted(radar, by, *sheets: tuple[int, ...], **fields) -> Evaluation:
    return submit_evaluation(by=by, evaluation=scored(radar, *sheets, **fields), now=NOW)


def adding_up_to(total: int) -> tuple[int, ...]:
    each, more = divmod(total, 10)
    return tuple(each + (number < more) for number in range(10))


def ring(radar, key: str):
    return radar.rings.get(key=key)


@pytest.mark.parametrize(
    ("total", "verdict", "proposed"),
    [
        (10, "Do not proceed", "hold"),
        (14, "Do not proceed", "hold"),
        (15, "Continue assessment", "assess"),
        (24, "Continue assessment", "assess"),
        (25, "Trial in a non-critical path", "trial"),
        (34, "Trial in a non-critical path", "trial"),
        (35, "Strong adopt candidate", "adopt"),
        (50, "Strong adopt candidate", "adopt"),
    ],
)
def test_every_boundary_is_submitted_and_accepted_as_it_says(
    radar, architect, total, verdict, proposed
):
    evaluation = submitted(radar, architect, adding_up_to(total))
    subject = evaluation.candidates.get(is_subject=True)
    event = Event.objects.get(verb="evaluation.submitted")

    assert (evaluation.state, evaluation.submitted_by) == ("submitted", architect.name)
    assert subject.total == total
    assert (event.after["total"], event.after["verdict"]) == (total, verdict)

    accept_evaluation(by=architect, evaluation=evaluation, ring=ring(radar, proposed), now=NOW)

    evaluation.refresh_from_db()
    assert (evaluation.state, evaluation.reviewed_by) == ("reviewed", architect.name)
    if proposed == "trial":
        assert evaluation.proposal is None  # Go is there already
        return
    proposal = Proposal.objects.get()
    assert evaluation.proposal == proposal
    assert (proposal.because_kind, proposal.because_key) == ("evaluation", str(evaluation.pk))
    assert proposal.ring == evaluation.ring == ring(radar, proposed)
    assert proposal.sector.title == "Languages"
    assert proposal.reason == f"Evaluation {evaluation.pk}: {total} of 50, {verdict}."


def test_do_not_proceed_with_something_new_is_no_placement(radar, architect):
    evaluation = submitted(radar, architect, (1,), name="Temporal")
    accept_evaluation(by=architect, evaluation=evaluation, ring=None, now=NOW)

    evaluation.refresh_from_db()
    assert (evaluation.state, evaluation.ring, evaluation.proposal) == ("reviewed", None, None)
    assert not Proposal.objects.exists()
    event = Event.objects.get(verb="evaluation.reviewed")
    assert event.after == {"ring": "no placement", "proposal": None, "reason": ""}


def test_what_was_taken_up_elsewhere_meanwhile_is_still_new_here(radar, architect):
    make_technology("Temporal")
    evaluation = submitted(radar, architect, (1,), name="Temporal")

    with pytest.raises(Invalid, match="proposes no placement; say why it shall be Hold"):
        accept_evaluation(
            by=architect,
            evaluation=evaluation,
            ring=ring(radar, "hold"),
            sector=radar.sectors.first(),
            now=NOW,
        )


def test_something_new_needs_a_sector(radar, architect):
    evaluation = submitted(radar, architect, (4,), name="Temporal")
    adopt = ring(radar, "adopt")

    with pytest.raises(Invalid, match="Choose the sector"):
        accept_evaluation(by=architect, evaluation=evaluation, ring=adopt, now=NOW)
    evaluation.refresh_from_db()
    assert evaluation.state == "submitted"
    sector = radar.sectors.get(order=1)
    accept_evaluation(by=architect, evaluation=evaluation, ring=adopt, sector=sector, now=NOW)

    change = accept(by=make_person("admin"), proposal=Proposal.objects.get(), now=NOW)
    assert (change.because_kind, change.because_key) == ("evaluation", str(evaluation.pk))
    assert (change.technology.name, change.sector) == ("Temporal", sector)
    evaluation.refresh_from_db()
    assert evaluation.technology == change.technology
    assert evaluation.candidates.get().technology == change.technology


def test_a_technology_is_known_by_its_new_name(radar, architect):
    evaluation = submitted(radar, architect, (4,))
    Technology.objects.filter(name="Go").update(name="Golang", name_key="golang")
    accept_evaluation(by=architect, evaluation=evaluation, ring=ring(radar, "adopt"), now=NOW)

    proposal = Proposal.objects.get()
    assert (proposal.name, proposal.technology) == ("Golang", evaluation.technology)


def test_an_evaluation_is_about_its_candidates_also_from_before_they_were_known(radar):
    evaluation = make_evaluation(radar, "Temporal", alternatives=["Kafka"])
    make_evaluation(radar, "Go")

    for name in ("Kafka", "temporal"):
        technology = Technology.objects.filter(name=name).first() or make_technology(name)
        assert list(Evaluation.objects.about(technology)) == [evaluation]


def test_another_ring_needs_a_reason(radar, architect):
    evaluation = submitted(radar, architect, (4,))

    with pytest.raises(Invalid, match="proposes Adopt; say why it shall be Assess") as refused:
        accept_evaluation(by=architect, evaluation=evaluation, ring=ring(radar, "assess"), now=NOW)
    assert list(refused.value.context["fields"]) == ["reason"]  # type: ignore[call-overload]
    with pytest.raises(Invalid, match="say why it shall be off the radar"):
        accept_evaluation(by=architect, evaluation=evaluation, ring=None, now=NOW)

    accept_evaluation(
        by=architect,
        evaluation=evaluation,
        ring=ring(radar, "assess"),
        reason="One team only.",
        now=NOW,
    )
    assert Proposal.objects.get().reason == "One team only."


def test_an_open_proposal_comes_first(radar, architect):
    evaluation = submitted(radar, architect, (4,))
    make_proposal(radar, evaluation.technology, ring=0)

    with pytest.raises(Conflict, match="is open already"):
        accept_evaluation(by=architect, evaluation=evaluation, ring=ring(radar, "adopt"), now=NOW)
    evaluation.refresh_from_db()
    assert evaluation.state == "submitted"


@pytest.mark.parametrize("role", ["engineer", "lead"])
def test_only_architects_and_admins_submit_and_accept(radar, architect, role):
    person = make_person(role)
    evaluation = scored(radar, (4,), owner=person)

    with pytest.raises(Forbidden, match="architect or admin"):
        submit_evaluation(by=person, evaluation=evaluation, now=NOW)
    submit_evaluation(by=architect, evaluation=evaluation, now=NOW)
    with pytest.raises(Forbidden, match="architect or admin"):
        accept_evaluation(by=person, evaluation=evaluation, ring=None, now=NOW)


def test_each_step_is_taken_once_and_in_order(radar, architect):
    evaluation = scored(radar, (4,))
    adopt = ring(radar, "adopt")

    with pytest.raises(Conflict, match="was submitted"):
        accept_evaluation(by=architect, evaluation=evaluation, ring=adopt, now=NOW)
    submit_evaluation(by=architect, evaluation=evaluation, now=NOW)
    with pytest.raises(Conflict, match="open for scoring"):
        submit_evaluation(by=architect, evaluation=evaluation, now=NOW)
    accept_evaluation(by=architect, evaluation=evaluation, ring=adopt, now=NOW)
    with pytest.raises(Conflict, match="not reviewed yet"):
        accept_evaluation(by=architect, evaluation=evaluation, ring=adopt, now=NOW)


def test_a_total_needs_the_quorum_and_at_least_one_sheet(radar, architect):
    late = make_person(name="Late")
    evaluation = make_evaluation(radar, scorers=[late])
    make_sheet(evaluation, late, 3, is_handed_in=False)

    with pytest.raises(Conflict) as refused:
        submit_evaluation(by=architect, evaluation=evaluation, now=NOW)
    assert refused.value.message == (
        "0 of the 1 complete sheets that a total needs were handed in. Not handed in: Late."
    )
    with pytest.raises(Conflict, match="2 of the 3 complete sheets"):
        submitted(radar, architect, (4,), (4,), quorum=3)
    assert submitted(radar, architect, (4,), (2,), quorum=2).candidates.get().total == 20


def test_sheets_that_were_not_handed_in_are_named_and_left_out(radar, architect):
    evaluation = scored(radar, (4,), (5,), alternatives=["Rust"])
    late = make_person(name="Late")
    evaluation.invitations.create(person=late, at=NOW, by_name="")
    make_sheet(evaluation, late, 1, is_handed_in=False)
    found = results(submit_evaluation(by=architect, evaluation=evaluation, now=NOW))
    subject, other = found.candidates
    assert subject.outcome is not None
    assert subject.missing == ("Late",)
    assert (subject.outcome.total, subject.outcome.totals) == (40, (40, 50))
    assert [sheet.person_name for sheet in subject.sheets] == ["Scorer 0", "Scorer 1"]
    assert (other.outcome, other.candidate.total) == (None, None)
    assert other.missing == ("Late", "Scorer 0", "Scorer 1")
    assert Event.objects.get(verb="evaluation.submitted").after["left_out"] == "Late"


def test_nothing_is_told_before_the_submission(radar):
    evaluation = scored(radar, (4,))

    with pytest.raises(Conflict, match="stay sealed until"):
        results(evaluation)
    assert list(evaluation.candidates.values_list("total", "verdict")) == [(None, "")]


def test_what_was_closed_before_the_submission_stays_sealed(radar, architect):
    evaluation = scored(radar, (4,))
    closed = close_evaluation(by=architect, evaluation=evaluation, reason="No time.", now=NOW)

    with pytest.raises(Conflict, match="so they stay sealed"):
        results(closed)
