"""Which blip takes which slot of its segment: who stays in a segment keeps its slot, and a
newcomer takes the free slot that is farthest from the used ones and from the segment's edges, as
though every blip had a twin mirrored at each edge.

Nothing here depends on chance, on the clock or on the order of what is given: the same wish gives
the same answer.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin

from radar.geometry import STRIP, VIEW, Geometry

FAR = int(2 * VIEW * VIEW)  # farther, squared, than any two slots are


class SegmentIsFullError(ValueError):
    """More blips than slots: the radar has to be laid out anew."""


def assign(
    geometry: Geometry,
    wanted: Mapping[str, tuple[int, int]],
    before: Mapping[str, tuple[int, int, int]],
) -> dict[str, int]:
    """The slot of everything in `wanted` (key to sector and ring), given where it was `before`
    (key to sector, ring and slot). Raises SegmentIsFullError."""
    segments: dict[tuple[int, int], list[str]] = defaultdict(list)
    for key, segment in wanted.items():
        segments[segment].append(key)
    taken: dict[str, int] = {}
    for (sector, ring), keys in segments.items():
        kept = _kept(geometry.capacity(ring), (sector, ring), keys, before)
        newcomers = sorted(key for key in keys if key not in kept)
        taken |= kept | _settled(_lattice(geometry, ring), kept, newcomers)
    return taken


def fits(geometry: Geometry, wanted: Mapping[str, tuple[int, int]]) -> bool:
    """Whether no segment overflows."""
    loads: dict[tuple[int, int], int] = defaultdict(int)
    for segment in wanted.values():
        loads[segment] += 1
    return all(
        sector < geometry.sectors
        and ring < len(geometry.bounds)
        and load <= geometry.capacity(ring)
        for (sector, ring), load in loads.items()
    )


def _kept(
    capacity: int,
    segment: tuple[int, int],
    keys: Sequence[str],
    before: Mapping[str, tuple[int, int, int]],
) -> dict[str, int]:
    """Who was in the segment already, with the slot. Of two that claim one, the first by name."""
    kept: dict[str, int] = {}
    used: set[int] = set()
    for key in sorted(keys):
        *was_in, slot = before.get(key, (-1, -1, -1))
        if tuple(was_in) == segment and slot < capacity and slot not in used:
            kept[key] = slot
            used.add(slot)
    return kept


@dataclass(frozen=True)
class _Lattice:
    """The slots of a segment in whole units, so that distances that look equal are equal.

    `sideways` and `across` are the squares of twice each slot's distance to the sector's edges
    and to the ring's: how far the mirrored twin would be.
    """

    points: tuple[tuple[int, int], ...]
    sideways: tuple[int, ...]
    across: tuple[int, ...]


@lru_cache(maxsize=128)
def _lattice(geometry: Geometry, ring: int) -> _Lattice:
    slots = geometry.slots(ring)
    inner = geometry.bounds[ring - 1] if ring else -FAR  # the centre is an edge of sectors only
    outer = geometry.bounds[ring]
    return _Lattice(
        tuple((round(away * cos(angle)), round(away * sin(angle))) for away, angle in slots),
        tuple(
            _twin(away * sin(min(angle, geometry.wedge - angle, pi / 2)) - STRIP)
            for away, angle in slots
        ),
        tuple(_twin(min(away - inner, outer - away)) for away, _ in slots),
    )


def _twin(edge: float) -> int:
    return round(2 * edge) ** 2


def _settled(
    lattice: _Lattice, kept: Mapping[str, int], newcomers: Sequence[str]
) -> dict[str, int]:
    """A slot for each newcomer, the roomiest first; of several as roomy, by a hash of the key."""
    if len(kept) + len(newcomers) > len(lattice.points):
        raise SegmentIsFullError(
            f"{len(kept) + len(newcomers)} blips do not fit into {len(lattice.points)} slots."
        )
    if not newcomers:
        return {}
    free: list[int] = list(lattice.sideways)
    for slot in kept.values():
        free = _used(free, lattice.points, slot)
    settled = {}
    for key in newcomers:
        room = [
            space if space < edge else edge
            for space, edge in zip(free, lattice.across, strict=True)
        ]
        most = max(room)
        roomy = [slot for slot, space in enumerate(room) if space == most]
        farthest = max(free[slot] for slot in roomy)
        ties = [slot for slot in roomy if free[slot] == farthest]
        slot = ties[0] if len(ties) == 1 else min(ties, key=lambda slot: _hash(key, slot))
        free = _used(free, lattice.points, slot)
        settled[key] = slot
    return settled


def _used(free: Sequence[int], points: Sequence[tuple[int, int]], slot: int) -> list[int]:
    """`free` once a slot is used: the square of each slot's distance to the nearest used one."""
    x, y = points[slot]
    return [
        distance if (distance := (px - x) * (px - x) + (py - y) * (py - y)) < nearest else nearest
        for nearest, (px, py) in zip(free, points, strict=True)
    ]


def _hash(key: str, slot: int) -> bytes:
    return hashlib.sha1(f"{key}|{slot}".encode(), usedforsecurity=False).digest()
