"""Small pictures as SVG paths: pure geometry, no markup and no colours.

All numbers are in the units of the picture's view box and rounded to a tenth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

Place = tuple[float, float]
STEPS = [figure * 10**power for power in range(-2, 10) for figure in (1, 2, 5)]


@dataclass(frozen=True)
class Spark:
    """A line without axes: solid pieces, dotted bridges over gaps, and its last point."""

    path: str
    gaps: str
    last: Place | None


@dataclass(frozen=True)
class Point:
    """A measured point of a trend; `note` marks it as an event."""

    at: datetime
    value: float | None
    note: str = ""
    kind: str = ""  # "rule" is drawn as a diamond, "list" as a square, others as a circle


@dataclass(frozen=True)
class Trend:
    """A line over time with three grid lines, and marks where something is noted."""

    path: str
    gaps: str
    grid: list[tuple[float, str]]  # height and label
    marks: list[tuple[float, float, str, str]]  # x, y, kind, note
    last: Place | None


def spark(values: Sequence[float | None], width: float = 76, height: float = 20) -> Spark:
    """A trend in words' size. The span is at least 8 % of the largest value, so that noise on a
    steady line doesn't look like an event."""
    known = [value for value in values if value is not None]
    if not known:
        return Spark("", "", None)
    low, high = min(known), max(known)
    span = max(high - low, 0.08 * max(abs(low), abs(high))) or 1.0
    step = (width - 5) / max(1, len(values) - 1)
    places = [
        None
        if value is None
        else (round(2 + index * step, 1), round(3 + (high - value) / span * (height - 6), 1))
        for index, value in enumerate(values)
    ]
    path, gaps, last = _pieces(places)
    return Spark(path, gaps, last)


def trend(points: Sequence[Point], width: float = 260, height: float = 64) -> Trend:
    """A line over time whose three grid lines carry round numbers."""
    known = [point.value for point in points if point.value is not None]
    if not known:
        return Trend("", "", [], [], None)
    low, middle, high = _grid(known)
    right, top, bottom = width - 34, 6.0, height - 8
    start, end = points[0].at, points[-1].at
    seconds = max((end - start).total_seconds(), 1.0)

    def place(point: Point) -> Place | None:
        if point.value is None:
            return None
        x = (point.at - start).total_seconds() / seconds * (right - 4) + 2
        y = bottom - (point.value - low) / (high - low) * (bottom - top)
        return round(x, 1), round(y, 1)

    places = [place(point) for point in points]
    path, gaps, last = _pieces(places)
    return Trend(
        path=path,
        gaps=gaps,
        grid=[(bottom, _number(low)), ((top + bottom) / 2, _number(middle)), (top, _number(high))],
        marks=[
            (*at, point.kind, point.note)
            for at, point in zip(places, points, strict=True)
            if point.note and at is not None
        ],
        last=last,
    )


def cells(count: int, per_row: int = 20) -> list[Place]:
    """The corners of `count` cells of 13 by 10, in rows."""
    return [(15.0 * (index % per_row), 12.0 * (index // per_row)) for index in range(count)]


def hatching(x: float, y: float, width: float = 13, height: float = 10, gap: int = 4) -> str:
    """Diagonals that fill a cell, so that a failure differs from a pass without its colour."""
    lines = []
    for offset in range(gap - 1, int(width + height), gap):
        from_x, from_y = min(offset, width), max(0.0, offset - width)
        to_x, to_y = max(0.0, offset - height), min(offset, height)
        lines.append(f"M{_n(x + from_x)} {_n(y + from_y)}L{_n(x + to_x)} {_n(y + to_y)}")
    return "".join(lines)


def _grid(values: Sequence[float]) -> tuple[float, float, float]:
    """Three round numbers around the values, no finer than 4 % of the largest.

    Where the values leave room, it is below them: a steady 100 has 90, 95 and 100.
    """
    low, high = min(values), max(values)
    finest = 0.04 * max(abs(low), abs(high)) or 0.5
    step = next(
        (step for step in STEPS if step >= finest and low // step * step + 2 * step >= high),
        high - low or 1.0,
    )
    base = low // step * step
    while high <= base + step and (base >= step or low < 0):
        base -= step
    return base, base + step, base + 2 * step


def _pieces(places: Sequence[Place | None]) -> tuple[str, str, Place | None]:
    """The line in solid pieces, the bridges over its gaps, and its last point."""
    pieces: list[list[Place]] = [[]]
    for place in places:
        if place is not None:
            pieces[-1].append(place)
        elif pieces[-1]:
            pieces.append([])
    pieces = [piece for piece in pieces if piece]
    if not pieces:
        return "", "", None
    bridges = [[before[-1], after[0]] for before, after in pairwise(pieces)]
    return _path(pieces), _path(bridges), pieces[-1][-1]


def _path(pieces: Sequence[Sequence[Place]]) -> str:
    parts = []
    for piece in pieces:
        parts.append("M" + " ".join(f"{_n(x)} {_n(y)}" for x, y in piece))
        if len(piece) == 1:
            parts.append("h.1")
    return "".join(parts)


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _number(number: float) -> str:
    return f"{round(number, 9):,.10g}".replace(",", "\u202f")
