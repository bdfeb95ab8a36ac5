"""What scorers do with their own sheets, which nobody else sees before the submission."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from portal.accounts.models import Person
from portal.accounts.roles import Permission, require
from portal.audit.actions import record
from portal.lib.errors import Conflict, Forbidden, Invalid, PortalError
from radar import fields
from radar.actions.evaluations import locked_evaluation
from radar.evaluation_rules import LARGEST_SCORE, Scale, Scores, differences, is_score, missing
from radar.models import Candidate, Evaluation, Sheet
from radar.subjects import evaluation_subject

LONGEST_EVIDENCE = 2_000


@transaction.atomic
def save_sheet(
    *,
    by: Person,
    candidate: Candidate,
    scores: Mapping[str, Mapping[str, Any]],
    revision: int,
    now: datetime,
) -> Sheet:
    """Keep one's sheet of a candidate as a draft: scores of 1 to 5, or None, with evidence.

    `revision` is the one that the editor began with, 0 for none. Raises `Conflict` where the
    sheet was saved elsewhere meanwhile: its context has the `revision` to go on from and
    `differences`, by criterion what is `saved` and what is `yours`. Nothing is written then.
    Raises `Invalid` with messages by criterion.
    """
    evaluation = _scoring(by, candidate)
    scale = evaluation.scheme.scale
    cleaned = _cleaned(scores, scale)
    sheet = Sheet.objects.of(by).filter(candidate=candidate).first()
    if sheet is None:
        sheet = Sheet(candidate=candidate, person_id=str(by.pk), is_sample=evaluation.is_sample)
    _refuse_handed_in(sheet)
    differing = differences(cleaned, sheet.scores, scale)
    if sheet.revision and not differing:
        return sheet
    if sheet.revision != revision:
        raise Conflict(
            "You have saved this sheet somewhere else since you began. "
            "Compare both, take over what you need, and save again.",
            context={"revision": sheet.revision, "differences": differing},
        )
    sheet.person_name, sheet.scores, sheet.updated_at = by.name, cleaned, now
    sheet.revision += 1
    sheet.save()
    return sheet


@transaction.atomic
def hand_in(*, by: Person, candidate: Candidate, now: datetime) -> Sheet:
    """Say that one's sheet is done. Raises `Invalid` where criteria have no score yet."""
    evaluation = _scoring(by, candidate)
    sheet = Sheet.objects.of(by).filter(candidate=candidate).first()
    scale = evaluation.scheme.scale
    lacking = missing(sheet.scores if sheet else {}, scale)
    if sheet is None or lacking:
        raise _incomplete(lacking, scale)
    _refuse_handed_in(sheet)
    sheet.handed_in_at, sheet.person_name = now, by.name
    sheet.save(update_fields=["handed_in_at", "person_name"])
    after = {"candidate": candidate.name}
    record("evaluation.handed_in", by=by, subject=evaluation_subject(evaluation), after=after)
    return sheet


@transaction.atomic
def take_back(*, by: Person, candidate: Candidate) -> Sheet:
    """Make one's sheet a draft again, to change it, before the evaluation is submitted."""
    evaluation = _scoring(by, candidate)
    sheet = Sheet.objects.of(by).filter(candidate=candidate).first()
    if sheet is None or not sheet.is_handed_in:
        raise Conflict(f"You have not handed in a sheet of {candidate.name}.")
    sheet.handed_in_at = None
    sheet.save(update_fields=["handed_in_at"])
    after = {"candidate": candidate.name}
    record("evaluation.taken_back", by=by, subject=evaluation_subject(evaluation), after=after)
    return sheet


def _scoring(by: Person, candidate: Candidate) -> Evaluation:
    """The locked evaluation, where the person may score it now."""
    require(by, Permission.SCORE_EVALUATION)
    evaluation = locked_evaluation(candidate.evaluation)
    if not evaluation.invitations.filter(person=by).exists():
        raise Forbidden(
            f"You are not invited to score this; {evaluation.owner_name} can invite you."
        )
    if evaluation.is_draft:
        raise Conflict("Scoring has not opened yet; an architect opens it.")
    if not evaluation.is_open:
        raise Conflict("The evaluation was submitted or closed, so scores can't change any more.")
    return evaluation


def _refuse_handed_in(sheet: Sheet) -> None:
    if sheet.is_handed_in:
        raise Conflict("You have handed this sheet in; take it back to change it.")


def _cleaned(scores: Mapping[str, Mapping[str, Any]], scale: Scale) -> Scores:
    """Every criterion with its score and evidence; raises `Invalid` for all that is wrong."""
    known = {row.key: row for row in scale.criteria}
    wrong: dict[str, str] = {
        key: f"There is no criterion “{key[:40]}” in this evaluation."
        for key in scores
        if key not in known
    }
    cleaned: dict[str, dict[str, Any]] = {}
    for key, criterion in known.items():
        given = scores.get(key, {})
        score, evidence = given.get("score"), str(given.get("evidence") or "")
        if score is not None and not is_score(score):
            wrong[key] = f"{criterion.title}: a score is a whole number from 1 to {LARGEST_SCORE}."
        evidence = fields.text(key, evidence, what="Evidence")
        if len(evidence) > LONGEST_EVIDENCE:
            wrong[key] = f"{criterion.title}: evidence has at most {LONGEST_EVIDENCE:,} characters."
        cleaned[key] = {"score": score, "evidence": evidence}
    if wrong:
        raise Invalid(next(iter(wrong.values())), context={"fields": wrong})
    return cleaned


def _incomplete(lacking: tuple[Any, ...], scale: Scale) -> PortalError:
    titles = ", ".join(row.title for row in lacking)
    message = (
        f"{len(lacking)} of {len(scale.criteria)} criteria have no score yet: {titles}. "
        "Score them, then hand the sheet in."
    )
    wrong = {row.key: "Choose a score from 1 to 5." for row in lacking}
    return Invalid(message, context={"fields": wrong})
