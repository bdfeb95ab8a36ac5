"""Level, score and open checks as columns and filters of the catalogue's lists.

All columns of a page share one query: the first to load keeps the standings on the rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Avg, FilteredRelation, Q, QuerySet, Sum

from portal.accounts.models import Team
from portal.catalog.models import Service
from portal.lib.registry import ListColumn, ListFilter
from scorecards.current import first_scorecard
from scorecards.models import Standing

_KEPT = "shown_standing"  # on the row, where the cells find it
_RELATION = "first_standing"


def standings_of(services: Sequence[Service]) -> dict[int, Standing | None]:
    """The standing of each service on the first scorecard."""
    if services and not hasattr(services[0], _KEPT):
        scorecard = first_scorecard()
        found = {}
        if scorecard is not None:
            for row in Standing.objects.filter(service__in=services, scorecard=scorecard):
                row.scorecard = scorecard
                found[row.service_id] = row
        for service in services:
            setattr(service, _KEPT, found.get(service.pk))
    return {service.pk: getattr(service, _KEPT) for service in services}


def annotate(services: QuerySet[Service]) -> QuerySet[Service]:
    """Join the first scorecard's standing, for sorting."""
    if _RELATION in getattr(services.query, "_filtered_relations", {}):
        return services  # another column has joined it
    scorecard = first_scorecard()
    return services.annotate(
        first_standing=FilteredRelation(
            "standings", condition=Q(standings__scorecard=scorecard.pk if scorecard else 0)
        )
    )


def _number(name: str) -> Callable[[Sequence[Service]], Mapping[Any, object]]:
    def load(services: Sequence[Service]) -> Mapping[Any, object]:
        found = standings_of(services)
        return {pk: getattr(row, name) if row else None for pk, row in found.items()}

    return load


def _team_figures(teams: Sequence[Team]) -> dict[int, dict[str, Any]]:
    """Average score and failing checks of each team's own services, with one query."""
    if teams and not hasattr(teams[0], _KEPT):
        rows = (
            Standing.objects.filter(
                service__owner__in=teams,
                service__vanished_at=None,
                scorecard=first_scorecard(),
            )
            .order_by()
            .values("service__owner")
            .annotate(score=Avg("score"), failed=Sum("failed"))
        )
        found = {row["service__owner"]: {**row} for row in rows}
        for team in teams:
            setattr(team, _KEPT, found.get(team.pk, {}))
    return {team.pk: getattr(team, _KEPT) for team in teams}


def _team_number(name: str) -> Callable[[Sequence[Team]], Mapping[Any, object]]:
    def load(teams: Sequence[Team]) -> Mapping[Any, object]:
        return {pk: row.get(name) for pk, row in _team_figures(teams).items()}

    return load


def _levels() -> Iterable[tuple[str, str]]:
    scorecard = first_scorecard()
    levels = scorecard.levels if scorecard else []
    return [*((level["key"], level["title"]) for level in levels), ("-", "None")]


def _by_level(services: QuerySet[Service], value: str) -> QuerySet[Service]:
    level = "" if value == "-" else value
    standings = Standing.objects.filter(scorecard=first_scorecard(), level=level)
    return services.filter(pk__in=standings.values("service"))


def _by_open_checks(services: QuerySet[Service], value: str) -> QuerySet[Service]:
    conditions = {"failing": Q(failed__gt=0), "unknown": Q(unknown__gt=0), "clean": Q(failed=0)}
    condition = conditions.get(value)
    if condition is None:
        return services.none()
    standings = Standing.objects.filter(condition, scorecard=first_scorecard())
    return services.filter(pk__in=standings.values("service"))


COLUMNS = [
    ListColumn(
        key="level",
        place="services",
        title="Level",
        template="scorecards/cells/level.html",
        load=standings_of,
        words=lambda standing: standing.level_title if standing else "",
        annotate=annotate,
        sort=(f"{_RELATION}__level_rank", f"{_RELATION}__score"),
        order=10,
    ),
    ListColumn(
        key="score",
        place="services",
        title="Score",
        template="scorecards/cells/service_score.html",
        load=_number("score"),
        annotate=annotate,
        sort=(f"{_RELATION}__score",),
        numeric=True,
        order=11,
    ),
    ListColumn(
        key="failing",
        place="services",
        title="Failing",
        template="scorecards/cells/number.html",
        load=_number("failed"),
        annotate=annotate,
        sort=(f"{_RELATION}__failed",),
        numeric=True,
        priority=2,
        order=12,
    ),
    ListColumn(
        key="unknown",
        place="services",
        title="Unknown",
        template="scorecards/cells/number.html",
        load=_number("unknown"),
        annotate=annotate,
        sort=(f"{_RELATION}__unknown",),
        numeric=True,
        priority=3,
        order=13,
    ),
    ListColumn(
        key="team-score",
        place="teams",
        title="Score",
        template="scorecards/cells/score.html",
        load=_team_number("score"),
        numeric=True,
        order=10,
    ),
    ListColumn(
        key="team-failing",
        place="teams",
        title="Failing",
        template="scorecards/cells/number.html",
        load=_team_number("failed"),
        numeric=True,
        priority=2,
        order=11,
    ),
]
FILTERS = [
    ListFilter(
        key="level", place="services", title="Level", options=_levels, apply=_by_level, order=10
    ),
    ListFilter(
        key="checks",
        place="services",
        title="Checks",
        options=lambda: [
            ("failing", "Some fail"),
            ("unknown", "Some unknown"),
            ("clean", "None fails"),
        ],
        apply=_by_open_checks,
        order=11,
    ),
]
