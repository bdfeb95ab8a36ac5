"""What people do with an evaluation by a button on its page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from portal.accounts.forms import add_error
from portal.accounts.models import Person
from portal.accounts.views.me import current
from portal.lib.errors import Conflict
from radar import actions
from radar.evaluation_results import placement_of
from radar.forms_evaluations import CloseForm, InviteForm
from radar.models import Evaluation
from radar.views.common import Refused
from radar.views.evaluations import load, review_form, show


@require_POST
def open_evaluation(request: HttpRequest, number: int) -> HttpResponse:
    def act(found: Evaluation) -> str:
        actions.open_scoring(by=current(request), evaluation=found, now=timezone.now())
        return "Scoring is open. Those who are invited find it on their desk."

    return _pressed(request, number, act)


@require_POST
def submit_evaluation(request: HttpRequest, number: int) -> HttpResponse:
    def act(found: Evaluation) -> str:
        actions.submit_evaluation(by=current(request), evaluation=found, now=timezone.now())
        return "The scores are submitted, and everybody can see them."

    return _pressed(request, number, act)


@require_POST
def uninvite_scorer(request: HttpRequest, number: int) -> HttpResponse:
    def act(found: Evaluation) -> str:
        person = get_object_or_404(Person, key=request.POST.get("person", ""))
        actions.uninvite(by=current(request), evaluation=found, person=person)
        return f"{person.name} is not invited any more."

    return _pressed(request, number, act)


@require_POST
def invite_scorer(request: HttpRequest, number: int) -> HttpResponse:
    found = load(number)
    form = InviteForm(request.POST, invitations=found.invitations.all())

    def act() -> str:
        person = form.cleaned_data["person"]
        actions.invite(by=current(request), evaluation=found, people=[person], now=timezone.now())
        return f"{person.name} is invited."

    return _filled_in(request, found, "invite", form, act)


@require_POST
def review_evaluation(request: HttpRequest, number: int) -> HttpResponse:
    """Accept what the panel says, and propose the ring."""
    found = load(number)
    form = review_form(found, placement_of(found), request.POST)

    def act() -> str:
        said = form.asked()
        done = actions.accept_evaluation(
            by=current(request), evaluation=found, now=timezone.now(), **said
        )
        if done.proposal is None:
            return "The evaluation is accepted. The radar says so already, so nothing is proposed."
        return f"The evaluation is accepted, and {done.proposal} says so to the radar."

    return _filled_in(request, found, "review", form, act)


@require_POST
def close_evaluation(request: HttpRequest, number: int) -> HttpResponse:
    found = load(number)
    form = CloseForm(request.POST)

    def act() -> str:
        actions.close_evaluation(
            by=current(request), evaluation=found, now=timezone.now(), **form.cleaned_data
        )
        return "The evaluation is closed."

    return _filled_in(request, found, "close", form, act)


def _pressed(request: HttpRequest, number: int, act: Callable[[Evaluation], str]) -> HttpResponse:
    """A button without a form: what is refused is said above the page."""
    try:
        messages.success(request, act(load(number)))
    except Refused as error:
        messages.error(request, error.message)
    return redirect("radar:evaluation", number)


def _filled_in(
    request: HttpRequest, found: Evaluation, what: str, form: Any, act: Callable[[], str]
) -> HttpResponse:
    """A form on the page: what is wrong with it stands there, with what was typed."""
    if not form.is_valid():
        return show(request, found, refused={what: form})
    try:
        messages.success(request, act())
    except Conflict as error:
        messages.error(request, error.message)
    except Refused as error:
        add_error(form, error)
        return show(request, load(found.pk), refused={what: form})
    return redirect("radar:evaluation", found.pk)
