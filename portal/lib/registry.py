"""Registries: how a higher app offers something to a lower one without being imported by it.

Each app fills them in `AppConfig.ready()`. Keys are unique: a second entry under a taken key is
a programming error and stops the start. Entries come back sorted by (`order`, `key`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar


class Entry(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def order(self) -> int: ...


T = TypeVar("T", bound=Entry)


class Registry(Generic[T]):
    """An ordered set of entries under unique keys."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[str, T] = {}

    def add(self, entry: T) -> T:
        if entry.key in self._entries:
            raise ValueError(f"{self.name} has an entry {entry.key!r} already")
        self._entries[entry.key] = entry
        return entry

    def remove(self, key: str) -> None:
        """Take an entry out again (tests use this)."""
        del self._entries[key]

    def get(self, key: str) -> T | None:
        return self._entries.get(key)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[T]:
        return iter(sorted(self._entries.values(), key=lambda entry: (entry.order, entry.key)))

    def __len__(self) -> int:
        return len(self._entries)


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """A line of the left rail. `group` draws the hairlines; `dock` puts it on the phone's bar."""

    key: str
    title: str
    url_name: str
    icon: str
    group: int = 0
    order: int = 0
    dock: bool = False
    count: Callable[[], int] | None = None
    permission: str | None = None


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A part of a service, team, system or person page that another app fills.

    `load(subject, person)` answers the template's context, or None where there is nothing to
    draw: then the page has no panel at all. It may run a constant number of queries.
    """

    key: str
    place: str  # "service", "team", "system", "domain", "api", "resource", "person"
    template: str
    load: Callable[[Any, Any], Mapping[str, object] | None]
    column: str = "main"  # or "side", or "head" (beside the title)
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class ListColumn:
    """A column that another app adds to a list, filled for a whole page of rows at once.

    `load(rows)` answers a value per row's primary key with a constant number of queries;
    `draw(value)` makes of it what stands in a cell, also of the None of a row without one. It is
    called for every row: draw by `format_html`, and once for equal values where they are hashable.
    `sort` names annotations or fields that `annotate` adds to the queryset; without it the column
    can't be sorted. `words` makes of a value what an export says; without it only numbers are
    exported.
    """

    key: str
    place: str  # "services", "teams"
    title: str
    load: Callable[[Sequence[Any]], Mapping[Any, object]]
    draw: Callable[[Any], str]
    words: Callable[[Any], str] | None = None
    annotate: Callable[[Any], Any] | None = None
    sort: tuple[str, ...] = ()
    numeric: bool = False
    priority: int = 1  # 1 always, 2 hidden on phones, 3 hidden below 1180 px
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class ListFilter:
    """A filter that another app adds to a list: `apply(queryset, value)` narrows it."""

    key: str
    place: str
    title: str
    options: Callable[[], Iterable[tuple[str, str]]]
    apply: Callable[[Any, str], Any]
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class Act:
    """A button on a desk item: a link (`method="get"`) or a form (`method="post"`)."""

    title: str
    url: str
    method: str = "get"


@dataclass(frozen=True, kw_only=True)
class DeskItem:
    """One thing that waits for a person."""

    kind: str  # "Checks", "Waiver", "Evaluation" …
    icon: str
    title: str
    url: str
    detail: str = ""
    due_at: datetime | None = None
    due_words: str = ""
    is_late: bool = False
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DeskSource:
    """What waits for a person, from one app, with a constant number of queries."""

    key: str
    load: Callable[[Any, datetime], Iterable[DeskItem]]
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of "changed since yesterday": `lead` is set in bold before `detail`.

    `before` and `after` are level words drawn with an arrow, where the change is one of level;
    `ranks` are the two levels' ranks and how many levels there are.
    """

    at: datetime
    title: str
    url: str
    lead: str = ""
    detail: str = ""
    before: str = ""
    after: str = ""
    ranks: tuple[int, int, int] | None = None
    got_worse: bool = False


@dataclass(frozen=True, kw_only=True)
class ChangeSource:
    """Changes that matter to a person since a moment, newest first, at most `limit`."""

    key: str
    load: Callable[[Any, datetime, int], Iterable[Change]]
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class SearchHit:
    kind: str
    title: str
    url: str
    detail: str = ""
    rank: int = 0  # 0 exact, 1 prefix, 2 within


@dataclass(frozen=True, kw_only=True)
class SearchSource:
    """Finds things by name: `find(words, person, limit)`, one query."""

    key: str
    title: str
    find: Callable[[str, Any, int], Sequence[SearchHit]]
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class AuditSentence:
    """How events of one verb read: a format string over `actor`, `subject`, `before`, `after`."""

    key: str  # the verb, such as "service.refresh_requested"
    sentence: str
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class ReadinessProbe:
    """Answers None when fine, else one sentence."""

    key: str
    check: Callable[[], str | None]
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class StartingContent:
    """Loaded once by `up` and again after an upgrade; safe to run any number of times."""

    key: str
    load: Callable[[], None]
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class SampleContent:
    """One app's share of the sample organisation.

    `load(now, told)` writes rows with `is_sample=True` only and may be run twice; `remove()`
    deletes exactly those, also where there is nothing to load because other apps' sample rows
    bring theirs. Loading goes by ascending order, removal by descending. Where loading
    takes long, `steps` says in how many steps it goes, and `load` calls `told(done, current)`
    after each, outside transactions; whatever `told` raises ends the loading.
    """

    key: str
    remove: Callable[[], None]
    load: Callable[[datetime, Callable[[int, str], None]], None] | None = None
    steps: int = 0
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class LinkTarget:
    """How one kind of thing is named, addressed and permitted in the links table.

    `resolve(keys)` answers (title, address) for those that exist, with one query.
    """

    key: str  # the kind, such as "service", "runbook", "technology"
    title: str
    resolve: Callable[[Iterable[str]], Mapping[str, tuple[str, str]]]
    may_see: Callable[[Any], bool] = lambda person: True
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class FactSpec:
    """A fact that some source can measure: its name, type and how long it stays true."""

    key: str  # "repo.has_readme"; namespace and name, both snake_case
    type: str  # "bool", "int", "float", "string", "list", "map", "timestamp"
    title: str
    unit: str = ""
    sources: tuple[str, ...] = ()
    stale_after: timedelta = timedelta(hours=24)
    help: str = ""
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class OutsideState:
    """A named outside service, for the rail's footer and the operations page."""

    key: str
    title: str
    load: Callable[[], Mapping[str, object]] = field(default=dict)
    order: int = 0


navigation: Registry[NavItem] = Registry("navigation")
panels: Registry[Panel] = Registry("panels")
list_columns: Registry[ListColumn] = Registry("list columns")
list_filters: Registry[ListFilter] = Registry("list filters")
desk_sources: Registry[DeskSource] = Registry("desk sources")
change_sources: Registry[ChangeSource] = Registry("change sources")
search_sources: Registry[SearchSource] = Registry("search sources")
audit_sentences: Registry[AuditSentence] = Registry("audit sentences")
readiness_probes: Registry[ReadinessProbe] = Registry("readiness probes")
starting_content: Registry[StartingContent] = Registry("starting content")
sample_content: Registry[SampleContent] = Registry("sample content")
link_targets: Registry[LinkTarget] = Registry("link targets")
facts: Registry[FactSpec] = Registry("facts")
outside_states: Registry[OutsideState] = Registry("outside states")
