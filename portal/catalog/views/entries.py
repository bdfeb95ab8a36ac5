"""Systems, domains, APIs and resources."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from portal.accounts.views.me import current
from portal.catalog.models import API, Domain, Resource, Service, System
from portal.catalog.models.entry import Entry
from portal.catalog.owners import owner_of
from portal.catalog.relations import related
from portal.catalog.service_list import ServiceList
from portal.catalog.views.origin import origin_of
from portal.lib.htmx import render_page
from portal.lib.lists import Column, Filter, list_page
from portal.lib.panels import load_panels


def in_domain(systems: Any, value: str) -> Any:
    return systems.filter(domain__key__contains=value.lower())


_SYSTEM_COLUMNS = (
    Column(key="name", title="Name", sort=("key",)),
    Column(key="owner", title="Owner", sort=("owner__name",)),
    Column(key="domain", title="Domain", sort=("domain__key",), priority=2),
    Column(key="services", title="Services", sort=("services_count",), numeric=True),
)
_SYSTEM_FILTERS = (
    Filter(key="q", title="Name", apply=lambda systems, value: systems.named(value)),
    Filter(key="domain", title="Domain", apply=in_domain),
)
_SHOWN = 100_000  # characters of a definition on its page
_MOST = 100  # APIs and resources listed on a system's page


@require_safe
def system_list(request: HttpRequest) -> HttpResponse:
    """Every system with the number of its services."""
    counted = Count("services", filter=Q(services__vanished_at=None))
    systems: Any = System.objects
    listed = list_page(
        request.GET,
        systems.visible().listed().annotate(services_count=counted),
        columns=_SYSTEM_COLUMNS,
        filters=_SYSTEM_FILTERS,
        default_sort="name",
    )
    return render_page(request, "catalog/systems.html", {"list": listed}, partials=["systems"])


@require_safe
def system(request: HttpRequest, key: str) -> HttpResponse:
    """A system: its services, APIs and resources."""
    found = _entry(System, key, "domain")
    services = Service.objects.filter(system=found)
    listed = ServiceList(request.GET, services, has_filters=False)
    context = _context(request, found, "system") | {
        "list": listed.page(),
        "apis": _parts(API.objects.filter(system=found)),
        "resources": _parts(Resource.objects.filter(system=found)),
    }
    return render_page(request, "catalog/system.html", context, partials=["services"])


@require_safe
def domain(request: HttpRequest, key: str) -> HttpResponse:
    """A domain: its systems and the domains below it."""
    found = _entry(Domain, key, "parent")
    context = _context(request, found, "domain") | {
        "systems": _parts(System.objects.filter(domain=found)),
        "subdomains": _parts(Domain.objects.filter(parent=found)),
    }
    return render_page(request, "catalog/domain.html", context)


@require_safe
def api(request: HttpRequest, key: str) -> HttpResponse:
    """An API: its definition, who provides it, and who calls it."""
    found = _entry(API, key, "system")
    context = _context(request, found, "api") | {
        "groups": related("api", found.key),
        "definition": found.definition[:_SHOWN],
        "is_cut": len(found.definition) > _SHOWN,
    }
    return render_page(request, "catalog/api.html", context)


@require_safe
def resource(request: HttpRequest, key: str) -> HttpResponse:
    """A resource: a database, a queue, and who depends on it."""
    found = _entry(Resource, key, "system")
    context = _context(request, found, "resource") | {"groups": related("resource", found.key)}
    return render_page(request, "catalog/resource.html", context)


def _entry(model: type[Entry], key: str, *related_names: str) -> Any:
    rows = model._default_manager.select_related("owner", "document__source", *related_names)
    return get_object_or_404(rows.defer("document__body"), key=key)


def _context(request: HttpRequest, entry: Any, place: str) -> dict[str, object]:
    """What the pages of all kinds share."""
    person = current(request)
    return {
        "entry": entry,
        "owner": owner_of(entry),
        "origin": origin_of(entry.document),
        "head_panels": load_panels(place, entry, person, "head"),
        "main_panels": load_panels(place, entry, person, "main"),
        "side_panels": load_panels(place, entry, person, "side"),
    }


def _parts(rows: Any) -> QuerySet[Any]:
    """Parts of a thing, as its page lists them."""
    parts: QuerySet[Any] = rows.visible().listed().order_by("key")[:_MOST]
    return parts
