"""One's own account: name, time zone, password, tokens."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts import actions
from portal.accounts.forms import ChangePasswordForm, ProfileForm, TokenForm, add_error, posted
from portal.accounts.models import Person, Team
from portal.lib.errors import PortalError


def current(request: HttpRequest) -> Person:
    """The person signed in; the middleware let nobody else through."""
    return cast(Person, request.user)


def _profile_form(person: Person, data: object = None) -> ProfileForm:
    initial = {"name": person.name, "time_zone": person.time_zone}
    return ProfileForm(data, initial=initial, default_zone=settings.TIME_ZONE)


@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    person = current(request)
    form = _profile_form(person, posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_profile(by=person, **form.cleaned_data)
        except PortalError as error:
            add_error(form, error)
        else:
            messages.success(request, "Your account was saved.")
            return redirect("accounts:me")
    return _me_page(request, person, profile=form)


@sensitive_post_parameters("current", "password", "again")
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; sessions elsewhere end, this one stays."""
    person = current(request)
    form = ChangePasswordForm(request.POST, person=person)
    if not form.is_valid():
        return _me_page(request, person, password=form)
    actions.set_password(by=person, person=person, password=form.cleaned_data["password"])
    update_session_auth_hash(request, person)
    messages.success(request, "Your password was changed. You are signed out everywhere else.")
    return redirect("accounts:me")


def _me_page(
    request: HttpRequest,
    person: Person,
    *,
    profile: ProfileForm | None = None,
    password: ChangePasswordForm | None = None,
) -> HttpResponse:
    wrong = any(form is not None and form.errors for form in (profile, password))
    context = {
        "person": person,
        "profile": profile or _profile_form(person),
        "password": password or ChangePasswordForm(person=person),
        "teams": Team.objects.filter(members=person).select_related("parent"),
    }
    return render(request, "accounts/me.html", context, status=422 if wrong else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens. The secret of a new one is on the answer to the form and nowhere else."""
    person = current(request)
    form = TokenForm(posted(request))
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            _, secret = actions.create_token(
                by=person, person=person, now=timezone.now(), **form.cleaned_data
            )
            form = TokenForm()
        except PortalError as error:
            add_error(form, error)
    now = timezone.now()
    mine = list(person.tokens.all()[:200])
    context = {
        "form": form,
        "secret": secret,
        "usable": [token for token in mine if token.is_usable(now)],
        "ended": [token for token in mine if not token.is_usable(now)],
    }
    status = 422 if form.errors else 200
    return render(request, "accounts/tokens.html", context, status=status)


@require_POST
def revoke_token(request: HttpRequest, number: int) -> HttpResponse:
    person = current(request)
    token = get_object_or_404(person.tokens, pk=number)
    actions.revoke_token(by=person, token=token, now=timezone.now())
    messages.success(request, f"The token {token.name} stopped working.")
    return redirect("accounts:tokens")
