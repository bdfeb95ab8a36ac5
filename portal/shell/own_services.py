"""The services of a person's teams, as the table on the desk."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

from portal.accounts.models import Person
from portal.accounts.roles import teams_of
from portal.catalog.added_columns import AddedColumns
from portal.catalog.models import Service
from portal.lib.lists import Column, ListPage, list_page
from portal.shell.frame import team_titles

ROWS = 10  # the worst ones; the others are a page away
WORST_FIRST = "-failing"  # by a column that scorecards add
BY_NAME = "name"
_BEFORE = (
    Column(key="name", title="Service", sort=("key",)),
    Column(key="tier", title="Tier", sort=("tier",), priority=2),
    Column(key="owner", title="Owner", sort=("owner__name",), priority=2),
)
_AFTER = (Column(key="on_call", title="On call", priority=3),)
_NAMES = ("key", "name", "title")
_SHOWN = (*_NAMES, "tier", "on_call", *(f"owner__{name}" for name in _NAMES))


@dataclass(frozen=True)
class OwnServices:
    """One page of the table, and the teams that the person is in."""

    teams: Sequence[str]
    page: ListPage[Service]

    @property
    def title(self) -> str:
        """ "Services of Payments", or of all the teams a person is in."""
        if len(self.teams) == 1:
            return f"Services of {self.teams[0]}"
        return "Services of your teams"


def own_services(person: Person, params: QueryDict) -> OwnServices | None:
    """Services that the person's teams, or teams below them, own, worst first; None without a
    team."""
    owners = teams_of(person)
    if not owners:
        return None
    added = AddedColumns("services")
    columns = [*_BEFORE, *added.columns(), *_AFTER]
    sortable = {column.key for column in columns if column.sort}
    default = WORST_FIRST if WORST_FIRST.removeprefix("-") in sortable else BY_NAME
    asked = params.copy()
    if params.get("sort", "").removeprefix("-") not in sortable:
        asked["sort"] = default
    services = Service.objects.filter(owner__in=owners, vanished_at=None)
    services = services.select_related("owner").only(*_SHOWN)
    page = list_page(
        asked,
        added.annotated(services, asked),
        columns=columns,
        default_sort=default,
        usual_size=ROWS,
    )
    added.fill(page.rows)
    return OwnServices(team_titles(person), page)
