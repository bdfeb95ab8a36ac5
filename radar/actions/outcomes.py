"""What architects do with an evaluation that has been scored: submit it, and accept what it says
as a proposal for the radar."""

from datetime import datetime

from django.db import transaction

from portal.accounts.actions import By
from portal.accounts.roles import Permission, require
from portal.audit.actions import record
from portal.lib.errors import Conflict
from radar import fields
from radar.actions.evaluations import locked_evaluation
from radar.actions.proposals import OFF, propose
from radar.evaluation_results import (
    CandidateResult,
    count,
    placement_of,
    proposed_ring,
    results,
)
from radar.evaluation_rules import Outcome, Scale
from radar.models import Candidate, Evaluation, Placement, Proposal, Ring, Sector
from radar.subjects import evaluation_subject

NO_RING = "no placement"  # how a missing ring reads
_State = Evaluation.State


@transaction.atomic
def submit_evaluation(*, by: By, evaluation: Evaluation, now: datetime) -> Evaluation:
    """End the scoring: nobody scores any more, and everybody sees what was said.

    Raises `Conflict` where fewer complete sheets of the technology in question were handed in
    than the quorum asks for.
    """
    require(by, Permission.RUN_EVALUATION, evaluation)
    evaluation = locked_evaluation(evaluation)
    if not evaluation.is_open:
        raise Conflict("Only an evaluation that is open for scoring can be submitted.")
    found = count(evaluation)
    outcome = found.subject.outcome
    if outcome is None:
        raise Conflict(_too_few(evaluation, found.subject))
    for row in found.candidates:
        if row.outcome is not None:
            row.candidate.total = row.outcome.total
            row.candidate.verdict = row.outcome.band.verdict
    written = [row.candidate for row in found.candidates]
    Candidate.objects.bulk_update(written, ["total", "verdict"])
    evaluation.state, evaluation.submitted_at = _State.SUBMITTED, now
    evaluation.submitted_by = by.name
    evaluation.save(update_fields=["state", "submitted_at", "submitted_by"])
    after = {
        "total": outcome.total,
        "verdict": outcome.band.title,
        "sheets": len(found.subject.sheets),
        "left_out": ", ".join(found.subject.missing),
    }
    record("evaluation.submitted", by=by, subject=evaluation_subject(evaluation), after=after)
    return evaluation


@transaction.atomic
def accept_evaluation(
    *,
    by: By,
    evaluation: Evaluation,
    ring: Ring | None,
    sector: Sector | None = None,
    reason: str = "",
    now: datetime,
) -> Evaluation:
    """Take what the panel says, and propose the ring: the verdict's, or another with a reason.

    `ring` None is no placement; `sector` is needed where the radar has the technology nowhere.
    No proposal is made where the radar says so already. Raises `Conflict` where it was reviewed,
    or a proposal about the technology is open.
    """
    require(by, Permission.RUN_EVALUATION, evaluation)
    evaluation = locked_evaluation(evaluation)
    if evaluation.state != _State.SUBMITTED:
        raise Conflict("Only an evaluation that was submitted, and not reviewed yet, is accepted.")
    found = results(evaluation)
    outcome = found.subject.outcome
    if outcome is None:
        raise Conflict("There is no verdict to accept; close the evaluation instead.")
    there = placement_of(evaluation)
    reason = _reason(evaluation, outcome, ring, there, reason)
    proposal = None
    if (there.ring_id if there else None) != (ring.pk if ring else None):
        proposal = propose(
            by=by,
            radar=evaluation.radar,
            name=evaluation.technology.name if evaluation.technology else evaluation.name,
            sector=_sector(there, sector),
            ring=ring,
            reason=reason or _said(evaluation, outcome, found.scale),
            because=("evaluation", str(evaluation.pk)),
            now=now,
        )
    _review(evaluation, ring, reason, proposal, by=by, now=now)
    return evaluation


def _review(
    evaluation: Evaluation,
    ring: Ring | None,
    reason: str,
    proposal: Proposal | None,
    *,
    by: By,
    now: datetime,
) -> None:
    evaluation.state, evaluation.reviewed_at = _State.REVIEWED, now
    evaluation.reviewed_by, evaluation.review_reason = by.name, reason
    evaluation.ring, evaluation.proposal = ring, proposal
    evaluation.save(
        update_fields=[
            "state",
            "reviewed_at",
            "reviewed_by",
            "review_reason",
            "ring",
            "proposal",
        ]
    )
    after = {
        "ring": ring.title if ring else NO_RING,
        "proposal": proposal.pk if proposal else None,
        "reason": reason,
    }
    record("evaluation.reviewed", by=by, subject=evaluation_subject(evaluation), after=after)


def _too_few(evaluation: Evaluation, subject: CandidateResult) -> str:
    waiting = f" Not handed in: {', '.join(subject.missing)}." if subject.missing else ""
    return (
        f"{len(subject.sheets)} of the {evaluation.quorum} complete sheets that a total needs "
        f"were handed in.{waiting}"
    )


def _reason(
    evaluation: Evaluation,
    outcome: Outcome,
    ring: Ring | None,
    there: Placement | None,
    reason: str,
) -> str:
    """The reason, cleaned; raises `Invalid` where the ring is another than the verdict's and
    nobody says why."""
    proposed = proposed_ring(evaluation, outcome.band, is_new=there is None)
    missing = ""
    if ring != proposed:
        wanted = ring.title if ring else OFF
        missing = (
            f"The verdict proposes {proposed.title if proposed else NO_RING}; "
            f"say why it shall be {wanted}."
        )
    return fields.text("reason", reason, what="A reason", missing=missing)


def _sector(there: Placement | None, sector: Sector | None) -> Sector:
    if there is not None:
        return there.sector
    if sector is None:
        fields.refuse("sector", "Choose the sector in which it comes onto the radar.")
    return sector


def _said(evaluation: Evaluation, outcome: Outcome, scale: Scale) -> str:
    return f"Evaluation {evaluation.pk}: {outcome.total} of {scale.largest}, {outcome.band.title}."
