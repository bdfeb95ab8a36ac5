"""Which blip takes which slot of its segment: who stays in a segment keeps its slot, and a
newcomer takes the free slot that is farthest from the used ones.

Nothing here depends on chance, on the clock or on the order of what is given: the same wish gives
the same answer.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import cos, sin

from radar.geometry import VIEW, Geometry

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
        taken |= kept | _settled(_points(geometry, ring), kept, newcomers)
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


@lru_cache(maxsize=128)
def _points(geometry: Geometry, ring: int) -> tuple[tuple[int, int], ...]:
    """The slots of a segment in whole units, so that distances that look equal are equal."""
    return tuple(
        (round(distance * cos(angle)), round(distance * sin(angle)))
        for distance, angle in geometry.slots(ring)
    )


def _settled(
    points: Sequence[tuple[int, int]], kept: Mapping[str, int], newcomers: Sequence[str]
) -> dict[str, int]:
    """A slot for each newcomer, the farthest first; of several as far, by a hash of the key."""
    if len(kept) + len(newcomers) > len(points):
        raise SegmentIsFullError(
            f"{len(kept) + len(newcomers)} blips do not fit into {len(points)} slots."
        )
    if not newcomers:
        return {}
    free = [FAR] * len(points)
    for slot in kept.values():
        free = _used(free, points, slot)
    settled = {}
    for key in newcomers:
        farthest = max(free)
        ties = [slot for slot, distance in enumerate(free) if distance == farthest]
        slot = ties[0] if len(ties) == 1 else min(ties, key=lambda slot: _hash(key, slot))
        free = _used(free, points, slot)
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
