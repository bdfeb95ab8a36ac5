"""What the desk shows of scorecards: checks to fix, and levels that moved."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from portal.accounts.models import Person
from portal.accounts.roles import teams_of
from portal.lib.registry import Act, Change, DeskItem
from scorecards.models import Cause, Standing
from scorecards.teams import failing_most
from scorecards.words import effort

CHECKS_SHOWN = 3


def checks_to_fix(person: Person, now: datetime) -> Iterable[DeskItem]:
    """The checks that cost the services of a person's teams most, with one query."""
    teams = teams_of(person)
    if not teams:
        return
    for row in failing_most(teams, CHECKS_SHOWN):
        others = row.services - 1
        detail = f"Fails on {row.first}" + (f" and {others} more" if others else "")
        url = reverse("scorecards:check", args=[row.slug])
        yield DeskItem(
            kind="Checks",
            icon="scorecards",
            title=row.title,
            url=url,
            detail=f"{detail}. {row.fix}",
            due_words=f"about {effort(row.minutes)} each" if row.minutes else "",
            acts=(Act(title="See services", url=url),),
        )


def level_changes(person: Person, since: datetime, limit: int) -> Iterable[Change]:
    """Levels that moved since a moment, of the services of a person's teams; of all services for
    somebody without a team. One query."""
    moved = Standing.objects.filter(
        level_changed_at__gte=since, scorecard__retired_at=None, service__vanished_at=None
    )
    teams = teams_of(person)
    if teams:
        moved = moved.filter(service__owner__in=teams)
    rows = moved.select_related("service", "scorecard").order_by("-level_changed_at", "pk")
    for standing in rows[:limit]:
        scorecard = standing.scorecard
        assert standing.level_changed_at is not None
        yield Change(
            at=standing.level_changed_at,
            title=str(standing.service),
            url=reverse(
                "scorecards:service_scorecard", args=[standing.service.key, scorecard.slug]
            ),
            lead=Cause(standing.level_cause).label if standing.level_cause else "",
            detail=f"{scorecard.title}: {standing.level_reason}"
            if standing.level_reason
            else f"{scorecard.title}.",
            before=scorecard.level_title(standing.previous_rank),
            after=scorecard.level_title(standing.level_rank),
            ranks=(standing.previous_rank, standing.level_rank, len(scorecard.levels)),
            got_worse=standing.level_rank < standing.previous_rank,
        )
