"""The list of services, and a service."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from portal.accounts.roles import Permission, may
from portal.accounts.views.me import current
from portal.catalog.models import Service
from portal.catalog.owners import owner_of
from portal.catalog.relations import related
from portal.catalog.service_list import ServiceList
from portal.catalog.views.origin import origin_of
from portal.lib.htmx import render_page
from portal.lib.panels import load_panels


@require_safe
def service_list(request: HttpRequest) -> HttpResponseBase:
    """Every service, filtered and sorted as the address says; `format=csv` hands them out."""
    services = ServiceList(request.GET)
    if request.GET.get("format") == "csv":
        response = StreamingHttpResponse(services.csv(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="services.csv"'
        return response
    context = {
        "list": services.page(),
        "may_import": bool(may(current(request), Permission.IMPORT_CATALOG)),
    }
    return render_page(request, "catalog/services.html", context, partials=["services"])


@require_safe
def service(request: HttpRequest, key: str) -> HttpResponse:
    """One service: what it is, how it is, what it is related to, and where that was read."""
    rows = Service.objects.select_related("owner", "system", "document__source")
    found = get_object_or_404(rows.defer("document__body"), key=key)
    person = current(request)
    context = {
        "service": found,
        "owner": owner_of(found),
        "origin": origin_of(found.document),
        "groups": related("component", found.key),
        "head_panels": load_panels("service", found, person, "head"),
        "main_panels": load_panels("service", found, person, "main"),
        "side_panels": load_panels("service", found, person, "side"),
    }
    return render_page(request, "catalog/service.html", context)
