"""Evaluations over the API: drafted, scored blind, and read once they are submitted."""

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Status

from portal.accounts.models import Person
from portal.api.pages import Page, PageQuery, page
from portal.api.people import current as caller
from portal.lib.errors import Invalid, NotFound
from radar import actions
from radar.evaluation_api_shapes import (
    AcceptEvaluationIn,
    CloseIn,
    EvaluationChangeIn,
    EvaluationIn,
    EvaluationOut,
    OwnSheetOut,
    PeopleIn,
    PlanIn,
    ResultsOut,
    SchemeOut,
    SheetIn,
    evaluation_out,
    own_sheet_out,
    results_out,
    scheme_out,
)
from radar.evaluation_results import results
from radar.models import Candidate, Evaluation, Radar, Scheme, Sheet, Technology
from radar.models.technology import name_key

router = Router()


class EvaluationQuery(PageQuery):
    state: Evaluation.State | None = None
    q: str = Field("", max_length=200, description="Words of the name or the question.")
    technology: str = Field("", max_length=120, description="A slug: it is a candidate there.")


@router.get("/evaluation-schemes", response=Page[SchemeOut], summary="Schemes of evaluations")
def evaluation_schemes(request: HttpRequest, at: Query[PageQuery]) -> dict[str, object]:
    """The newest version of each, with criteria, anchors and thresholds."""
    found = Scheme.objects.current()
    return page(found, cursor=at.cursor, limit=at.limit, order=("slug",), to=scheme_out)


@router.get("/evaluations", response=Page[EvaluationOut], summary="Evaluations, newest first")
def evaluations(request: HttpRequest, at: Query[EvaluationQuery]) -> dict[str, object]:
    found = Evaluation.objects.in_full()
    if at.state is not None:
        found = found.filter(state=at.state)
    if at.q:
        found = found.filter(Q(name_key__contains=name_key(at.q)) | Q(question__icontains=at.q))
    if at.technology:
        technology = Technology.objects.filter(slug=at.technology.lower()).first()
        found = found.about(technology) if technology is not None else found.none()
    return page(found, cursor=at.cursor, limit=at.limit, order=("-pk",), to=evaluation_out)


@router.post("/evaluations", response={201: EvaluationOut}, summary="Draft an evaluation")
def draft_evaluation(request: HttpRequest, body: EvaluationIn) -> Status[EvaluationOut]:
    radar = Radar.objects.filter(slug=body.radar.lower()).first()
    if radar is None:
        raise _wrong("radar", f"There is no radar {body.radar}.")
    made = actions.draft_evaluation(
        by=caller(request), radar=radar, plan=_plan(body), now=timezone.now()
    )
    return Status(201, evaluation_out(_find(made.pk)))


@router.get("/evaluations/{number}", response=EvaluationOut, summary="An evaluation")
def evaluation(request: HttpRequest, number: int) -> EvaluationOut:
    return evaluation_out(_find(number))


@router.put("/evaluations/{number}", response=EvaluationOut, summary="Change a draft")
def change_evaluation(request: HttpRequest, number: int, body: EvaluationChangeIn) -> EvaluationOut:
    """Answers 409 with `differences` and the `revision` to go on from, where somebody else has
    saved meanwhile."""
    actions.edit_evaluation(
        by=caller(request),
        evaluation=_find(number),
        plan=_plan(body),
        revision=body.revision,
        now=timezone.now(),
    )
    return evaluation_out(_find(number))


@router.post("/evaluations/{number}/scorers", response=EvaluationOut, summary="Invite scorers")
def invite_scorers(request: HttpRequest, number: int, body: PeopleIn) -> EvaluationOut:
    people = list(Person.objects.filter(key__in=body.people))
    unknown = sorted(set(body.people) - {person.key for person in people})
    if unknown:
        raise _wrong("people", f"Nobody has the key {', '.join(unknown)[:200]}.")
    actions.invite(by=caller(request), evaluation=_find(number), people=people, now=timezone.now())
    return evaluation_out(_find(number))


@router.delete(
    "/evaluations/{number}/scorers/{key}",
    response=EvaluationOut,
    summary="Take an invitation back",
)
def uninvite_scorer(request: HttpRequest, number: int, key: str) -> EvaluationOut:
    person = Person.objects.filter(key=key).first()
    if person is None:
        raise NotFound(f"Nobody has the key {key}.")
    actions.uninvite(by=caller(request), evaluation=_find(number), person=person)
    return evaluation_out(_find(number))


@router.post("/evaluations/{number}/open", response=EvaluationOut, summary="Open the scoring")
def open_evaluation(request: HttpRequest, number: int) -> EvaluationOut:
    actions.open_scoring(by=caller(request), evaluation=_find(number), now=timezone.now())
    return evaluation_out(_find(number))


@router.post("/evaluations/{number}/submit", response=EvaluationOut, summary="End the scoring")
def submit_evaluation(request: HttpRequest, number: int) -> EvaluationOut:
    """From now on everybody sees all sheets, and nobody scores any more."""
    actions.submit_evaluation(by=caller(request), evaluation=_find(number), now=timezone.now())
    return evaluation_out(_find(number))


