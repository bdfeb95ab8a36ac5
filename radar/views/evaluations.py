"""Evaluations: the list, one with what its panel says, drafting, and the report on paper."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.forms import add_error, posted
from portal.accounts.models import Person
from portal.accounts.roles import Permission, may, require
from portal.accounts.views.me import current
from portal.lib.errors import Conflict, NotFound
from portal.lib.htmx import render_page
from radar import actions
from radar.evaluation_list import EvaluationList
from radar.evaluation_results import placement_of, results, sealed_sentence
from radar.evaluation_rules import Outcome, proposed_meaning
from radar.evaluation_sheet import bands_shown
from radar.evaluation_shown import Shown, compared, shown
from radar.forms_evaluations import CloseForm, EvaluationForm, InviteForm, ReviewForm
from radar.models import Candidate, Evaluation, Invitation, Placement, Ring, Sheet, Technology
from radar.views.common import Refused, today

_MOST_NAMES = 1000  # what a list of suggestions can hold
_State = Evaluation.State


@dataclass(frozen=True)
class Scorer:
    """Somebody who is invited; `is_done`: their sheets of all candidates are handed in."""

    invitation: Invitation
    is_done: bool


@require_safe
def evaluations(request: HttpRequest) -> HttpResponseBase:
    """Every evaluation, those that are open first; `format=csv` hands them out."""
    known = EvaluationList(request.GET, current(request), today())
    if request.GET.get("format") == "csv":
        response = StreamingHttpResponse(known.csv(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="evaluations.csv"'
        return response
    listed = known.page()
    context = {"list": listed, "csv_href": listed.href(format="csv", page="")}
    return render_page(request, "radar/evaluations/list.html", context, partials=["evaluations"])


@require_safe
def evaluation(request: HttpRequest, number: int) -> HttpResponse:
    return show(request, load(number))


@require_safe
def report(request: HttpRequest, number: int) -> HttpResponse:
    """What was found out, to be printed; there is none before the scores are submitted."""
    found = load(number)
    if not found.has_results:
        raise NotFound(sealed_sentence(found))
    context = {**_told(found, placement_of(found)), "now": timezone.now(), "is_paper": True}
    return render_page(request, "radar/evaluations/report.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_evaluation(request: HttpRequest) -> HttpResponse:
    """Draft one; `technology` in the address fills in which."""
    person = current(request)
    require(person, Permission.DRAFT_EVALUATION)
    about = Technology.objects.filter(slug=request.GET.get("technology", "")).first()
    form = EvaluationForm(posted(request), initial={"name": about.name if about else ""})
    if request.method == "POST" and form.is_valid():
        radar, plan = form.radar(), form.plan()
        try:
            made = actions.draft_evaluation(by=person, radar=radar, plan=plan, now=timezone.now())
        except Refused as error:
            add_error(form, error)
        else:
            messages.success(request, "The evaluation is drafted. Invite those who shall score.")
            return redirect("radar:evaluation", made.pk)
    return _form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_evaluation(request: HttpRequest, number: int) -> HttpResponse:
    """Change a draft. Who saves second is shown what the first one saved."""
    person, found = current(request), load(number)
    require(person, Permission.EDIT_EVALUATION, found)
    form = EvaluationForm(posted(request), initial=EvaluationForm.said_of(found), is_new=False)
    saved: Mapping[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        plan, revision = form.plan(), form.cleaned_data["revision"] or 0
        try:
            actions.edit_evaluation(
                by=person, evaluation=found, plan=plan, revision=revision, now=timezone.now()
            )
        except Conflict as error:
            add_error(form, error)
            saved = error.context.get("differences", {})  # type: ignore[assignment]
            form.go_on_from(error.context.get("revision"))
        except Refused as error:
            add_error(form, error)
        else:
            messages.success(request, "The draft is saved.")
            return redirect("radar:evaluation", found.pk)
    differing = [
        (form[field].label, both["saved"]) for field, both in saved.items() if field in form.fields
    ]
    return _form(request, form, evaluation=found, saved=differing)


def _form(request: HttpRequest, form: EvaluationForm, **context: object) -> HttpResponse:
    names = Technology.objects.order_by("name_key").values_list("name", flat=True)
    context = {"form": form, "names": names[:_MOST_NAMES], **context}
    status = 422 if form.errors else 200
    return render_page(request, "radar/evaluations/edit.html", context, status=status)


def load(number: int) -> Evaluation:
    """An evaluation with what its page names; three queries."""
    rows = Evaluation.objects.select_related("radar", "scheme", "technology", "ring", "proposal")
    rows = rows.prefetch_related(
        Prefetch("candidates", Candidate.objects.select_related("technology")),
        Prefetch("invitations", Invitation.objects.select_related("person")),
    )
    found: Evaluation = get_object_or_404(rows, pk=number)
    return found


def show(
    request: HttpRequest, found: Evaluation, *, refused: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The page of an evaluation. `refused` holds forms that were filled in and not accepted, by
    what they are for: invite, review, close."""
    person, refused = current(request), refused or {}
    place = placement_of(found)
    told, allowed = _told(found, place), _allowed(found, person)
    scorers = _scorers_who_count(found, told["results"]) if told["results"] else scorers_of(found)
    is_done = any(row.is_done and row.invitation.person_id == person.pk for row in scorers)
    context = {**told, "may": allowed, "scorers": scorers, "is_handed_in": is_done}
    if allowed["invite"]:
        asked = found.invitations.all()
        context["invite_form"] = refused.get("invite") or InviteForm(invitations=asked)
    if allowed["close"]:
        context["close_form"] = refused.get("close") or CloseForm()
    if allowed["review"]:
        form = refused.get("review") or review_form(found, place)
        proposed = _proposed(told["subject"], place, form.rings.values())
        form.initial = ReviewForm.starting_from(proposed)
        context |= {"proposed": proposed, "review_form": form}
    status = 422 if refused else 200
    return render_page(request, "radar/evaluations/evaluation.html", context, status=status)


