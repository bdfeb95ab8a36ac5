"""Where a radar's blips may stand: a lattice for every segment, laid out once and then kept.

A segment is a ring within a sector. It is filled with rows, arcs around the centre that are at
least a `pitch` apart, and on every row with slots that are at least a `pitch` apart: two slots
can't be closer than that, whatever the load, and no slot is closer than half a pitch to a ring's
edge or to the strips along the sectors' edges, which belong to the rings' titles. Rings are as
wide as what stands in them asks, at one density for all.

Lengths are in units of the picture, which is `VIEW` wide and high; angles are in radians,
clockwise as the y axis points down; the first sector starts at nine o'clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import asin, ceil, cos, floor, pi, sin, tau
from typing import Any

VIEW = 1000.0
STRIP = 10.0  # half the width of the strip along a sector's edge
GROWTH = 3  # a segment has room for a third more than it holds
LEAST_GROWTH = 4

LARGEST_BLIP = 13.5
TARGET_BLIP = 12.0  # at a width of 1,000 px a target of 24 px
SMALLEST_BLIP = 8.0  # below this the whole picture is no longer readable
LARGEST_PITCH = 46.0
AIR = 1.06  # half a pitch over the radius of a blip, at least
REACH = 1.5  # how far a mark may stick out, in radii of a blip

CLOSEUP_BLIP = 15.0
CLOSEUP_RADIUS = 970.0
MARGIN = STRIP  # from a close-up's centre to the edge of the picture

Slot = tuple[float, float]  # distance from the centre, angle from the sector's start


@dataclass(frozen=True)
class Geometry:
    """How a radar is laid out: frozen with an edition, taken over by the next."""

    blip: float  # radius
    bounds: tuple[float, ...]  # outer radius of each ring
    sectors: int
    pitch: float  # two slots are at least this far apart

    @property
    def wedge(self) -> float:
        """The angle of a sector."""
        return tau / self.sectors

    @property
    def reach(self) -> float:
        """A mark that stays within this radius of its slot touches no other."""
        return min(self.pitch / 2, REACH * self.blip)

    @property
    def opens_by_sector(self) -> bool:
        """Blips are so small that a page shows one sector at a time."""
        return self.blip < SMALLEST_BLIP

    def start(self, sector: int) -> float:
        """The angle at which a sector begins."""
        return pi + sector * self.wedge

    def centre(self, sector: int) -> tuple[float, float]:
        return VIEW / 2, VIEW / 2

    def slots(self, ring: int) -> tuple[Slot, ...]:
        """The slots of a ring's segments, row by row from inside."""
        return _slots(self.bounds, self.pitch, self.wedge)[ring]

    def capacity(self, ring: int) -> int:
        return len(self.slots(ring))

    def position(self, sector: int, ring: int, slot: int) -> tuple[float, float]:
        distance, angle = self.slots(ring)[slot]
        x, y = self.centre(sector)
        angle += self.start(sector)
        return x + distance * cos(angle), y + distance * sin(angle)

    def closeup(self) -> Closeup:
        """The same radar seen one sector at a time."""
        return _closeup(self)

    def as_json(self) -> dict[str, object]:
        return {
            "blip": self.blip,
            "bounds": list(self.bounds),
            "sectors": self.sectors,
            "pitch": self.pitch,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Geometry:
        """Raises KeyError where `data` is not what `as_json` wrote."""
        bounds = tuple(float(bound) for bound in data["bounds"])
        return cls(float(data["blip"]), bounds, int(data["sectors"]), float(data["pitch"]))


@dataclass(frozen=True)
class Closeup(Geometry):
    """Each sector as a quarter that fills the picture, in the corner where its middle lies."""

    whole: Geometry

    @property
    def wedge(self) -> float:
        return pi / 2

    @property
    def opens_by_sector(self) -> bool:
        return False

    def quarter(self, sector: int) -> int:
        """0 to 3, clockwise from the top left."""
        return floor((sector + 0.5) * 4 / self.sectors + 1e-9) % 4

    def start(self, sector: int) -> float:
        return pi + self.quarter(sector) * pi / 2

    def centre(self, sector: int) -> tuple[float, float]:
        low, high = MARGIN, VIEW - MARGIN
        return ((high, high), (low, high), (low, low), (high, low))[self.quarter(sector)]

    def position(self, sector: int, ring: int, slot: int) -> tuple[float, float]:
        """Of a slot of the whole picture: its rows are spread over the rows here."""
        spread = slot * self.capacity(ring) // self.whole.capacity(ring)
        return super().position(sector, ring, spread)


def radius_of(sectors: int) -> float:
    """The disc's radius: four sectors have their titles in the corners, others around the disc."""
    return 490.0 if sectors == 4 else 474.0


def lay_out(demand: Sequence[Sequence[int]]) -> Geometry:
    """A geometry in which each segment has room for `demand[sector][ring]` and for growth."""
    most = [max(loads) for loads in zip(*demand, strict=True)]
    needed = [load + max(-(-load // GROWTH), LEAST_GROWTH) for load in most]
    sectors = len(demand)
    wedge, radius = tau / sectors, radius_of(sectors)
    pitch, bounds = _fit(needed, wedge, radius, LARGEST_PITCH, _floors(radius, len(needed)))
    if _blip(pitch, LARGEST_BLIP) < TARGET_BLIP:  # crowded: no ring is wider than it must be
        pitch, bounds = _fit(needed, wedge, radius, LARGEST_PITCH, [0.0] * len(needed))
    return Geometry(_blip(pitch, LARGEST_BLIP), bounds, sectors, pitch)


@lru_cache(maxsize=64)
def _closeup(whole: Geometry) -> Closeup:
    needed = [whole.capacity(ring) for ring in range(len(whole.bounds))]
    floors = _floors(CLOSEUP_RADIUS, len(needed))
    pitch, bounds = _fit(needed, pi / 2, CLOSEUP_RADIUS, 2 * LARGEST_PITCH, floors)
    return Closeup(_blip(pitch, CLOSEUP_BLIP), bounds, whole.sectors, pitch, whole)


def _blip(pitch: float, largest: float) -> float:
    return min(largest, floor(pitch / 2 / AIR * 100) / 100)


def _floors(radius: float, rings: int) -> list[float]:
    """How wide the rings are at least: the centre has to look like one."""
    return [radius * share / rings for share in (1.2, *[0.4] * (rings - 1))]


def _fit(
    needed: Sequence[int], wedge: float, radius: float, largest: float, floors: Sequence[float]
) -> tuple[float, tuple[float, ...]]:
    """The largest pitch, up to `largest`, at which every ring has the slots it needs within
    `radius`, and the rings' bounds, with what is left shared out by width."""
    low, high = 1, int(largest * 100)  # hundredths, so that what is stored is exact
    while low < high:
        middle = (low + high + 1) // 2
        if sum(_widths(needed, middle / 100, wedge, radius, floors)) <= radius * 10:
            low = middle
        else:
            high = middle - 1
    pitch = low / 100
    widths = _widths(needed, pitch, wedge, radius, floors)
    left = int(radius * 10) - sum(widths)
    bounds, taken, total = [], 0, sum(widths)
    for width in widths:
        taken += width
        bounds.append((taken + left * taken // total) / 10)
    return pitch, tuple(bounds)


def _widths(
    needed: Sequence[int], pitch: float, wedge: float, radius: float, floors: Sequence[float]
) -> list[int]:
    """The least width of each ring, in tenths of a unit; at a loss, more than `radius`."""
    widths: list[int] = []
    inner = 0.0
    for wanted, least in zip(needed, floors, strict=True):
        outer, found = max(inner, _first_row(pitch, wedge) - pitch / 2), 0
        while found < wanted and outer <= radius:
            found += _on_row(outer + pitch / 2, pitch, wedge)
            outer += pitch
        widths.append(ceil(max(outer - inner, least) * 10))
        inner += widths[-1] / 10
    return widths


def _first_row(pitch: float, wedge: float) -> float:
    """The distance from the centre at which a sector is wide enough for one slot."""
    return (STRIP + pitch / 2) / sin(min(wedge, pi) / 2)


def _spare(distance: float, pitch: float, wedge: float) -> float:
    """The angle between the first and the last place of a row; negative where there is none."""
    return wedge - 2 * asin(min(1.0, (STRIP + pitch / 2) / distance))


def _on_row(distance: float, pitch: float, wedge: float) -> int:
    """How many slots a row has at this distance from the centre."""
    return max(0, floor(_spare(distance, pitch, wedge) / _step(distance, pitch) + 1e-9) + 1)


def _step(distance: float, pitch: float) -> float:
    """The angle between two places that are a pitch apart."""
    return 2 * asin(min(1.0, pitch / 2 / distance))


@lru_cache(maxsize=128)
def _slots(bounds: tuple[float, ...], pitch: float, wedge: float) -> tuple[tuple[Slot, ...], ...]:
    """Every ring's slots. What is left of a row or of a ring is shared out evenly."""
    found = []
    inner = max(0.0, _first_row(pitch, wedge) - pitch / 2)
    for outer in bounds:
        slots: list[Slot] = []
        rows = floor((outer - inner) / pitch + 1e-9)
        for row in range(rows):
            distance = inner + (row + 0.5) * (outer - inner) / rows
            count = _on_row(distance, pitch, wedge)
            step = _step(distance, pitch)
            spare = _spare(distance, pitch, wedge)
            extra = (spare - (count - 1) * step) / max(count, 1)
            first = (wedge - spare + extra) / 2
            slots.extend((distance, first + place * (step + extra)) for place in range(count))
        found.append(tuple(slots))
        inner = outer
    return tuple(found)
