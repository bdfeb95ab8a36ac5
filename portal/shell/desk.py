"""The desk: what waits for a person and what changed, gathered from the registries."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import QueryDict

from portal.accounts.models import Person
from portal.lib.lists import query_string
from portal.lib.registry import Change, DeskItem, change_sources, desk_sources

CHANGES_SHOWN = 8
ITEMS_SHOWN = 25


@dataclass(frozen=True)
class Tab:
    """One kind of waiting thing, with its number."""

    title: str
    href: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class Queue:
    """What waits for a person, most urgent first, narrowed to one kind."""

    items: Sequence[DeskItem]
    total: int
    tabs: Sequence[Tab]
    hidden: int


def waiting(person: Person, now: datetime, params: QueryDict) -> Queue:
    """Everything that waits: late first, then by what is due first, undated things last."""
    items = [item for source in desk_sources for item in source.load(person, now)]
    items.sort(key=lambda item: (not item.is_late, item.due_at is None, item.due_at or now))
    counts = Counter(item.kind for item in items)
    kind = params.get("kind", "")
    kind = kind if kind in counts else ""
    shown = [item for item in items if not kind or item.kind == kind]
    tabs = [Tab("All", query_string(params, kind=""), len(items), not kind)]
    tabs += [
        Tab(name, query_string(params, kind=name), count, name == kind)
        for name, count in counts.items()
    ]
    return Queue(
        items=shown[:ITEMS_SHOWN],
        total=len(items),
        tabs=tabs,
        hidden=max(0, len(shown) - ITEMS_SHOWN),
    )


def changed(person: Person, now: datetime) -> list[Change]:
    """The newest changes of the last day that matter to a person."""
    since = now - timedelta(days=1)
    found = [
        change for source in change_sources for change in source.load(person, since, CHANGES_SHOWN)
    ]
    found.sort(key=lambda change: change.at, reverse=True)
    return found[:CHANGES_SHOWN]
