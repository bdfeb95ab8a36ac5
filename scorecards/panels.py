"""What the pages of services and teams show of scorecards."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from portal.accounts.models import Person, Team
from portal.accounts.roles import Permission, may
from portal.catalog.models import Service
from portal.lib.registry import Panel
from scorecards.cards import load_cards, snapshots_of
from scorecards.freshness import lines_for
from scorecards.refresh import last_refresh
from scorecards.teams import family, team_standing


def refresh_panel(service: Service, person: Person) -> Mapping[str, object]:
    """The button, or the progress of the refresh that runs."""
    job = last_refresh(service)
    return {
        "may_refresh": service.vanished_at is None and may(person, Permission.REFRESH, service),
        "job": job if job is not None and not job.is_over else None,
    }


def sources_panel(service: Service, person: Person) -> Mapping[str, object] | None:
    lines = lines_for(service, snapshots_of(service), timezone.now())
    return {"lines": lines} if lines else None


def scorecards_panel(service: Service, person: Person) -> Mapping[str, object]:
    return {"cards": load_cards(service, timezone.now())}


def team_panel(team: Team, person: Person) -> Mapping[str, Any] | None:
    known = getattr(team, "family_ids", None)  # its page has walked the tree already
    standing = team_standing(known or family([team.pk]))
    return {"standing": standing} if standing.cards else None


PANELS = [
    Panel(
        key="scorecards-refresh",
        place="service",
        column="head",
        template="scorecards/panels/refresh.html",
        load=refresh_panel,
    ),
    Panel(
        key="scorecards-sources",
        place="service",
        template="scorecards/panels/sources.html",
        load=sources_panel,
        order=-20,
    ),
    Panel(
        key="scorecards",
        place="service",
        template="scorecards/panels/cards.html",
        load=scorecards_panel,
        order=-10,
    ),
    Panel(
        key="scorecards-team",
        place="team",
        template="scorecards/panels/team.html",
        load=team_panel,
        order=-10,
    ),
]
