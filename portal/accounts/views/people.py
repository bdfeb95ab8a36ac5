"""Who may sign in and as what: pages for admins."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import actions, links
from portal.accounts.forms import MembershipForm, PersonForm, RoleForm, add_error, posted
from portal.accounts.models import Person, Purpose, Role, Team, Token
from portal.accounts.people_list import COLUMNS, FILTERS
from portal.accounts.roles import Permission, require
from portal.accounts.views.me import current
from portal.lib.errors import PortalError
from portal.lib.htmx import render_page
from portal.lib.lists import list_page


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    _admin(request)
    listed = list_page(
        request.GET,
        Person.objects.prefetch_related("teams"),
        columns=COLUMNS,
        filters=FILTERS,
        default_sort="name",
    )
    return render_page(request, "accounts/people.html", {"list": listed}, partials=["people"])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_person(request: HttpRequest) -> HttpResponse:
    """Let somebody in; the answer shows the link by which they choose a password."""
    admin = _admin(request)
    form = PersonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.create_person(by=admin, **form.cleaned_data)
        except PortalError as error:
            add_error(form, error)
        else:
            return _person_page(request, person, link=_password_link(request, person))
    status = 422 if form.errors else 200
    return render(request, "accounts/new_person.html", {"form": form}, status=status)


@never_cache
@require_safe
def person(request: HttpRequest, key: str) -> HttpResponse:
    _admin(request)
    return _person_page(request, _person(key))


@require_POST
def change_role(request: HttpRequest, key: str) -> HttpResponse:
    admin, subject = _admin(request), _person(key)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _person_page(request, subject, role_form=form)
    try:
        actions.change_role(by=admin, person=subject, role=form.cleaned_data["role"])
    except PortalError as error:
        add_error(form, error)
        return _person_page(request, _person(key), role_form=form, status=error.status)
    messages.success(request, f"{subject.name} is {Role(subject.role).label.lower()} now.")
    return redirect("accounts:person", key)


@require_POST
def set_active(request: HttpRequest, key: str) -> HttpResponse:
    """Switch an account off, or on again."""
    admin, subject = _admin(request), _person(key)
    is_active = request.POST.get("active") == "yes"
    try:
        actions.set_active(by=admin, person=subject, is_active=is_active)
    except PortalError as error:
        messages.error(request, error.message)
    else:
        words = "may sign in again" if is_active else "is signed out and can't sign in"
        messages.success(request, f"{subject.name} {words}.")
    return redirect("accounts:person", key)


@never_cache
@require_POST
def password_link(request: HttpRequest, key: str) -> HttpResponse:
    """A new link by which the person chooses a password; shown once."""
    _admin(request)
    subject = _person(key)
    return _person_page(request, subject, link=_password_link(request, subject))


@require_POST
def add_membership(request: HttpRequest, key: str) -> HttpResponse:
    admin, subject = _admin(request), _person(key)
    form = MembershipForm(request.POST)
    team = None
    if form.is_valid():
        team = Team.objects.filter(key=form.cleaned_data["team"].strip().lower()).first()
        if team is None:
            form.add_error("team", "There is no team with this key.")
    if team is None:
        return _person_page(request, subject, membership_form=form)
    actions.add_member(by=admin, team=team, person=subject)
    messages.success(request, f"{subject.name} is in {team} now.")
    return redirect("accounts:person", key)


@require_POST
def remove_membership(request: HttpRequest, key: str) -> HttpResponse:
    admin, subject = _admin(request), _person(key)
    team = get_object_or_404(Team, key=request.POST.get("team", ""))
    actions.remove_member(by=admin, team=team, person=subject)
    messages.success(request, f"{subject.name} is not in {team} any more.")
    return redirect("accounts:person", key)


@require_POST
def revoke_token(request: HttpRequest, key: str, number: int) -> HttpResponse:
    admin = _admin(request)
    token = get_object_or_404(Token.objects.filter(person__key=key), pk=number)
    actions.revoke_token(by=admin, token=token, now=timezone.now())
    messages.success(request, f"The token {token.name} stopped working.")
    return redirect("accounts:person", key)


def _admin(request: HttpRequest) -> Person:
    """The person signed in, who manages people; before anything of somebody else is shown."""
    person = current(request)
    require(person, Permission.MANAGE_PEOPLE)
    return person


def _person(key: str) -> Person:
    return get_object_or_404(Person, key=key)


def _password_link(request: HttpRequest, person: Person) -> str:
    secret = actions.make_password_link(by=current(request), person=person, now=timezone.now())
    return request.build_absolute_uri(links.path(Purpose.PASSWORD, secret))


def _person_page(
    request: HttpRequest,
    person: Person,
    *,
    link: str = "",
    role_form: RoleForm | None = None,
    membership_form: MembershipForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    wrong = any(form is not None and form.errors for form in (role_form, membership_form))
    context = {
        "subject": person,
        "is_self": person.pk == current(request).pk,
        "link": link,
        "link_hours": int(links.PASSWORD_LIVES.total_seconds() // 3600),
        "role_form": role_form or RoleForm(initial={"role": person.role}),
        "membership_form": membership_form or MembershipForm(),
        "teams": Team.objects.filter(members=person),
        "tokens": Token.objects.usable(now).filter(person=person),
    }
    status = 422 if wrong and status == 200 else status
    return render(request, "accounts/person.html", context, status=status)
