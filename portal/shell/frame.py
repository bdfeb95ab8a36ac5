"""The frame around every page: rail, top bar, banner. Read only where a whole page is drawn."""

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.http import HttpRequest

from portal.accounts.backends import is_beside_sample
from portal.accounts.models import Person, Team
from portal.accounts.roles import Permission, may
from portal.jobs.models import Job
from portal.lib.addresses import address
from portal.lib.cache import kept
from portal.lib.registry import NavItem, navigation, outside_states
from portal.shell.theme import Theme, chosen_theme

COUNTS_FOR = 60  # seconds
OUTSIDE_FOR = 15
HOME = "shell:desk"


@dataclass(frozen=True)
class NavLink:
    """A line of the rail as drawn."""

    title: str
    url: str
    icon: str
    count: int | None
    is_current: bool
    dock: bool


@dataclass(frozen=True)
class OutsideLine:
    """An outside service that doesn't answer: its title, state and words."""

    title: str
    state: str
    words: object


@dataclass(frozen=True)
class OutsideSummary:
    """How many outside services answer, and those that don't."""

    answering: int
    total: int
    lines: list[OutsideLine]


class Frame:
    """Everything the frame draws, each part loaded when first asked for."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def theme(self) -> Theme:
        return chosen_theme(self._request)

    @cached_property
    def person(self) -> Person | None:
        user = getattr(self._request, "user", None)
        return (
            user if isinstance(user, Person) or getattr(user, "is_authenticated", False) else None
        )

    @cached_property
    def groups(self) -> list[list[NavLink]]:
        """The rail's lines, in groups that a hairline separates."""
        if self.person is None:
            return []
        person = self.person
        items = [item for item in navigation if _may_see(person, item)]
        items.sort(key=lambda item: item.group)
        current = self._current(items)
        links = [(item.group, self._link(item, current)) for item in items]
        return [[link for _, link in group] for _, group in groupby(links, lambda pair: pair[0])]

    @cached_property
    def dock(self) -> list[NavLink]:
        """The lines that a phone shows at the bottom; the rest is behind its menu."""
        return [link for group in self.groups for link in group if link.dock][:4]

    @cached_property
    def is_admin(self) -> bool:
        return self.person is not None and bool(may(self.person, Permission.OPERATE))

    @cached_property
    def team(self) -> str:
        """The first team of the person, for the line under the name."""
        titles = [] if self.person is None else team_titles(self.person)
        return titles[0] if titles else ""

    @cached_property
    def outside(self) -> OutsideSummary | None:
        """How the outside services are; None where none is registered or set up."""
        if self.person is None:
            return None
        return kept("shell.outside", OUTSIDE_FOR, _outside_summary)

    @cached_property
    def has_sample(self) -> bool:
        """Whether the sample organisation is loaded; never kept, so that the banner goes at once
        with the data."""
        return self.person is not None and is_beside_sample(self.person)

    @cached_property
    def sample_job(self) -> Job | None:
        """The job that is making the sample organisation just now."""
        return Job.objects.filter(kind="load_sample").active().first()

    @cached_property
    def may_remove_sample(self) -> bool:
        return self.person is not None and bool(may(self.person, Permission.REMOVE_SAMPLE))

    def _current(self, items: list[NavItem]) -> str:
        """The key of the line that the page belongs to: by address first, else by app."""
        path = self._request.path
        match = getattr(self._request, "resolver_match", None)
        best = ""
        length = 0
        for item in items:
            url = address(item.url_name)
            fits = path == url if url == "/" else path.startswith(url)
            if fits and len(url) > length:
                best, length = item.key, len(url)
        if best or match is None:
            return best
        for item in items:
            if item.url_name.partition(":")[0] == match.namespace and item.url_name != HOME:
                return item.key
        return ""

    def _link(self, item: NavItem, current: str) -> NavLink:
        count = None
        if item.count is not None:
            # Under a key of its own while there is sample data: with that, the number goes at once.
            key = f"shell.count.{item.key}.{'sample' if self.has_sample else 'real'}"
            count = kept(key, COUNTS_FOR, item.count)
        return NavLink(
            title=item.title,
            url=address(item.url_name),
            icon=item.icon,
            count=count,
            is_current=item.key == current,
            dock=item.dock,
        )


def team_titles(person: Person) -> list[str]:
    """The teams that a person is in, by name; kept for a minute."""
    return kept(
        f"shell.teams.{person.pk}",
        COUNTS_FOR,
        lambda: [str(team) for team in Team.objects.filter(members=person)],
    )


def _may_see(person: Person, item: NavItem) -> bool:
    return item.permission is None or bool(may(person, Permission(item.permission)))


def _outside_summary() -> OutsideSummary | None:
    lines = []
    answering = 0
    for source in outside_states:
        found: dict[str, Any] = dict(source.load())
        state = str(found.get("state", "never"))
        if state == "off":
            continue
        if state == "ok":
            answering += 1
        lines.append(OutsideLine(source.title, state, found.get("words", "")))
    if not lines:
        return None
    return OutsideSummary(
        answering=answering,
        total=len(lines),
        lines=[line for line in lines if line.state in ("down", "stale")],
    )
