"""How a team stands: its own services and those of the teams below it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Min, QuerySet, Sum

from portal.accounts.models import Team
from portal.accounts.tree import with_descendants
from scorecards.current import active_scorecards
from scorecards.models import Result, ResultState, Scorecard, Standing

MOST = 5


@dataclass
class TeamCard:
    """A scorecard over a team's services; `score` is their average."""

    scorecard: Scorecard
    services: int = 0
    score: float | None = None
    unknown: int = 0
    failing: int = 0
    by_rank: dict[int, int] = field(default_factory=dict)

    @property
    def rungs(self) -> list[tuple[str, int, int]]:
        """Title, rank and number of services of every level, the highest first; then none."""
        ranks = range(len(self.scorecard.levels), -1, -1)
        return [
            (self.scorecard.level_title(rank), rank, self.by_rank.get(rank, 0)) for rank in ranks
        ]

    @property
    def levels(self) -> int:
        return len(self.scorecard.levels)


@dataclass(frozen=True, kw_only=True)
class FailingCheck:
    """A check that services of some teams fail; `first` names one of them."""

    slug: str
    title: str
    services: int
    first: str
    fix: str
    minutes: int | None


@dataclass
class TeamStanding:
    cards: list[TeamCard]
    failing: list[FailingCheck]


def family(team_ids: Collection[int]) -> frozenset[int]:
    """Teams and every team below them, with one query."""
    return with_descendants(team_ids, dict(Team.objects.values_list("pk", "parent_id")))


def team_standing(teams: Collection[int]) -> TeamStanding:
    """The scorecards of some teams together, and what fails most there: three queries."""
    standings = Standing.objects.filter(service__owner__in=teams, service__vanished_at=None)
    cards = summarise(standings)
    return TeamStanding(cards=cards, failing=failing_most(teams) if cards else [])


def summarise(standings: QuerySet[Standing]) -> list[TeamCard]:
    """Averages and numbers by level over standings, a card for each scorecard that has some:
    one query beside the scorecards themselves."""
    rows = (
        standings.order_by()
        .values("scorecard_id", "level_rank")
        .annotate(
            services=Count("pk"),
            scored=Count("score"),
            total=Sum("score"),
            unknown=Sum("unknown"),
            failing=Sum("failed"),
        )
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["scorecard_id"], []).append({**row})
    cards = []
    for scorecard in active_scorecards():
        rows_of = found.get(scorecard.pk)
        if not rows_of:
            continue
        scored = sum(row["scored"] for row in rows_of)
        cards.append(
            TeamCard(
                scorecard=scorecard,
                services=sum(row["services"] for row in rows_of),
                score=sum(row["total"] or 0 for row in rows_of) / scored if scored else None,
                unknown=sum(row["unknown"] for row in rows_of),
                failing=sum(row["failing"] for row in rows_of),
                by_rank={row["level_rank"]: row["services"] for row in rows_of},
            )
        )
    return cards


def failing_most(teams: Collection[int], limit: int = MOST) -> list[FailingCheck]:
    """The checks that cost a group of teams most: failing services times weight, one query."""
    rows = (
        Result.objects.filter(
            state=ResultState.FAIL,
            service__owner__in=teams,
            service__vanished_at=None,
            check_row__retired_at=None,
            check_row__scorecard__retired_at=None,
            check_row__versions__number=F("version"),  # what the check said when it failed
        )
        .order_by()
        .values(
            "check_row__slug",
            title=F("check_row__versions__title"),
            fix=F("check_row__versions__fix"),
            minutes=F("check_row__versions__fix_minutes"),
            weight=F("check_row__versions__weight"),
        )
        .annotate(services=Count("pk"), first=Min("service__name"))
        .annotate(cost=F("services") * F("weight"))
        .order_by("-cost", "check_row__slug")[:limit]
    )
    return [
        FailingCheck(
            slug=row["check_row__slug"],
            title=row["title"],
            services=row["services"],
            first=row["first"],
            fix=row["fix"],
            minutes=row["minutes"],
        )
        for row in rows
    ]