@router.post(
    "/evaluations/{number}/accept",
    response=EvaluationOut,
    summary="Accept the verdict, and propose a ring",
)
def accept_evaluation(request: HttpRequest, number: int, body: AcceptEvaluationIn) -> EvaluationOut:
    found = _find(number)
    ring = found.radar.rings.filter(key=body.ring).first() if body.ring else None
    sector = found.radar.sectors.filter(key=body.sector).first() if body.sector else None
    if body.ring and ring is None:
        raise _wrong("ring", f"{found.radar} has no ring {body.ring}.")
    if body.sector and sector is None:
        raise _wrong("sector", f"{found.radar} has no sector {body.sector}.")
    actions.accept_evaluation(
        by=caller(request),
        evaluation=found,
        ring=ring,
        sector=sector,
        reason=body.reason,
        now=timezone.now(),
    )
    return evaluation_out(_find(number))


@router.post("/evaluations/{number}/close", response=EvaluationOut, summary="Close an evaluation")
def close_evaluation(request: HttpRequest, number: int, body: CloseIn) -> EvaluationOut:
    actions.close_evaluation(
        by=caller(request), evaluation=_find(number), reason=body.reason, now=timezone.now()
    )
    return evaluation_out(_find(number))


@router.get("/evaluations/{number}/sheets", response=list[OwnSheetOut], summary="Your own sheets")
def own_sheets(request: HttpRequest, number: int) -> list[OwnSheetOut]:
    """One for each candidate, empty where you have not begun. Nobody else's are here."""
    found, person = _find(number), caller(request)
    mine = Sheet.objects.of(person).filter(candidate__evaluation=found)
    by_candidate = {sheet.candidate_id: sheet for sheet in mine}
    scale = found.scheme.scale
    return [
        own_sheet_out(candidate, by_candidate.get(candidate.pk), scale)
        for candidate in found.candidates.all()
    ]


@router.put(
    "/evaluations/{number}/sheets/{order}", response=OwnSheetOut, summary="Keep your own sheet"
)
def save_sheet(request: HttpRequest, number: int, order: int, body: SheetIn) -> OwnSheetOut:
    """Answers 409 with `differences` and the `revision` to go on from, where you have saved it
    somewhere else meanwhile."""
    candidate = _candidate(number, order)
    scores = {key: said.model_dump() for key, said in body.scores.items()}
    sheet = actions.save_sheet(
        by=caller(request),
        candidate=candidate,
        scores=scores,
        revision=body.revision,
        now=timezone.now(),
    )
    return own_sheet_out(candidate, sheet, candidate.evaluation.scheme.scale)


@router.post(
    "/evaluations/{number}/sheets/{order}/hand-in",
    response=OwnSheetOut,
    summary="Hand your own sheet in",
)
def hand_in_sheet(request: HttpRequest, number: int, order: int) -> OwnSheetOut:
    candidate = _candidate(number, order)
    sheet = actions.hand_in(by=caller(request), candidate=candidate, now=timezone.now())
    return own_sheet_out(candidate, sheet, candidate.evaluation.scheme.scale)


@router.post(
    "/evaluations/{number}/sheets/{order}/take-back",
    response=OwnSheetOut,
    summary="Take your own sheet back",
)
def take_back_sheet(request: HttpRequest, number: int, order: int) -> OwnSheetOut:
    candidate = _candidate(number, order)
    sheet = actions.take_back(by=caller(request), candidate=candidate)
    return own_sheet_out(candidate, sheet, candidate.evaluation.scheme.scale)


@router.get("/evaluations/{number}/results", response=ResultsOut, summary="What the panel says")
def evaluation_results(request: HttpRequest, number: int) -> ResultsOut:
    """Answers 409 before the submission: until then scores are sealed."""
    found = _find(number)
    return results_out(found, results(found))


def _find(number: int) -> Evaluation:
    found = Evaluation.objects.in_full().filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no evaluation {number}.")
    return found


def _candidate(number: int, order: int) -> Candidate:
    rows = Candidate.objects.select_related("evaluation__scheme")
    found = rows.filter(evaluation=number, order=order).first()
    if found is None:
        raise NotFound(f"There is no candidate {order} in the evaluation {number}.")
    return found


def _plan(body: PlanIn) -> actions.Plan:
    scheme = owner = None
    if body.scheme:
        scheme = Scheme.objects.current().filter(slug=body.scheme).first()
        if scheme is None:
            raise _wrong("scheme", f"There is no scheme {body.scheme}.")
    if body.owner:
        owner = Person.objects.filter(key=body.owner).first()
        if owner is None:
            raise _wrong("owner", f"Nobody has the key {body.owner}.")
    return actions.Plan(
        name=body.name,
        question=body.question,
        success_criteria=body.success_criteria,
        alternatives=body.alternatives,
        starts_on=body.starts_on,
        ends_on=body.ends_on,
        quorum=body.quorum,
        scheme=scheme,
        owner=owner,
    )


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, context={"fields": {field: message}})
