"""Proposals: who wants what moved and why, what others say, and how it was decided."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.forms import add_error, posted
from portal.accounts.models import Person
from portal.accounts.roles import Permission, may, require
from portal.accounts.views.me import current
from portal.catalog.links import ResolvedLink, resolve
from portal.lib.errors import Conflict, Invalid
from portal.lib.htmx import render_page
from portal.lib.lists import Column, Filter, list_page
from radar import actions
from radar.forms import CommentForm, DecideForm, ProposeForm
from radar.models import Placement, Proposal, Radar, Technology
from radar.state import current as current_edition
from radar.views.common import Refused, the_radar

_COLUMNS = (
    Column(key="number", title="No.", sort=("pk",), numeric=True, descends_first=True),
    Column(key="technology", title="Technology", sort=("name",)),
    Column(key="to", title="Should be in", sort=("ring__order",)),
    Column(key="by", title="Proposed by", sort=("by_name",), priority=2),
    Column(key="at", title="When", sort=("at",), priority=2, descends_first=True),
    Column(key="state", title="State", sort=("rank", "newest_first")),
)
_MOST_NAMES = 1000  # what a list of suggestions can hold


@require_safe
def proposals(request: HttpRequest, radar: str) -> HttpResponse:
    """Every proposal about a radar, open ones first."""
    found = the_radar(radar)
    is_decided = When(state=Proposal.State.OPEN, then=Value(0))
    listed = list_page(
        request.GET,
        Proposal.objects.filter(radar=found)
        .select_related("ring", "sector", "technology")
        .annotate(rank=Case(is_decided, default=Value(1)), newest_first=F("pk") * -1),
        columns=_COLUMNS,
        filters=_filters(found),
        default_sort="state",
    )
    context = {"radar": found, "list": listed}
    return render_page(request, "radar/proposals.html", context, partials=["proposals"])


@require_safe
def proposal(request: HttpRequest, radar: str, number: int) -> HttpResponse:
    return _page(request, _load(radar, number))


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest, radar: str) -> HttpResponse:
    """Ask for a technology to be put somewhere; `technology` in the address fills in which."""
    person, found = current(request), the_radar(radar)
    require(person, Permission.PROPOSE_RING)
    about = Technology.objects.filter(slug=request.GET.get("technology", "")).first()
    form = ProposeForm(posted(request), radar=found, initial=_where_it_is(found, about))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.propose(by=person, radar=found, now=timezone.now(), **form.asked())
        except Refused as error:
            add_error(form, error)
        else:
            messages.success(request, f"{made.name} is proposed. Architects decide on it.")
            return redirect("radar:proposal", found.slug, made.pk)
    names = Technology.objects.order_by("name_key").values_list("name", flat=True)
    context = {"radar": found, "form": form, "names": names[:_MOST_NAMES], "about": about}
    return render_page(request, "radar/propose.html", context, status=422 if form.errors else 200)


@require_POST
def comment(request: HttpRequest, radar: str, number: int) -> HttpResponse:
    found = _load(radar, number)
    form = CommentForm(request.POST)
    if form.is_valid():
        try:
            actions.comment(
                by=current(request), proposal=found, now=timezone.now(), **form.cleaned_data
            )
        except Invalid as error:
            add_error(form, error)
            return _page(request, found, comment_form=form)
        except Conflict as error:
            messages.error(request, error.message)
        return redirect("radar:proposal", radar, number)
    return _page(request, found, comment_form=form)


@require_POST
def decide(request: HttpRequest, radar: str, number: int) -> HttpResponse:
    """Accept or decline, as the button says."""
    is_accepted = request.POST.get("decision") == "accept"
    act = actions.accept if is_accepted else actions.decline
    word = "accepted and stands in the draft" if is_accepted else "declined"
    return _decided(request, radar, number, act, word)


@require_POST
def withdraw(request: HttpRequest, radar: str, number: int) -> HttpResponse:
    def act(*, by: Person, proposal: Proposal, now: Any, reason: str) -> object:
        return actions.withdraw(by=by, proposal=proposal, now=now)

    return _decided(request, radar, number, act, "withdrawn")


def _decided(
    request: HttpRequest, radar: str, number: int, act: Callable[..., object], word: str
) -> HttpResponse:
    found = _load(radar, number)
    form = DecideForm(request.POST)
    if form.is_valid():
        try:
            act(by=current(request), proposal=found, now=timezone.now(), **form.cleaned_data)
        except Invalid as error:
            add_error(form, error)
            return _page(request, found, decide_form=form)
        except Conflict as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"The proposal is {word}.")
        return redirect("radar:proposal", radar, number)
    return _page(request, found, decide_form=form)


def _load(radar: str, number: int) -> Proposal:
    rows = Proposal.objects.select_related(
        "radar", "technology", "sector", "ring", "change__from_ring", "change__edition"
    )
    found: Proposal = get_object_or_404(rows, pk=number, radar__slug=radar)
    return found


def _page(
    request: HttpRequest,
    found: Proposal,
    *,
    comment_form: CommentForm | None = None,
    decide_form: DecideForm | None = None,
) -> HttpResponse:
    person = current(request)
    verdict = may(person, Permission.DECIDE_RING, found)
    forms = (comment_form, decide_form)
    context = {
        "radar": found.radar,
        "proposal": found,
        "placement": _placement(found.radar, found.technology),
        "evidence": _evidence(found, person),
        "comments": found.comments.all(),
        "comment_form": comment_form or CommentForm(),
        "decide_form": decide_form or DecideForm(),
        "may_decide": found.is_open and bool(verdict),
        "may_withdraw": found.is_open and found.by_id == str(person.pk),
    }
    is_wrong = any(form is not None and form.errors for form in forms)
    return render_page(request, "radar/proposal.html", context, status=422 if is_wrong else 200)


def _evidence(found: Proposal, person: Person) -> list[ResolvedLink]:
    if not found.because_kind:
        return []
    return resolve([(found.because_kind, found.because_key, "")], person)


def _placement(radar: Radar, technology: Technology | None) -> Placement | None:
    """Where the work on the radar has a technology now."""
    edition = current_edition(radar)
    if edition is None or technology is None:
        return None
    rows = edition.placements.select_related("ring", "sector")
    return rows.filter(technology=technology).first()


def _where_it_is(radar: Radar, technology: Technology | None) -> dict[str, str]:
    """What the form starts from: the technology where it is now."""
    if technology is None:
        return {}
    placement = _placement(radar, technology)
    if placement is None:
        return {"name": technology.name}
    place = {"sector": placement.sector.key, "ring": placement.ring.key}
    return {"name": technology.name, **place}


def _filters(radar: Radar) -> list[Filter]:
    def named(rows: QuerySet[Proposal], words: str) -> QuerySet[Proposal]:
        return rows.filter(Q(name__icontains=words) | Q(reason__icontains=words))

    return [
        Filter(key="q", title="Find proposals", apply=named),
        Filter(
            key="state",
            title="State",
            apply=lambda rows, value: rows.filter(state=value),
            options=lambda: [(value, str(label)) for value, label in Proposal.State.choices],
        ),
        Filter(
            key="ring",
            title="Should be in",
            apply=lambda rows, value: rows.filter(ring__key=value),
            options=lambda: [(ring.key, ring.title) for ring in radar.rings.all()],
        ),
    ]
