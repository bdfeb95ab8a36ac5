"""What the API says of evaluations. Nothing of it tells a score before the submission, except to
whoever gave it."""

from datetime import date, datetime
from typing import Any

from ninja import Field, Schema
from pydantic import StrictInt

from radar.evaluation_results import CandidateResult, Results
from radar.evaluation_rules import Scale, total, verdict
from radar.models import Candidate, Evaluation, Meaning, Scheme, Sheet


class CriterionOut(Schema):
    key: str
    group: str
    title: str
    question: str
    anchors: list[str] = Field(description="What the scores 1 to 5 mean, in this order.")


class BandOut(Schema):
    start: int = Field(description="The smallest total that has this verdict.")
    verdict: str
    title: str
    ring: Meaning | None = Field(description="What the ring means that is proposed.")


class SchemeOut(Schema):
    slug: str
    version: int
    title: str
    description: str
    is_builtin: bool
    smallest: int = Field(description="The smallest total of a complete sheet.")
    largest: int
    criteria: list[CriterionOut]
    bands: list[BandOut] = Field(description="From the highest down.")


class CandidateOut(Schema):
    order: int = Field(description="0 is the one in question; its number in addresses.")
    name: str
    technology: str = Field(description="A slug; empty where it is not known yet.")
    total: int | None = Field(description="The panel's; null before the submission.")
    verdict: str = Field(description="In words; empty where there is no total.")


class EvaluationOut(Schema):
    number: int
    radar: str
    scheme: str
    scheme_version: int
    name: str
    technology: str = Field(description="A slug; empty where it is not known yet.")
    question: str
    success_criteria: str = Field(description="Markdown.")
    candidates: list[CandidateOut]
    starts_on: date | None
    ends_on: date | None = Field(description="The last day of the time box.")
    quorum: int = Field(description="How many complete sheets a total needs.")
    owner: str
    scorers: list[str] = Field(description="Keys of the people who are invited.")
    state: Evaluation.State
    revision: int = Field(description="Of the draft: send it back with a change.")
    opened_at: datetime | None
    submitted_at: datetime | None
    reviewed_at: datetime | None
    reviewed_by: str
    ring: str | None = Field(description="The key of the ring that the review chose.")
    review_reason: str
    proposal: int | None = Field(description="The number of the proposal that came of it.")
    closed_at: datetime | None
    close_reason: str


class PlanIn(Schema):
    name: str = Field(description="The technology in question, known or not.")
    question: str
    success_criteria: str = Field("", description="Markdown; needed before scoring opens.")
    alternatives: list[str] = []
    starts_on: date | None = None
    ends_on: date | None = None
    quorum: int = 1
    scheme: str = Field("", max_length=80, description="A slug; the built-in one by default.")
    owner: str = Field("", max_length=130, description="A person's key; you by default.")


class EvaluationIn(PlanIn):
    radar: str = Field(description="A radar's slug.")


class EvaluationChangeIn(PlanIn):
    revision: int = Field(description="The one that you began with.")


class PeopleIn(Schema):
    people: list[str] = Field(description="Keys of people.")


class AcceptEvaluationIn(Schema):
    ring: str | None = Field(description="A ring's key; null for no placement.")
    sector: str = Field("", description="A sector's key, where the radar has it nowhere yet.")
    reason: str = Field("", description="Needed for another ring than the verdict's.")


class CloseIn(Schema):
    reason: str = Field("", description="Needed before the review.")


class ScoreIn(Schema):
    score: StrictInt | None = Field(None, description="1 to 5; null for none yet.")
    evidence: str = ""


class SheetIn(Schema):
    revision: int = Field(description="The one that you began with; 0 for a new sheet.")
    scores: dict[str, ScoreIn] = Field(description="By the criterion's key.")


class ScoreOut(Schema):
    score: int | None
    evidence: str


class OwnSheetOut(Schema):
    candidate: int
    name: str
    scores: dict[str, ScoreOut]
    revision: int
    total: int | None = Field(description="Null until every criterion has its score.")
    verdict: str
    handed_in_at: datetime | None


class HeardOut(Schema):
    criterion: str
    median: int = Field(description="The lower one of an even number of sheets.")
    spread: int = Field(description="The highest score less the lowest.")
    is_disputed: bool
    scores: list[int] = Field(description="In the order of the sheets.")


class SheetOut(Schema):
    person: str
    total: int | None
    verdict: str
    scores: dict[str, ScoreOut]


