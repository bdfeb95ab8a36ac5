"""Teams, and people as the catalogue knows them."""

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from portal.accounts.families import family_of
from portal.accounts.models import Membership, Person, Team
from portal.accounts.views.me import current
from portal.catalog.added_columns import AddedColumns
from portal.catalog.models import Relation, Service
from portal.catalog.relations import resolve
from portal.catalog.service_list import ServiceList
from portal.catalog.views.origin import document_of, origin_of
from portal.lib.htmx import render_page
from portal.lib.lists import Column, Filter, list_page
from portal.lib.panels import load_panels


def named(teams: Any, words: str) -> Any:
    """Teams whose key or title holds the words."""
    return teams.filter(Q(key__contains=words.lower()) | Q(title__icontains=words))


_BEFORE = (
    Column(key="name", title="Name", sort=("name",)),
    Column(key="type", title="Type", sort=("type",), priority=3),
    Column(key="parent", title="Part of", sort=("parent__name",), priority=2),
)
_AFTER = (
    Column(key="services", title="Services", sort=("services_count",), numeric=True),
    Column(key="people", title="People", sort=("people_count",), numeric=True, priority=2),
)
_FILTERS = (
    Filter(key="q", title="Name", apply=named),
    Filter(
        key="type",
        title="Type",
        apply=lambda teams, value: teams.filter(type=value),
        options=lambda: [(kind, kind.capitalize()) for kind in _types()],
    ),
)
_MOST_OWNED = 100


@require_safe
def team_list(request: HttpRequest) -> HttpResponse:
    """Every team, with what it owns itself."""
    added = AddedColumns("teams")
    listed = list_page(
        request.GET,
        added.annotated(_counted(_visible()), request.GET),
        columns=[*_BEFORE, *added.columns(), *_AFTER],
        filters=_FILTERS,
        default_sort="name",
    )
    added.fill(listed.rows)
    return render_page(request, "catalog/teams.html", {"list": listed}, partials=["teams"])


@require_safe
def team(request: HttpRequest, key: str) -> HttpResponse:
    """What a team and the teams below it own, and how it is doing."""
    person = current(request)
    family = family_of(key)
    if family is None:
        raise Http404
    found = family.team
    found.family_ids = family.ids  # type: ignore[attr-defined]  # for panels, which need them too
    services: Any = Service.objects
    listed = ServiceList(request.GET, services.owned_by(family.ids), has_filters=False)
    context = {
        "team": found,
        "list": listed.page(),
        "children": family.children,
        "below": len(family.ids) - 1,
        "people": Person.objects.filter(memberships__team=found).order_by("name", "key"),
        "origin": origin_of(document_of("group", found.key)),
        "head_panels": load_panels("team", found, person, "head"),
        "main_panels": load_panels("team", found, person, "main"),
        "side_panels": load_panels("team", found, person, "side"),
    }
    return render_page(request, "catalog/team.html", context, partials=["services"])


@require_safe
def person(request: HttpRequest, key: str) -> HttpResponse:
    """Somebody, their teams, and what names them as its owner."""
    found = get_object_or_404(Person, key=key)
    reader = current(request)
    owned = Relation.objects.filter(type="ownedBy", to_kind="user", to_key=found.key)
    names = list(owned.values_list("from_kind", "from_key")[:_MOST_OWNED])
    targets = resolve(names)
    context = {
        "found": found,
        "teams": _visible().filter(memberships__person=found).order_by("name"),
        "owned": sorted(targets.values(), key=lambda target: (target.noun, target.title)),
        "origin": origin_of(document_of("user", found.key)),
        "main_panels": load_panels("person", found, reader, "main"),
        "side_panels": load_panels("person", found, reader, "side"),
    }
    return render_page(request, "catalog/person.html", context)


def _visible() -> QuerySet[Team]:
    return Team.objects.filter(vanished_at=None)


def _types() -> list[str]:
    types = _visible().exclude(type="").order_by("type").values_list("type", flat=True)
    return list(types.distinct())


def _counted(teams: QuerySet[Team]) -> QuerySet[Team]:
    """With how many services a team owns itself and how many people are in it."""
    services = Service.objects.filter(owner=OuterRef("pk"), vanished_at=None)
    people = Membership.objects.filter(team=OuterRef("pk"))
    return teams.select_related("parent").annotate(
        services_count=_count(services, "owner"), people_count=_count(people, "team")
    )


def _count(rows: Any, by: str) -> Any:
    counted = rows.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)
