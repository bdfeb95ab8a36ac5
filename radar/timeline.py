"""A technology's way through the rings of one radar, as a picture's coordinates. Pure geometry:
no markup and no colours.

Time runs from left to right, rings lie as on the radar cut open: the innermost on top.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

WIDTH = 640.0
NAMES = 76.0  # left of the first day: the rings' names
RIGHT = 8.0
ROW = 22.0
AXIS = 20.0  # below the rows: the years
SHORTEST = timedelta(days=90)  # what the whole width stands for at least
_MOST_YEARS = 12
_LEAST_SPAN = 3.0
_ENDS = 72.0  # what the words at either end take


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay in a ring (its order), or in none; `until` None: it is there still."""

    ring: int | None
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Bar:
    ring: int
    x: float
    y: float
    width: float
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Line:
    """Timeline as drawn: a bar a stay, steps between rings, and where the years begin that leave
    room for the first day and today."""

    height: float
    rows: tuple[float, ...]  # the middle of each ring's row
    bars: tuple[Bar, ...]
    steps: tuple[tuple[float, float, float], ...]  # x, from y, to y
    years: tuple[tuple[float, int], ...]
    start: date


def lay_out(stays: Sequence[Stay], rings: int, today: date) -> Line:
    """Place the stays, which go from the oldest on, on a line that ends today."""
    rows = tuple(ROW * (order + 0.5) for order in range(rings))
    start = min((today - SHORTEST, *(stay.since for stay in stays)))
    end = max((today, *(stay.since for stay in stays)))
    days = (end - start).days

    def x(day: date) -> float:
        return round(NAMES + (WIDTH - NAMES - RIGHT) * (day - start).days / days, 1)

    bars = tuple(
        Bar(
            ring=stay.ring,
            x=x(stay.since),
            y=rows[stay.ring],
            width=max(_LEAST_SPAN, round(x(stay.until or today) - x(stay.since), 1)),
            since=stay.since,
            until=stay.until,
        )
        for stay in stays
        if stay.ring is not None
    )
    steps = tuple(
        (after.x, before.y, after.y)
        for before, after in pairwise(bars)
        if before.until == after.since
    )
    return Line(
        height=ROW * rings + AXIS,
        rows=rows,
        bars=bars,
        steps=steps,
        years=_years(start, end, x),
        start=start,
    )


def _years(start: date, end: date, x: Callable[[date], float]) -> tuple[tuple[float, int], ...]:
    years = range(start.year + 1, end.year + 1)
    step = max(1, -(-len(years) // _MOST_YEARS))
    places = ((x(date(year, 1, 1)), year) for year in years[::step])
    return tuple((at, year) for at, year in places if NAMES + _ENDS < at < WIDTH - _ENDS)
