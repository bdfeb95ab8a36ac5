"""Scoring: one's own sheet of a candidate, saved while it is filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal.accounts.models import Person
from portal.accounts.roles import Permission, require
from portal.accounts.views.me import current
from portal.lib.errors import Forbidden, NotFound
from portal.lib.htmx import is_partial, render_page
from radar import actions
from radar.evaluation_rules import Scale, Scores
from radar.evaluation_sheet import Sum, groups
from radar.forms_evaluations import scores_of
from radar.models import Candidate, Evaluation, Sheet
from radar.views.common import Refused
from radar.views.evaluations import load, scorers_of

_PAGE = "radar/evaluations/score.html"


@dataclass
class _Desk:
    """What somebody has before them: the candidate, and their sheets of all candidates."""

    evaluation: Evaluation
    person: Person
    candidate: Candidate
    sheets: dict[int, Sheet]

    @property
    def scale(self) -> Scale:
        return self.evaluation.scheme.scale

    @property
    def sheet(self) -> Sheet:
        """The one of the candidate; a new one is not saved yet."""
        return self.sheets.get(self.candidate.pk) or Sheet(candidate=self.candidate)

    @property
    def address(self) -> str:
        page = reverse("radar:score", args=[self.evaluation.pk])
        return f"{page}?candidate={self.candidate.order}"


@require_http_methods(["GET", "HEAD", "POST"])
def score(request: HttpRequest, number: int) -> HttpResponse:
    """One's sheet of the candidate that the address names; htmx saves it as it changes."""
    desk = _sit_down(request, number)
    if request.method != "POST":
        if desk.evaluation.is_open:
            return _show(request, desk, desk.sheet.scores)
        state = desk.evaluation.get_state_display().lower()
        messages.info(request, f"Scoring is not open: the state of this evaluation is “{state}”.")
        return redirect("radar:evaluation", number)
    if request.POST.get("do") == "take_back":
        return _take_back(request, desk)
    return _save(request, desk)


def _sit_down(request: HttpRequest, number: int) -> _Desk:
    """Raises `Forbidden` to those who are not invited."""
    person, found = current(request), load(number)
    require(person, Permission.SCORE_EVALUATION, found)
    if all(row.person_id != person.pk for row in found.invitations.all()):
        raise Forbidden(
            f"You are not invited to score this evaluation; {found.owner_name} can invite you."
        )
    candidates = {str(row.order): row for row in found.candidates.all()}
    wanted = request.GET.get("candidate", "0")
    if wanted not in candidates:
        raise NotFound("This evaluation has no such candidate.")
    own = Sheet.objects.of(person).filter(candidate__evaluation=found)
    return _Desk(found, person, candidates[wanted], {row.candidate_id: row for row in own})


def _save(request: HttpRequest, desk: _Desk) -> HttpResponse:
    """Keep what was sent, and hand it in where the button says so."""
    scores = scores_of(request.POST, [row.key for row in desk.scale.criteria])
    revision = request.POST.get("revision", "")
    hands_in = request.POST.get("do") == "hand_in"
    try:
        sheet = actions.save_sheet(
            by=desk.person,
            candidate=desk.candidate,
            scores=scores,
            revision=int(revision) if revision.isdecimal() else 0,
            now=timezone.now(),
        )
        desk.sheets[desk.candidate.pk] = sheet
        if hands_in:
            actions.hand_in(by=desk.person, candidate=desk.candidate, now=timezone.now())
    except Refused as error:
        return _refused(request, desk, scores, error.message, error.context)
    if hands_in:
        return _handed_in(request, desk)
    if is_partial(request):
        return _show(request, desk, sheet.scores, is_part=True)
    messages.success(request, "The draft is saved.")
    return redirect(desk.address)


def _handed_in(request: HttpRequest, desk: _Desk) -> HttpResponse:
    """On to the next candidate without a sheet, else back to the evaluation."""
    desk.sheets[desk.candidate.pk].handed_in_at = timezone.now()
    messages.success(request, f"Your sheet of {desk.candidate} is handed in.")
    for candidate in desk.evaluation.candidates.all():
        sheet = desk.sheets.get(candidate.pk)
        if sheet is None or not sheet.is_handed_in:
            desk.candidate = candidate
            return redirect(desk.address)
    return redirect("radar:evaluation", desk.evaluation.pk)


def _take_back(request: HttpRequest, desk: _Desk) -> HttpResponse:
    try:
        actions.take_back(by=desk.person, candidate=desk.candidate)
    except Refused as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"Your sheet of {desk.candidate} is a draft again.")
    return redirect(desk.address)


def _refused(
    request: HttpRequest,
    desk: _Desk,
    scores: Scores,
    problem: str,
    told: Mapping[str, Any],
) -> HttpResponse:
    """The sheet as it was sent, with what is wrong; where it was saved elsewhere meanwhile, beside
    what is saved. What is sent next replaces that."""
    sheet = desk.sheet
    saved = {}
    if "differences" in told:
        sheet.revision = told["revision"]
        saved = {key: both["saved"] for key, both in told["differences"].items()}
    response = _show(request, desk, scores, sheet=sheet, saved=saved, problem=problem, status=422)
    if is_partial(request):
        response["HX-Retarget"], response["HX-Reswap"] = "#sheet", "outerHTML"
    return response


def _show(
    request: HttpRequest,
    desk: _Desk,
    scores: Scores,
    *,
    sheet: Sheet | None = None,
    saved: Mapping[str, Any] | None = None,
    problem: str = "",
    is_part: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "evaluation": desk.evaluation,
        "candidate": desk.candidate,
        "tabs": [(row, _progress(desk, row)) for row in desk.evaluation.candidates.all()],
        "sheet": sheet or desk.sheet,
        "groups": groups(desk.scale, scores, saved),
        "sum": Sum(desk.scale, scores),
        "scorers": scorers_of(desk.evaluation),
        "is_conflict": bool(saved),
        "problem": problem,
        "is_part": is_part,
    }
    name = f"{_PAGE}#sheet" if problem and is_partial(request) else _PAGE
    return render_page(request, name, context, partials=[] if problem else ["sum"], status=status)


def _progress(desk: _Desk, candidate: Candidate) -> str:
    """How far one's sheet of a candidate is, in a word or two."""
    sheet = desk.sheets.get(candidate.pk)
    if sheet is None:
        return ""
    if sheet.is_handed_in:
        return "handed in"
    scored = Sum(desk.scale, sheet.scores).scored
    return f"{scored} of {len(desk.scale.criteria)}"
