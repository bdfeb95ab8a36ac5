"""The list of services, and a service."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from portal.accounts.roles import Permission, may
from portal.accounts.views.me import current
from portal.catalog.importers.gather import is_address
from portal.catalog.models import Service
from portal.catalog.owners import owner_of
from portal.catalog.relations import related
from portal.catalog.service_list import ServiceList
from portal.catalog.views.origin import origin_of
from portal.jobs.github import web_url
from portal.lib.htmx import render_page
from portal.lib.panels import load_panels

TIER_WORDS = {1: "critical", 2: "important", 3: "supporting", 4: "minor"}


@require_safe
def service_list(request: HttpRequest) -> HttpResponseBase:
    """Every service, filtered and sorted as the address says; `format=csv` hands them out."""
    services = ServiceList(request.GET)
    if request.GET.get("format") == "csv":
        response = StreamingHttpResponse(services.csv(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="services.csv"'
        return response
    listed = services.page()
    context = {
        "list": listed,
        "csv_href": listed.href(format="csv", page=""),
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
        "tier_words": TIER_WORDS.get(found.tier or 0, ""),
        "on_call_url": found.on_call if is_address(found.on_call) else "",
        "on_call_title": urlsplit(found.on_call).hostname or found.on_call,
        "repository_url": _repository_url(found),
        "origin": origin_of(found.document),
        "groups": related("component", found.key),
        "head_panels": load_panels("service", found, person, "head"),
        "main_panels": load_panels("service", found, person, "main"),
        "side_panels": load_panels("service", found, person, "side"),
    }
    return render_page(request, "catalog/service.html", context)


def _repository_url(service: Service) -> str:
    """Where people see the repository, at the folder where the service lies. A sample service's
    is invented: its name may be somebody else's."""
    if not service.repository or service.is_sample:
        return ""
    url = f"{web_url()}/{service.repository}"
    return f"{url}/tree/HEAD/{service.repository_path}" if service.repository_path else url
