"""What the desk shows of scorecards: checks to fix, and levels that moved."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from portal.accounts.models import Person
from portal.accounts.roles import teams_of
from portal.lib.registry import Act, Change, DeskItem
from scorecards.models import Cause, ResultEvent, ResultState, Standing
from scorecards.teams import failing_most

CHECKS_SHOWN = 3
NAMED = 2  # checks in a sentence


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
            due_words=f"about {row.minutes} min each" if row.minutes else "",
            acts=(Act(title="See services", url=url),),
        )


def level_changes(person: Person, since: datetime, limit: int) -> Iterable[Change]:
    """Levels that moved since a moment, of the services of a person's teams; of all services for
    somebody without a team. Two queries."""
    moved = Standing.objects.filter(
        level_changed_at__gte=since, scorecard__retired_at=None, service__vanished_at=None
    )
    teams = teams_of(person)
    if teams:
        moved = moved.filter(service__owner__in=teams)
    standings = list(
        moved.select_related("service", "scorecard").order_by("-level_changed_at", "pk")[:limit]
    )
    details = _what_moved(standings)
    for standing in standings:
        scorecard = standing.scorecard
        assert standing.level_changed_at is not None
        yield Change(
            at=standing.level_changed_at,
            title=str(standing.service),
            url=reverse(
                "scorecards:service_scorecard", args=[standing.service.key, scorecard.slug]
            ),
            lead=Cause(standing.level_cause).label if standing.level_cause else "",
            detail=details.get(standing.pk, scorecard.title),
            before=scorecard.level_title(standing.previous_rank),
            after=scorecard.level_title(standing.level_rank),
            ranks=(standing.previous_rank, standing.level_rank, len(scorecard.levels)),
            got_worse=standing.level_rank < standing.previous_rank,
        )


def _what_moved(standings: list[Standing]) -> dict[int, str]:
    """A sentence for each standing on the checks that moved it, with one query."""
    if not standings:
        return {}
    wanted = Q()
    for standing in standings:
        wanted |= Q(
            service=standing.service_id,
            at=standing.level_changed_at,
            check_row__scorecard=standing.scorecard_id,
        )
    events: dict[tuple[int, int], list[ResultEvent]] = {}
    for event in ResultEvent.objects.filter(wanted).select_related("check_row__current"):
        key = (event.service_id, event.check_row.scorecard_id)
        events.setdefault(key, []).append(event)
    return {
        standing.pk: _sentence(
            events.get((standing.service_id, standing.scorecard_id), []),
            standing.level_rank < standing.previous_rank,
            standing.scorecard.title,
        )
        for standing in standings
    }


def _sentence(events: list[ResultEvent], got_worse: bool, fallback: str) -> str:
    """ "Owner on record fails now." in the direction that the level went."""
    state = ResultState.FAIL if got_worse else ResultState.PASS
    titles = [
        event.check_row.current.title
        for event in events
        if event.state == state and event.check_row.current
    ]
    if not titles:
        return f"{fallback}."
    named = ", ".join(titles[:NAMED])
    more = f" and {len(titles) - NAMED} more" if len(titles) > NAMED else ""
    verb = "fail" if len(titles) > 1 else "fails"
    passes = "pass" if len(titles) > 1 else "passes"
    return f"{named}{more} {verb if got_worse else passes} now."
