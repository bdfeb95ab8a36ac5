"""The list of technologies: its columns and filters, shared by the page and its CSV."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.http import QueryDict

from portal.accounts.models import Team
from portal.audit.export import cell
from portal.lib.lists import Column, Filter, ListPage, list_page, ordering
from radar.models import Edition, Placement, Radar, Ring, Technology

DEFAULT_SORT = "name"
NONE = "-"  # the value of a filter that means "none"
CSV_ROWS = 100_000
_CHUNK = 500

COLUMNS = (
    Column(key="name", title="Name", sort=("name_key",)),
    Column(key="where", title="On the radar"),
    Column(key="owner", title="Owner", sort=("owner__name",), priority=2),
    Column(key="tags", title="Tags", priority=3),
    Column(key="used", title="Used by", sort=("used_by",), numeric=True, descends_first=True),
)


class TechnologyList:
    """The list as one request asks for it."""

    def __init__(self, params: QueryDict) -> None:
        self.params = params

    def page(self) -> ListPage[Technology]:
        """One page, each technology with its `places`: placements in what people see now."""
        listed: ListPage[Technology] = list_page(
            self.params,
            Technology.objects.select_related("owner"),
            columns=COLUMNS,
            filters=self.filters,
            default_sort=DEFAULT_SORT,
        )
        places = self._places(listed.rows)
        for row in listed.rows:
            row.places = places.get(row.pk, [])  # type: ignore[attr-defined]
        return listed

    def csv(self) -> Iterator[str]:
        """All technologies that the filters leave, in the order asked for, as lines of CSV."""
        writer = csv.writer(_Line())
        titles = ("Slug", "Name", "Owner", "Tags", "Used by", "On the radar", "Description")
        yield str(writer.writerow(titles))
        rows = self._ordered().iterator(chunk_size=_CHUNK)
        while chunk := list(islice(rows, _CHUNK)):
            places = self._places(chunk)
            for row in chunk:
                where = "; ".join(
                    f"{self._radars[place.edition_id].title}: {place.ring.title}"
                    for place in places.get(row.pk, ())
                )
                owner = str(row.owner) if row.owner else ""
                values = (row.slug, row.name, owner, ", ".join(row.tags), row.used_by, where)
                yield str(writer.writerow([cell(value) for value in (*values, row.description)]))

    @cached_property
    def filters(self) -> list[Filter]:
        return [
            Filter(key="q", title="Find technologies", apply=_named),
            Filter(key="where", title="On", apply=self._placed, options=self._rings),
            Filter(key="owner", title="Owner", apply=_owned, options=_owners),
            Filter(key="tag", title="Tag", apply=_tagged),
        ]

    @cached_property
    def _radars(self) -> dict[int, Radar]:
        """Every radar that shows something, by the id of the edition that people see."""
        usual = Edition.objects.filter(radar=OuterRef("pk")).drafts_last().values("pk")[:1]
        rows = Radar.objects.annotate(usual=Subquery(usual))
        return {row.usual: row for row in rows if row.usual is not None}

    def _places(self, rows: Sequence[Technology]) -> Mapping[int, list[Placement]]:
        found: dict[int, list[Placement]] = defaultdict(list)
        placements = Placement.objects.filter(
            edition__in=list(self._radars), technology__in=[row.pk for row in rows]
        ).select_related("ring")
        order = list(self._radars)
        for place in sorted(placements, key=lambda place: order.index(place.edition_id)):
            place.radar = self._radars[place.edition_id]  # type: ignore[attr-defined]
            found[place.technology_id].append(place)
        return found

    def _rings(self) -> Iterable[tuple[str, str]]:
        """ "radar", "radar/ring" and "none", with one radar's title left out where it is alone."""
        radars = list(self._radars.values())
        rings = Ring.objects.filter(radar__in=radars).order_by("radar__order", "order")
        options = []
        for radar in radars:
            before = f"{radar.title}: " if len(radars) > 1 else ""
            options.append((radar.slug, radar.title))
            options += [
                (f"{radar.slug}/{ring.key}", f"{before}{ring.title}")
                for ring in rings
                if ring.radar_id == radar.pk
            ]
        return [*options, (NONE, "No radar")]

    def _placed(self, rows: QuerySet[Technology], value: str) -> QuerySet[Technology]:
        shown = Placement.objects.filter(edition__in=list(self._radars))
        if value == NONE:
            return rows.exclude(pk__in=shown.values("technology"))
        radar, _, ring = value.partition("/")
        shown = shown.filter(edition__radar__slug=radar)
        if ring:
            shown = shown.filter(ring__key=ring)
        return rows.filter(pk__in=shown.values("technology"))

    def _ordered(self) -> QuerySet[Technology]:
        rows: Any = Technology.objects.select_related("owner")
        for item in self.filters:
            value = self.params.get(item.key, "").strip()[:200]
            if value:
                rows = item.apply(rows, value)
        sort = self.params.get("sort", "") or DEFAULT_SORT
        fields = {column.key: column.sort for column in COLUMNS}.get(sort.removeprefix("-"))
        order = ordering(fields or ("name_key",), sort.startswith("-"), Technology)
        return rows.order_by(*order, "pk")[:CSV_ROWS]  # type: ignore[no-any-return]


class _Line:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _named(rows: QuerySet[Technology], words: str) -> QuerySet[Technology]:
    return rows.filter(Q(name_key__contains=words.casefold()) | Q(description__icontains=words))


def _owned(rows: QuerySet[Technology], value: str) -> QuerySet[Technology]:
    return rows.filter(owner=None) if value == NONE else rows.filter(owner__key=value)


def _owners() -> list[tuple[str, str]]:
    owners = Team.objects.filter(technologies__isnull=False).distinct()
    return [*((team.key, str(team)) for team in owners), (NONE, "Nobody")]


def _tagged(rows: QuerySet[Technology], value: str) -> QuerySet[Technology]:
    """Those that carry exactly this tag. No tag holds a quote: the JSON text is searched."""
    told = rows.annotate(tags_text=Cast("tags", TextField()))
    return told.filter(tags_text__contains=json.dumps(value.lower()))
