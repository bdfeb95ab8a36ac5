"""Schemes: by what evaluations are scored, and what their totals mean."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.forms import add_error, posted
from portal.accounts.roles import Permission, may, require
from portal.accounts.views.me import current
from portal.lib.htmx import render_page
from radar import actions
from radar.evaluation_sheet import bands_shown
from radar.forms_evaluations import SchemeForm
from radar.models import Scheme
from radar.views.common import Refused


@require_safe
def schemes(request: HttpRequest) -> HttpResponse:
    """Every scheme that a new evaluation may take, the built-in one first."""
    rows = Scheme.objects.current().annotate(used=Count("evaluations"))
    shown = []
    for scheme in rows:
        scale = scheme.scale
        shown.append({"scheme": scheme, "scale": scale, "bands": bands_shown(scale, None)})
    context = {
        "schemes": shown,
        "may_edit": bool(may(current(request), Permission.EDIT_SCHEMES)),
    }
    return render_page(request, "radar/evaluations/schemes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_scheme(request: HttpRequest) -> HttpResponse:
    """Make one, from a copy of the built-in."""
    person = current(request)
    require(person, Permission.EDIT_SCHEMES)
    start = SchemeForm.copied_from(Scheme.objects.built_in())
    form = SchemeForm(posted(request), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_scheme(by=person, now=timezone.now(), **form.asked())
        except Refused as error:
            add_error(form, error)
        else:
            messages.success(request, f"{made} can be chosen for evaluations now.")
            return redirect("radar:schemes")
    return _form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_scheme(request: HttpRequest, slug: str) -> HttpResponse:
    """Change one; where it was scored by, that makes its next version."""
    person = current(request)
    require(person, Permission.EDIT_SCHEMES)
    found = get_object_or_404(Scheme.objects.current(), slug=slug)
    form = SchemeForm(posted(request), initial=SchemeForm.said_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.edit_scheme(by=person, scheme=found, now=timezone.now(), **form.asked())
        except Refused as error:
            add_error(form, error)
        else:
            messages.success(request, f"{made} is saved.")
            return redirect("radar:schemes")
    return _form(request, form, scheme=found)


def _form(request: HttpRequest, form: SchemeForm, **context: object) -> HttpResponse:
    status = 422 if form.errors else 200
    context = {"form": form, **context}
    return render_page(request, "radar/evaluations/edit_scheme.html", context, status=status)