def review_form(found: Evaluation, place: Placement | None, data: Any = None) -> ReviewForm:
    """Which ring, and where the radar has the technology nowhere, which sector."""
    sectors = [] if place else found.radar.sectors.all()
    return ReviewForm(data, rings=found.radar.rings.all(), sectors=sectors)


def _proposed(
    outcome: Outcome | None, place: Placement | None, rings: Iterable[Ring]
) -> Ring | None:
    """The ring of the radar that the verdict proposes."""
    meaning = proposed_meaning(outcome.band, is_new=place is None) if outcome else ""
    return next((ring for ring in rings if ring.meaning == meaning), None)


def _told(found: Evaluation, place: Placement | None) -> dict[str, Any]:
    """What the page and the report show: who is asked, where it stands, what the panel says."""
    scale = found.scheme.scale
    counted = results(found) if found.has_results else None
    subject = counted.subject.outcome if counted else None
    return {
        "evaluation": found,
        "candidates": found.candidates.all(),
        "placement": place,
        "is_overdue": found.is_overdue(today()),
        "results": shown(counted) if counted else [],
        "compared": compared(counted) if counted else [],
        "subject": subject,
        "scale": scale,
        "bands": bands_shown(scale, subject.band if subject else None),
    }


def _allowed(found: Evaluation, person: Person) -> dict[str, bool]:
    """What somebody may do with an evaluation in its state."""
    runs = bool(may(person, Permission.RUN_EVALUATION, found))
    edits = bool(may(person, Permission.EDIT_EVALUATION, found))
    is_invited = any(row.person_id == person.pk for row in found.invitations.all())
    return {
        "edit": edits and found.is_draft,
        "open": runs and found.is_draft,
        "invite": edits and (found.is_draft or found.is_open),
        "score": is_invited and found.is_open,
        "submit": runs and found.is_open,
        "review": runs and found.state == _State.SUBMITTED,
        "close": (edits if found.is_draft else runs) and found.state != _State.CLOSED,
    }


def scorers_of(found: Evaluation) -> list[Scorer]:
    """Who is invited, and whether all their sheets are in; that is no secret, the scores are."""
    sheets = Sheet.objects.handed_in().filter(candidate__evaluation=found)
    counts = dict(sheets.values_list("person_id").annotate(Count("pk")).order_by())
    return _scorers(found, counts)


def _scorers_who_count(found: Evaluation, told: Iterable[Shown]) -> list[Scorer]:
    """The same, of sheets that were read already."""
    return _scorers(found, Counter(sheet.person_id for one in told for sheet in one.sheets))


def _scorers(found: Evaluation, counts: Mapping[str, int]) -> list[Scorer]:
    needed = len(found.candidates.all())
    return [
        Scorer(row, is_done=counts.get(str(row.person_id), 0) == needed)
        for row in found.invitations.all()
    ]
