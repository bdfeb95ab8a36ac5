"""Pages and actions about one service's scorecards."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.models import Person
from portal.catalog.models import Service
from portal.lib.errors import NotFound
from portal.lib.htmx import render_page
from scorecards.actions import request_refresh
from scorecards.cards import STATE_ORDER, load_cards, snapshots_of
from scorecards.freshness import lines_for


@require_POST
def refresh(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for fresh facts, and go back to the service, which shows how far it is."""
    service = _service(key)
    assert isinstance(request.user, Person)
    _, is_new = request_refresh(service, by=request.user)
    if not is_new:
        messages.info(request, f"A refresh of {service} is on its way already.")
    return redirect("catalog:service", service.key)


@require_safe
def service_scorecard(request: HttpRequest, key: str, slug: str) -> HttpResponse:
    """One scorecard of one service in full; `state` narrows the checks."""
    service = _service(key)
    now = timezone.now()
    found = load_cards(service, now, slug)
    if not found:
        raise NotFound(f"The scorecard {slug} says nothing about {service}.")
    card = found[0]
    state = request.GET.get("state", "")
    if state not in STATE_ORDER:
        state = ""
    context = {
        "service": service,
        "card": card,
        "lines": lines_for(service, snapshots_of(service), now),
        "state": state,
        "groups": [group for group in card.groups if state in ("", group.state)],
        "now": now,
    }
    return render_page(request, "scorecards/service.html", context)


def _service(key: str) -> Service:
    found: Service = get_object_or_404(Service.objects.select_related("owner", "system"), key=key)
    return found