class ResultOut(Schema):
    candidate: int
    name: str
    total: int | None = Field(description="Null where too few complete sheets were handed in.")
    verdict: str
    ring: Meaning | None = Field(description="What the ring means that the verdict proposes.")
    knock_outs: list[str] = Field(description="Sentences; they don't change the verdict.")
    criteria: list[HeardOut]
    sheets: list[SheetOut]
    missing: list[str] = Field(description="Who was invited and handed in none.")


class ResultsOut(Schema):
    number: int
    quorum: int
    candidates: list[ResultOut]


def scheme_out(row: Scheme) -> SchemeOut:
    scale = row.scale
    return SchemeOut(
        slug=row.slug,
        version=row.version,
        title=row.title,
        description=row.description,
        is_builtin=row.is_builtin,
        smallest=scale.smallest,
        largest=scale.largest,
        criteria=[CriterionOut.from_orm(criterion) for criterion in scale.criteria],
        bands=[
            BandOut(
                start=band.start, verdict=band.verdict, title=band.title, ring=_meaning(band.ring)
            )
            for band in scale.bands
        ],
    )


def evaluation_out(row: Evaluation) -> EvaluationOut:
    scale = row.scheme.scale
    same = (
        "name question success_criteria starts_on ends_on quorum revision opened_at submitted_at "
        "reviewed_at reviewed_by review_reason closed_at close_reason"
    )
    return EvaluationOut(
        number=row.pk,
        radar=row.radar.slug,
        scheme=row.scheme.slug,
        scheme_version=row.scheme.version,
        technology=row.technology.slug if row.technology else "",
        candidates=[_candidate(candidate, scale) for candidate in row.candidates.all()],
        owner=row.owner_name,
        scorers=[invitation.person.key for invitation in row.invitations.all()],
        state=Evaluation.State(row.state),
        ring=row.ring.key if row.ring else None,
        proposal=row.proposal_id,
        **{name: getattr(row, name) for name in same.split()},
    )


def _candidate(row: Candidate, scale: Scale) -> CandidateOut:
    band = scale.band(row.verdict)
    return CandidateOut(
        order=row.order,
        name=row.name,
        technology=row.technology.slug if row.technology else "",
        total=row.total,
        verdict=band.title if band else "",
    )


def own_sheet_out(candidate: Candidate, sheet: Sheet | None, scale: Scale) -> OwnSheetOut:
    scores = sheet.scores if sheet else {}
    band = verdict(scores, scale)
    return OwnSheetOut(
        candidate=candidate.order,
        name=candidate.name,
        scores=_scores(scores),
        revision=sheet.revision if sheet else 0,
        total=total(scores, scale),
        verdict=band.title if band else "",
        handed_in_at=sheet.handed_in_at if sheet else None,
    )


def results_out(evaluation: Evaluation, found: Results) -> ResultsOut:
    rows = [_result(row, found.scale) for row in found.candidates]
    return ResultsOut(number=evaluation.pk, quorum=evaluation.quorum, candidates=rows)


def _result(row: CandidateResult, scale: Scale) -> ResultOut:
    outcome = row.outcome
    return ResultOut(
        candidate=row.candidate.order,
        name=row.candidate.name,
        total=outcome.total if outcome else None,
        verdict=outcome.band.title if outcome else "",
        ring=_meaning(outcome.band.ring) if outcome else None,
        knock_outs=[flag.sentence for flag in outcome.flags] if outcome else [],
        criteria=[
            HeardOut(
                criterion=heard.criterion.key,
                median=heard.median,
                spread=heard.spread,
                is_disputed=heard.is_disputed,
                scores=list(heard.scores),
            )
            for heard in (outcome.heard if outcome else ())
        ],
        sheets=[_sheet(sheet, scale) for sheet in row.sheets],
        missing=list(row.missing),
    )


def _sheet(row: Sheet, scale: Scale) -> SheetOut:
    band = verdict(row.scores, scale)
    return SheetOut(
        person=row.person_name,
        total=total(row.scores, scale),
        verdict=band.title if band else "",
        scores=_scores(row.scores),
    )


def _scores(scores: dict[str, Any]) -> dict[str, ScoreOut]:
    return {
        key: ScoreOut(score=said.get("score"), evidence=said.get("evidence", ""))
        for key, said in scores.items()
    }


def _meaning(ring: str) -> Meaning | None:
    return Meaning(ring) if ring else None
