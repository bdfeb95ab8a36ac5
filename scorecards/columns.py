"""Level, score and open checks as columns and filters of the catalogue's lists.

All columns of a page share one query: the first to load keeps the figures on the rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Avg, FilteredRelation, Q, QuerySet, Sum

from portal.accounts.models import Team
from portal.catalog.models import Service
from portal.lib.registry import ListColumn, ListFilter
from scorecards.cells import Figures, level_cell, number_cell, score_cell, service_score_cell
from scorecards.current import first_scorecard
from scorecards.models import Standing

_KEPT = "shown_figures"  # on the row, for the columns that load after
_RELATION = "first_standing"
_NUMBERS = ("score", "low", "high", "failed", "unknown")


def figures_of(services: Sequence[Service]) -> dict[int, Figures | None]:
    """The figures of each service on the first scorecard."""
    if services and not hasattr(services[0], _KEPT):
        found = _figures(services)
        for service in services:
            setattr(service, _KEPT, found.get(service.pk))
    return {service.pk: getattr(service, _KEPT) for service in services}


def _figures(services: Sequence[Service]) -> dict[int, Figures]:
    scorecard = first_scorecard()
    if scorecard is None:
        return {}
    levels = len(scorecard.levels)
    keys = [service.pk for service in services]
    rows = Standing.objects.filter(service__in=keys, scorecard=scorecard)
    return {
        row["service"]: Figures(
            level=scorecard.level_title(row["level_rank"]),
            rank=row["level_rank"],
            levels=levels,
            is_held=row["held_since"] is not None,
            score=row["score"],
            low=row["low"],
            high=row["high"],
            failed=row["failed"],
            unknown=row["unknown"],
        )
        for row in rows.values("service", "level_rank", "held_since", *_NUMBERS)
    }


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
        found = figures_of(services)
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
        load=figures_of,
        draw=level_cell,
        words=lambda figures: figures.level if figures else "",
        annotate=annotate,
        sort=(f"{_RELATION}__level_rank", f"{_RELATION}__score"),
        order=10,
    ),
    ListColumn(
        key="score",
        place="services",
        title="Score",
        load=figures_of,
        draw=service_score_cell,
        words=lambda figures: figures.score if figures else "",
        annotate=annotate,
        sort=(f"{_RELATION}__score",),
        numeric=True,
        order=11,
    ),
    ListColumn(
        key="failing",
        place="services",
        title="Failing",
        load=_number("failed"),
        draw=number_cell,
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
        load=_number("unknown"),
        draw=number_cell,
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
        load=_team_number("score"),
        draw=score_cell,
        numeric=True,
        order=10,
    ),
    ListColumn(
        key="team-failing",
        place="teams",
        title="Failing",
        load=_team_number("failed"),
        draw=number_cell,
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
