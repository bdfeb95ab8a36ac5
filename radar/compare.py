"""What changed between two states of one radar. Pure functions of snapshots."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from radar.blip import Blip
from radar.movement import MOVED_IN, MOVED_OUT, NEW, UNCHANGED, movement

GONE = "gone"
MOVED_SECTOR = "moved_sector"
KINDS = (NEW, MOVED_IN, MOVED_OUT, MOVED_SECTOR, GONE)


class Ring(Protocol):
    """What a comparison asks of a ring."""

    order: int
    title: str


class State(Protocol):
    """What a comparison asks of a `radar.state.Snapshot`."""

    @property
    def blips(self) -> Sequence[Blip]: ...
    @property
    def rings(self) -> Sequence[Ring]: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One technology that changed: `before` None where it is new, `after` None where it is gone.

    The rings are titles, each as its own side calls it; empty where it was not there.
    """

    kind: str
    name: str
    url: str
    before: Blip | None
    after: Blip | None
    from_ring: str
    to_ring: str


@dataclass(frozen=True)
class Comparison:
    """What is different, each kind in list order; `rows` has them all, in list order as well."""

    rows: tuple[Row, ...]
    unchanged: int

    def of(self, kind: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.kind == kind)

    @property
    def new(self) -> tuple[Row, ...]:
        return self.of(NEW)

    @property
    def gone(self) -> tuple[Row, ...]:
        return self.of(GONE)

    @property
    def moved_in(self) -> tuple[Row, ...]:
        return self.of(MOVED_IN)

    @property
    def moved_out(self) -> tuple[Row, ...]:
        return self.of(MOVED_OUT)

    @property
    def moved_sector(self) -> tuple[Row, ...]:
        """In another sector, in the same ring."""
        return self.of(MOVED_SECTOR)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind, and of those that did not change."""
        return {kind: len(self.of(kind)) for kind in KINDS} | {UNCHANGED: self.unchanged}


def compare(before: State | None, after: State) -> Comparison:
    """What the second state has that the first has not, and the other way round.

    Without a first state everything is new. Something that changed both ring and sector counts as
    moved in or out.
    """
    old = {blip.slug: blip for blip in before.blips} if before is not None else {}
    new = {blip.slug: blip for blip in after.blips}
    titles_before = {ring.order: ring.title for ring in before.rings} if before is not None else {}
    titles_after = {ring.order: ring.title for ring in after.rings}
    rows, unchanged = [], 0
    for slug, blip in new.items():
        was = old.get(slug)
        kind = _kind(was, blip)
        if was is not None and kind == UNCHANGED:
            unchanged += 1
            continue
        from_ring = titles_before[was.ring] if was is not None else ""
        to_ring = titles_after[blip.ring]
        rows.append(Row(kind, blip.name, blip.url, was, blip, from_ring, to_ring))
    for slug, was in old.items():
        if slug not in new:
            rows.append(Row(GONE, was.name, was.url, was, None, titles_before[was.ring], ""))
    return Comparison(tuple(_in_list_order(rows)), unchanged)


def _kind(before: Blip | None, after: Blip) -> str:
    if before is None:
        return NEW
    kind = movement(before.ring, after.ring)
    return MOVED_SECTOR if kind == UNCHANGED and before.sector != after.sector else kind


def _in_list_order(rows: Iterable[Row]) -> list[Row]:
    """By sector, ring and name; what is gone where it was."""

    def where(row: Row) -> tuple[int, int, str]:
        blip = row.after or row.before
        assert blip is not None
        return (blip.sector, blip.ring, row.name.casefold())

    return sorted(rows, key=where)
