"""What all workers share about GitHub: answers with their ETag, quotas, pauses.

The client gets it passed in. `portal.jobs.github` keeps it in database rows; `LocalMemory` keeps
it in the process.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list as last answered: its ETag, its rows cut down to what is used."""

    etag: str
    rows: list[Any]
    next_url: str
    seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What GitHub says is left of a limit after a call."""

    limit: int
    remaining: int
    resets_at: datetime
    cost: int


@dataclass(frozen=True, kw_only=True)
class Pause:
    until: datetime
    reason: str


class Memory(Protocol):
    """Every method is atomic by itself. `resource` is "graphql" or "core"."""

    def recall(self, key: str) -> Page | None: ...

    def remember(self, key: str, page: Page) -> None: ...

    def touch(self, key: str, seen_at: datetime) -> None:
        """The page under this key was confirmed unchanged."""
        ...

    def forget(self, prefix: str) -> None:
        """Drop every page whose key starts with `prefix`."""
        ...

    def spend(self, resource: str, spent: Spent, *, job: str) -> None:
        """Note what is left, and add `spent.cost` to the account of the job."""
        ...

    def pause(self, resource: str, pause: Pause) -> None:
        """No worker calls before `pause.until`. A pause that ends later stays."""
        ...

    def paused(self, resource: str, now: datetime) -> Pause | None: ...


@dataclass
class LocalMemory:
    """`Memory` in one process: for commands that stand alone, and for tests."""

    pages: dict[str, Page] = field(default_factory=dict)
    quotas: dict[str, Spent] = field(default_factory=dict)
    costs: dict[tuple[str, str], int] = field(default_factory=dict)
    pauses: dict[str, Pause] = field(default_factory=dict)

    def recall(self, key: str) -> Page | None:
        return self.pages.get(key)

    def remember(self, key: str, page: Page) -> None:
        self.pages[key] = page

    def touch(self, key: str, seen_at: datetime) -> None:
        page = self.pages[key]
        self.pages[key] = Page(
            etag=page.etag, rows=page.rows, next_url=page.next_url, seen_at=seen_at
        )

    def forget(self, prefix: str) -> None:
        for key in [key for key in self.pages if key.startswith(prefix)]:
            del self.pages[key]

    def spend(self, resource: str, spent: Spent, *, job: str) -> None:
        self.quotas[resource] = spent
        self.costs[resource, job] = self.costs.get((resource, job), 0) + spent.cost

    def pause(self, resource: str, pause: Pause) -> None:
        known = self.pauses.get(resource)
        if known is None or known.until < pause.until:
            self.pauses[resource] = pause

    def paused(self, resource: str, now: datetime) -> Pause | None:
        pause = self.pauses.get(resource)
        return pause if pause is not None and pause.until > now else None
