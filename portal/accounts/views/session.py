"""Signing in and out, and the pages behind one-time links."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts import actions, first_admin, links, sign_in
from portal.accounts.address import client_address, is_local
from portal.accounts.forms import ChoosePasswordForm, FirstAdminForm, SignInForm, add_error, posted
from portal.accounts.models import OneTimeLink, Person, Purpose
from portal.lib.errors import NotFound, PortalError

GONE = "accounts/link_gone.html"


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Sign in by password; where allowed, as a sample person by one click."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = SignInForm(posted(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                sign_in.by_password(
                    request,
                    email=form.cleaned_data["email"],
                    password=form.cleaned_data["password"],
                    address=client_address(request, behind_proxy=settings.ENV.is_https),
                    now=timezone.now(),
                )
                return redirect(_next(request))
            except PortalError as error:
                add_error(form, error)
                status = error.status
    context = {
        "form": form,
        "next": _asked_next(request),
        "sample_people": _sample_people(request),
    }
    return render(request, "accounts/sign_in.html", context, status=status)


@login_not_required
@never_cache
@require_POST
def as_sample_person(request: HttpRequest) -> HttpResponse:
    """Enter as a sample person: in sample mode, from this machine only."""
    key = request.POST.get("person", "")
    person = next((one for one in _sample_people(request) if one.key == key), None)
    if person is None:
        raise NotFound("There is no such sample person, or you do not sit at this machine.")
    sign_in.enter(request, person, way="sample")
    return redirect(_next(request))


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    sign_in.leave(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def create_first_admin(request: HttpRequest) -> HttpResponse:
    """The page behind the link that `up` prints while there is no admin."""
    now = timezone.now()
    link = links.find(Purpose.FIRST_ADMIN, request.GET.get("link", ""), now=now)
    if link is None or not is_local(request) or not first_admin.is_needed():
        return render(request, GONE, {"is_first_admin": True}, status=404)
    form = FirstAdminForm(posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            person = first_admin.create(
                link=link,
                email=data["email"],
                name=data["name"],
                password=data["password"],
                now=now,
            )
        except PortalError as error:
            add_error(form, error)
        else:
            sign_in.enter(request, person, way="first admin")
            return redirect("shell:desk")
    status = 422 if form.errors else 200
    return render(request, "accounts/first_admin.html", {"form": form}, status=status)


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    """The page behind a link by which somebody chooses a password and is let in."""
    now = timezone.now()
    link = links.find(Purpose.PASSWORD, request.GET.get("link", ""), now=now)
    person = link.person if link else None
    if link is None or person is None or not person.is_active:
        return render(request, GONE, {}, status=404)
    form = ChoosePasswordForm(posted(request), person=person)
    if request.method == "POST" and form.is_valid():
        if not OneTimeLink.objects.use(link.pk, now):
            return render(request, GONE, {}, status=404)
        actions.set_password(by=person, person=person, password=form.cleaned_data["password"])
        sign_in.enter(request, person, way="link")
        return redirect("shell:desk")
    status = 422 if form.errors else 200
    context = {"form": form, "person": person}
    return render(request, "accounts/choose_password.html", context, status=status)


def _sample_people(request: HttpRequest) -> list[Person]:
    if settings.ENV.portal_sample is False or not is_local(request):
        return []
    return list(Person.objects.sample())


def _asked_next(request: HttpRequest) -> str:
    """Where the person wanted to go, if it is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    is_address = "/" in wanted  # else `redirect` takes it for the name of a page
    return wanted if ours and is_address else ""


def _next(request: HttpRequest) -> str:
    return _asked_next(request) or resolve_url(settings.LOGIN_REDIRECT_URL)
