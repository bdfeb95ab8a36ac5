"""The services of a person's teams, as the table on the desk."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

from portal.accounts.models import Person, Team
from portal.accounts.roles import teams_of
from portal.catalog.models import Service
from portal.lib.columns import Row, annotated, columns, with_cells
from portal.lib.lists import Column, ListPage, list_page

PLACE = "services"
WORST_FIRST = "-failing"
NAME = Column(key="name", title="Service", sort=("key",))
OWNER = Column(key="owner", title="Owner", sort=("owner__name",), priority=2)
TIER = Column(key="tier", title="Tier", sort=("tier",), priority=2)
ON_CALL = Column(key="on_call", title="On call", priority=3)


@dataclass(frozen=True)
class OwnServices:
    """One page of the table, and the teams whose services it shows."""

    teams: Sequence[str]
    page: ListPage[Service]
    rows: list[Row]

    @property
    def title(self) -> str:
        """ "Services of Payments", or of all the teams a person is in."""
        if len(self.teams) == 1:
            return f"Services of {self.teams[0]}"
        return "Services of your teams"


def own_services(person: Person, params: QueryDict) -> OwnServices | None:
    """Services that the person's teams, or teams below them, own; None without a team."""
    owners = teams_of(person)
    if not owners:
        return None
    shared = columns(PLACE)
    is_scored = any(column.key == WORST_FIRST.removeprefix("-") for column in shared)
    default = WORST_FIRST if is_scored else "name"
    services = Service.objects.filter(owner__in=owners, vanished_at=None).select_related("owner")
    listed = list_page(
        params,
        annotated(PLACE, services, params.get("sort", ""), default),
        columns=[NAME, TIER, OWNER, *shared, ON_CALL],
        default_sort=default,
        size=25,
    )
    teams = Team.objects.filter(memberships__person=person)
    return OwnServices(
        teams=[str(team) for team in teams],
        page=listed,
        rows=with_cells(PLACE, list(listed.rows)),
    )
