"""Services by checks of one scorecard, worst first: what `/scorecards/` shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Avg, Count, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from portal.accounts.models import Team
from portal.accounts.tree import with_descendants
from portal.lib.lists import Column, Filter, ListPage, list_page
from scorecards.models import Check, Result, Scorecard, Standing
from scorecards.ruleset import keep_until_due

DEFAULT_SORT = "score"
TIERS = [*((str(tier), f"Tier {tier}") for tier in range(1, 5)), ("-", "No tier")]

COLUMNS = [
    Column(key="service", title="Service", sort=("service__key",)),
    Column(key="team", title="Team", sort=("service__owner__name", "score"), priority=3),
    Column(key="score", title="Score", sort=("score",), numeric=True),
    Column(key="level", title="Level", sort=("level_rank", "score")),
]

_SERVICE = ("key", "name", "title")  # of a service and of its owner
_SHOWN = (
    "score",
    "level_rank",
    "held_since",
    "scorecard",
    *(f"service__{name}" for name in _SERVICE),
    *(f"service__owner__{name}" for name in _SERVICE),
)


@dataclass(frozen=True)
class Row:
    """A service with the state of every check, in the order of the columns."""

    standing: Standing
    level: str
    states: list[str]  # "" where the check has no result yet


@dataclass(frozen=True)
class TeamRows:
    """Consecutive rows of one team; `average` and `services` are the team's on this scorecard."""

    team: Team | None
    average: float | None
    services: int
    rows: list[Row]


@dataclass(frozen=True)
class Matrix:
    scorecard: Scorecard
    page: ListPage[Standing]
    checks: list[tuple[int, str, str]]  # number, slug and title
    groups: list[TeamRows]
    is_grouped: bool
    levels: int

    @property
    def span(self) -> int:
        """The columns right of a team's average."""
        return 1 + len(self.checks)


def load_matrix(params: QueryDict, scorecard: Scorecard) -> Matrix:
    """One page of the matrix: at most seven queries, whatever the number of services,
    and one more while a new version of a check waits for its day."""
    is_grouped = params.get("group") == "team"
    standings = Standing.objects.filter(scorecard=scorecard).select_related("service__owner")
    listed = list_page(
        params,
        standings.only(*_SHOWN),
        columns=COLUMNS,
        filters=_filters(scorecard),
        default_sort="team" if is_grouped else DEFAULT_SORT,
    )
    checks = _checks(scorecard)
    states = _states([row.service_id for row in listed.rows], [pk for pk, _, _ in checks])
    rows = [
        Row(
            row,
            scorecard.level_title(row.level_rank),
            [states.get((row.service_id, check), "") for check, _, _ in checks],
        )
        for row in listed.rows
    ]
    groups = _grouped(rows, scorecard) if is_grouped else [TeamRows(None, None, 0, rows)]
    return Matrix(scorecard, listed, checks, groups, is_grouped, len(scorecard.levels))


def _checks(scorecard: Scorecard) -> list[tuple[int, str, str]]:
    active = Check.objects.active().filter(scorecard=scorecard)
    checks = list(active.only("slug", "scorecard", "current__title", "current__effective_from"))
    keep_until_due(checks, timezone.now())
    return [(check.pk, check.slug, check.current.title) for check in checks if check.current]


def _states(services: Sequence[int], checks: Sequence[int]) -> dict[tuple[int, int], str]:
    found = Result.objects.filter(service__in=services, check_row__in=checks)
    return {
        (service, check): state
        for service, check, state in found.values_list("service_id", "check_row_id", "state")
    }


def _grouped(rows: Iterable[Row], scorecard: Scorecard) -> list[TeamRows]:
    """Rows that follow each other under one team, with the team's figures: one query."""
    groups: list[tuple[Team | None, list[Row]]] = []
    for row in rows:
        team = row.standing.service.owner
        if not groups or groups[-1][0] != team:
            groups.append((team, []))
        groups[-1][1].append(row)
    standings = Standing.objects.filter(
        Q(service__owner__in=[team for team, _ in groups if team]) | Q(service__owner=None),
        scorecard=scorecard,
    )
    rows_by_team = standings.order_by().values_list("service__owner")
    figures = {
        team: (average, services)
        for team, average, services in rows_by_team.annotate(
            average=Avg("score"), services=Count("pk")
        )
    }
    nothing = (None, 0)
    return [
        TeamRows(team, *figures.get(team.pk if team else None, nothing), found)
        for team, found in groups
    ]


def _filters(scorecard: Scorecard) -> list[Filter]:
    rows = Team.objects.filter(vanished_at=None).order_by("name")
    teams = list(rows.values_list("pk", "key", "name", "title", "parent_id"))

    def by_team(rows: QuerySet[Standing], value: str) -> QuerySet[Standing]:
        if value == "-":
            return rows.filter(service__owner=None)
        roots = [pk for pk, key, *_ in teams if key == value]
        parents = {pk: parent for pk, *_, parent in teams}
        return rows.filter(service__owner__in=with_descendants(roots, parents))

    levels = [("-", "None"), *((level["key"], level["title"]) for level in scorecard.levels)]
    return [
        Filter(key="q", title="Find services", apply=_by_text),
        Filter(
            key="team",
            title="Team",
            apply=by_team,
            options=lambda: [
                *((key, title or name) for _, key, name, title, _ in teams),
                ("-", "No team"),
            ],
        ),
        Filter(
            key="tier",
            title="Tier",
            apply=_by_tier,
            options=lambda: TIERS,
        ),
        Filter(
            key="level",
            title="Level",
            apply=lambda rows, value: rows.filter(level="" if value == "-" else value),
            options=lambda: levels,
        ),
    ]


def _by_tier(rows: QuerySet[Standing], value: str) -> QuerySet[Standing]:
    if value == "-":
        return rows.filter(service__tier=None)
    return rows.filter(service__tier=int(value)) if value in dict(TIERS) else rows.none()


def _by_text(rows: QuerySet[Standing], value: str) -> QuerySet[Standing]:
    return rows.filter(Q(service__key__icontains=value) | Q(service__title__icontains=value))
