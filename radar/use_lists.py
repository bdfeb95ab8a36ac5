"""Lists of uses: what is on hold and in use, who uses a technology, and a filter of services."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import QueryDict

from portal.accounts.models import Team
from portal.audit.export import cell
from portal.catalog.models import Service
from portal.lib.cache import kept
from portal.lib.lists import Column, Filter, ListPage, list_page, ordering
from portal.lib.registry import ListFilter
from radar.models import Radar, Technology, Use
from radar.use import Held, hold_uses, holds
from radar.use_source import AFTER_MOVE, ON_HOLD
from radar.use_words import more_words, words
from scorecards.models import Result, ResultState

NOBODY = "-"
CSV_ROWS = 100_000
OPTIONS_FOR = 60  # seconds that a technology may be missing from the filter

HOLD_COLUMNS = (
    Column(key="technology", title="Technology", sort=("technology__name_key", "service__key")),
    Column(key="service", title="Service", sort=("service__key",)),
    Column(key="team", title="Team", sort=("service__owner__name", "service__key"), priority=2),
    Column(key="evidence", title="Seen in", priority=3),
    Column(key="since", title="Since", sort=("began_at",), descends_first=True),
)
USE_COLUMNS = (
    Column(key="service", title="Service", sort=("service__key",)),
    Column(key="team", title="Team", sort=("service__owner__name", "service__key"), priority=2),
    Column(key="evidence", title="Seen in"),
    Column(key="seen", title="First seen", sort=("first_seen_at",), priority=2),
)


class HoldList:
    """Present uses of what a radar holds back, as one request asks for them."""

    def __init__(self, radar: Radar, params: QueryDict) -> None:
        self.radar = radar
        self.params = params

    @cached_property
    def holds(self) -> Mapping[int, Held]:
        return holds(self.radar)

    @property
    def uses(self) -> "QuerySet[Use]":
        return hold_uses(self.holds)

    def page(self) -> ListPage[Use]:
        """One page; each row with `moved_on`, `began_after`, `waiver`, `words` and `more`."""
        listed: ListPage[Use] = list_page(
            self.params,
            with_waiver(self.uses),
            columns=HOLD_COLUMNS,
            filters=self.filters,
            default_sort="technology",
        )
        for use in listed.rows:
            self._judge(use)
        return listed

    def csv(self) -> Iterator[str]:
        """All that the filters leave, as lines of CSV."""
        writer = csv.writer(_Line())
        titles = ("Technology", "Service", "Team", "On hold since", "Use began", "Began after")
        yield str(writer.writerow((*titles, "Seen in")))
        rows: Any = self.uses
        for item in self.filters:
            value = self.params.get(item.key, "").strip()[:200]
            rows = item.apply(rows, value) if value else rows
        order = ordering(("technology__name_key", "service__key"), False, Use)
        for use in rows.order_by(*order, "pk")[:CSV_ROWS].iterator(chunk_size=500):
            self._judge(use)
            team = str(use.service.owner) if use.service.owner else ""
            began = use.began_at.date().isoformat() if use.began_at else ""
            after = "yes" if use.began_after else "no"
            values = (use.technology.name, use.service.key, team, use.moved_on, began, after)
            yield str(writer.writerow([cell(value) for value in (*values, use.words)]))

    @cached_property
    def filters(self) -> list[Filter]:
        return [
            Filter(
                key="q",
                title="Find services",
                apply=lambda rows, value: rows.filter(service__key__icontains=value),
            ),
            Filter(
                key="technology",
                title="Technology",
                apply=lambda rows, value: rows.filter(technology__slug=value),
                options=self._technologies,
            ),
            Filter(key="team", title="Team", apply=_of_team, options=self._teams),
            Filter(
                key="began",
                title="Begun",
                apply=self._by_begin,
                options=lambda: [("after", "After the move to hold")],
            ),
        ]

    def _judge(self, use: Any) -> None:
        use.moved_on, moved_at = self.holds[use.technology_id]
        use.began_after = use.began_at is not None and use.began_at > moved_at
        use.words, use.more = words(use.evidence), more_words(use.evidence)

    def _technologies(self) -> Iterable[tuple[str, str]]:
        held = Technology.objects.filter(pk__in=self.holds, used_by__gt=0)
        return held.values_list("slug", "name")

    def _teams(self) -> Iterable[tuple[str, str]]:
        uses = hold_uses(self.holds)
        teams = Team.objects.filter(pk__in=uses.values("service__owner"))
        return [*((team.key, str(team)) for team in teams), (NOBODY, "Nobody")]

    def _by_begin(self, rows: "QuerySet[Use]", value: str) -> "QuerySet[Use]":
        if value != "after":
            return rows
        later = Q(pk__in=())
        for technology_id, held in self.holds.items():
            later |= Q(technology=technology_id, began_at__gt=held.moment)
        return rows.filter(later)


def with_waiver(uses: "QuerySet[Use]") -> "QuerySet[Use]":
    """Each with `waiver` and `waiver_title`: the first check of what is on hold that is waived for
    the service, None where none is."""
    reads = Q(check_row__current__expression__contains=ON_HOLD) | Q(
        check_row__current__expression__contains=AFTER_MOVE
    )
    waived = Result.objects.filter(
        reads,
        service=OuterRef("service"),
        state=ResultState.WAIVED,
        check_row__retired_at=None,
    ).order_by("check_row__slug")
    return uses.annotate(
        waiver=Subquery(waived.values("check_row__slug")[:1]),
        waiver_title=Subquery(waived.values("check_row__current__title")[:1]),
    )


def uses_page(technology: Technology, params: QueryDict) -> ListPage[Use]:
    """Who uses a technology now; each row with `words` and `more`. Two queries."""
    listed: ListPage[Use] = list_page(
        params,
        Use.objects.current().filter(technology=technology).select_related("service__owner"),
        columns=USE_COLUMNS,
        default_sort="team",
    )
    for use in listed.rows:
        row: Any = use
        row.words, row.more = words(use.evidence), more_words(use.evidence)
    return listed


def _of_team(rows: "QuerySet[Use]", value: str) -> "QuerySet[Use]":
    if value == NOBODY:
        return rows.filter(service__owner=None)
    return rows.filter(service__owner__key=value)


def _used() -> list[tuple[str, str]]:
    def find() -> list[tuple[str, str]]:
        return list(Technology.objects.filter(used_by__gt=0).values_list("slug", "name"))

    return kept("radar.used_technologies", OPTIONS_FOR, find)


def _using(services: "QuerySet[Service]", slug: str) -> "QuerySet[Service]":
    uses = Use.objects.filter(technology__slug=slug, gone_at=None)
    return services.filter(pk__in=uses.values("service"))


FILTER = ListFilter(
    key="uses", place="services", title="Uses", options=_used, apply=_using, order=20
)


class _Line:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line
