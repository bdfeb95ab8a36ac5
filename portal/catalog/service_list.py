"""The list of services: its columns and filters, its own and those that other apps add."""

import csv
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any

from django.db.models import QuerySet, Value
from django.http import QueryDict

from portal.accounts.models import Team
from portal.accounts.tree import with_descendants
from portal.audit.export import cell
from portal.catalog.added_columns import AddedColumns
from portal.catalog.models import Service
from portal.lib.cache import kept
from portal.lib.lists import Column, Filter, ListPage, list_page, ordering
from portal.lib.registry import list_filters

PLACE = "services"
DEFAULT_SORT = "name"
NONE = "-"  # the value of a filter that means "not set"
TIERS = (("1", "1"), ("2", "2"), ("3", "3"), ("4", "4"), (NONE, "Not set"))
CSV_ROWS = 100_000
FACETS_FOR = 60  # seconds that a new lifecycle or type may be missing from its filter
_CHUNK = 500

_BEFORE = (
    Column(key="name", title="Name", sort=("key",)),
    Column(key="owner", title="Owner", sort=("owner__name",)),
)
_AFTER = (
    Column(key="tier", title="Tier", sort=("tier",), numeric=True, priority=2),
    Column(key="lifecycle", title="Lifecycle", sort=("lifecycle",), priority=2),
    Column(key="type", title="Type", sort=("type",), priority=3),
    Column(key="system", title="System", sort=("system__key",), priority=3),
)


class ServiceList:
    """The list as one request asks for it.

    `services` narrows it beforehand and `has_filters` takes the filters away, for the pages of
    teams and systems.
    """

    def __init__(
        self,
        params: QueryDict,
        services: "QuerySet[Service] | None" = None,
        *,
        has_filters: bool = True,
    ) -> None:
        self.params = params
        self._has_filters = has_filters
        self._services = Service.objects.all() if services is None else services
        self._added = AddedColumns(PLACE)

    def page(self) -> ListPage[Service]:
        """One page of services, each with its `cells` of added columns."""
        services: Any = self._services
        listed: ListPage[Service] = list_page(
            self.params,
            self._added.annotated(services.visible().listed(), self.params),
            columns=self.columns,
            filters=self.filters,
            default_sort=DEFAULT_SORT,
        )
        self._added.fill(listed.rows)
        return listed

    def csv(self) -> Iterator[str]:
        """All services that the filters leave, in the order asked for, as lines of CSV."""
        writer = csv.writer(_Line())
        added = [column for column in self._added.all if column.numeric or column.words]
        titles = [column.title for column in (*_BEFORE, *_AFTER)]
        titles += [column.title for column in added]
        yield writer.writerow(["Key", *titles, "Repository", "On call"])
        rows = self._filtered().iterator(chunk_size=_CHUNK)
        while chunk := list(islice(rows, _CHUNK)):
            values = [column.load(chunk) for column in added]
            for service in chunk:
                line = _values(service)
                for column, found in zip(added, values, strict=True):
                    value = found.get(service.pk)
                    line.append(column.words(value) if column.words else value)
                line += [service.repository, service.on_call]
                yield writer.writerow([cell(value) for value in line])

    @property
    def columns(self) -> list[Column]:
        return [*_BEFORE, *self._added.columns(), *_AFTER]

    @property
    def filters(self) -> list[Filter]:
        if not self._has_filters:
            return []
        added = [
            Filter(key=item.key, title=item.title, apply=item.apply, options=item.options)
            for item in list_filters
            if item.place == PLACE
        ]
        return [
            Filter(key="q", title="Name", apply=lambda rows, value: rows.named(value)),
            Filter(key="owner", title="Owner", apply=self._by_owner, options=self._owners),
            Filter(key="tier", title="Tier", apply=_by_tier, options=lambda: TIERS),
            Filter(
                key="lifecycle",
                title="Lifecycle",
                apply=lambda rows, value: rows.filter(lifecycle=_set(value)),
                options=lambda: self._facet("lifecycle"),
            ),
            Filter(
                key="type",
                title="Type",
                apply=lambda rows, value: rows.filter(type=_set(value)),
                options=lambda: self._facet("type"),
            ),
            *added,
            Filter(key="system", title="System", apply=_by_system),
            Filter(key="tag", title="Tag", apply=lambda rows, value: rows.tagged(value)),
        ]

    @cached_property
    def _teams(self) -> list[tuple[int, str, str, str, int | None]]:
        rows = Team.objects.order_by("name", "key")
        return list(rows.values_list("pk", "key", "name", "title", "parent_id"))

    def _owners(self) -> Iterable[tuple[str, str]]:
        named = [(key, title or name) for _, key, name, title, _ in self._teams]
        return [*sorted(named, key=lambda team: team[1].lower()), (NONE, "Nobody")]

    def _by_owner(self, rows: Any, value: str) -> Any:
        if value == NONE:
            return rows.filter(owner=None)
        roots = [pk for pk, key, *_ in self._teams if key == value.lower()]
        parents = {pk: parent for pk, *_, parent in self._teams}
        return rows.owned_by(with_descendants(roots, parents))

    @cached_property
    def _facets(self) -> list[tuple[str, str]]:
        return kept("catalog.facets", FACETS_FOR, _facets)

    def _facet(self, name: str) -> Iterable[tuple[str, str]]:
        values = [value for facet, value in self._facets if facet == name]
        return [(value or NONE, value.capitalize() or "Not set") for value in values]

    def _filtered(self) -> QuerySet[Service]:
        services: Any = self._services
        services = self._added.annotated(services.visible().listed(), self.params)
        for item in self.filters:
            value = self.params.get(item.key, "").strip()[:200]
            if value:
                services = item.apply(services, value)
        sort = self.params.get("sort", "") or DEFAULT_SORT
        fields = {column.key: column.sort for column in self.columns}.get(sort.removeprefix("-"))
        order = ordering(fields or ("key",), sort.startswith("-"), Service)
        return services.order_by(*order, "pk")[:CSV_ROWS]  # type: ignore[no-any-return]


def _facets() -> list[tuple[str, str]]:
    """The lifecycles and types that occur, with one query."""
    services = Service.objects.visible().order_by()
    lifecycles, types = (
        services.annotate(facet=Value(name)).values_list("facet", name).distinct()
        for name in ("lifecycle", "type")
    )
    return sorted(lifecycles.union(types))


class _Line:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _values(service: Service) -> list[object]:
    return [
        service.key,
        str(service),
        str(service.owner) if service.owner else service.owner_ref,
        service.tier,
        service.lifecycle,
        service.type,
        str(service.system) if service.system else "",
    ]


def _set(value: str) -> str:
    return "" if value == NONE else value


def _by_tier(rows: Any, value: str) -> Any:
    if value == NONE:
        return rows.filter(tier=None)
    return rows.filter(tier=int(value)) if value in {"1", "2", "3", "4"} else rows.none()


def _by_system(rows: Any, value: str) -> Any:
    """By a system's key, or by a part of its name."""
    exact = rows.filter(system__key=value.lower())
    return exact if exact.exists() else rows.filter(system__key__contains=value.lower())
