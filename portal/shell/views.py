from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.models import Person
from portal.accounts.roles import Permission, require
from portal.lib.htmx import render_page
from portal.shell.desk import changed, waiting
from portal.shell.find import find
from portal.shell.gallery import specimens
from portal.shell.own_services import own_services
from portal.shell.theme import chosen_theme, next_theme, parse_theme, remember_theme


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """The person's desk."""
    person = _person(request)
    now = timezone.now()
    context = {
        "now": now,
        "queue": waiting(person, now, request.GET),
        "changes": changed(person, now),
        "services": own_services(person, request.GET),
    }
    return render_page(request, "shell/desk.html", context, partials=["waiting", "own"])


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Everything whose name has the words; the box above asks for its suggestions here."""
    words = request.GET.get("q", "")
    is_suggestion = request.headers.get("HX-Target") == "suggestions"
    groups = find(words, _person(request), limit=5 if is_suggestion else 20)
    context = {"words": words.strip(), "groups": groups, "count": sum(len(g.hits) for g in groups)}
    return render_page(request, "shell/search.html", context, partials=["suggestions", "results"])


@require_POST
@login_not_required
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's choice ("switch" turns to the other one)."""
    wanted = request.POST.get("theme", "")
    chosen = next_theme(chosen_theme(request)) if wanted == "switch" else parse_theme(wanted)
    back = request.POST.get("next", "/")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    if not is_ours or not back.startswith("/"):  # what is no path, `redirect` takes for a name
        back = "/"
    response = redirect(back)
    remember_theme(response, chosen, secure=settings.SESSION_COOKIE_SECURE)
    return response


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component with every state, for those who build pages."""
    require(_person(request), Permission.SEE_GALLERY)
    return render_page(request, "shell/gallery.html", {"specimens": specimens(timezone.now())})


def _person(request: HttpRequest) -> Person:
    """Whoever is signed in; the middleware lets nobody else through."""
    assert isinstance(request.user, Person)
    return request.user
