"""The machines' addresses, and the page that shows admins how the portal is doing."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from portal.accounts.models import Person
from portal.accounts.roles import Permission, require
from portal.lib.htmx import render_page
from portal.operations.access import may_read_metrics
from portal.operations.metrics import exposition
from portal.operations.overview import load_overview
from portal.operations.readiness import Probes, is_ready
from portal.operations.sample import remove_sample

_probes = Probes()


@require_safe
@login_not_required
@never_cache
def health_live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing else, so that a database that is away restarts nobody."""
    return JsonResponse({"status": "alive"})


@require_safe
@login_not_required
@never_cache
def health_ready(request: HttpRequest) -> HttpResponse:
    """The portal can do its work: 200, or 503 with what is wrong."""
    outcomes = _probes.run()
    ready = is_ready(outcomes)
    body = {
        "status": "ready" if ready else "not ready",
        "checks": {key: outcome.as_json() for key, outcome in outcomes.items()},
    }
    return JsonResponse(body, status=200 if ready else 503)


@require_safe
@login_not_required
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    allowed = may_read_metrics(
        request,
        token=settings.ENV.portal_metrics_token,
        networks=settings.ENV.portal_metrics_networks,
    )
    if not allowed:
        return HttpResponse(
            "Metrics are for this machine, PORTAL_METRICS_NETWORKS and bearers of "
            "PORTAL_METRICS_TOKEN.\n",
            status=403,
            content_type="text/plain; charset=utf-8",
        )
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """How the portal itself is doing."""
    assert isinstance(request.user, Person)
    require(request.user, Permission.OPERATE)
    return render_page(
        request,
        "operations/home.html",
        {"overview": load_overview(timezone.now())},
        partials=["now"],
    )


@require_POST
def remove_sample_data(request: HttpRequest) -> HttpResponse:
    """Take the whole sample organisation away. Whoever was a sample person is signed out by it."""
    assert isinstance(request.user, Person)
    remove_sample(by=request.user)
    messages.success(request, "The sample organisation is gone. Everything else is as it was.")
    return redirect("shell:desk")
