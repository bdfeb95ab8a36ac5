"""A candidate's scores around a circle, as a picture's coordinates. Pure geometry: no markup and
no colours.

Criteria are spokes, clockwise from the top; the score is the distance from the centre, so that a
larger figure is a better candidate. Along each spoke lies the span of what the scorers gave.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin, tau

SIZE = 240.0  # width and height of the picture
RADIUS = 96.0  # of the highest score
_LABEL = 11.0  # from the end of a spoke to the middle of its number

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Score:
    """What the panel gave for a criterion: the median, and the lowest and the highest."""

    median: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Spoke:
    """A criterion's line, from the centre to its number."""

    end: Point
    label: Point
    dot: Point
    span: tuple[Point, Point] | None  # None where everybody gave the same


@dataclass(frozen=True, slots=True)
class Polar:
    rings: tuple[float, ...]  # the radius of each score, the lowest first
    spokes: tuple[Spoke, ...]
    outline: tuple[Point, ...]


def lay_out(scores: Sequence[Score], highest: int = 5) -> Polar:
    """Place the scores, in the order of their criteria; `highest` is what a score can be."""
    step = RADIUS / highest
    angles = [tau * at / len(scores) - pi / 2 for at in range(len(scores))]
    spokes = tuple(_spoke(score, angle, step) for score, angle in zip(scores, angles, strict=True))
    return Polar(
        rings=tuple(round(step * number, 1) for number in range(1, highest + 1)),
        spokes=spokes,
        outline=tuple(spoke.dot for spoke in spokes),
    )


def outline(medians: Sequence[int], highest: int = 5) -> tuple[Point, ...]:
    """The figure of another candidate, to be drawn behind one."""
    return lay_out([Score(median, median, median) for median in medians], highest).outline


def _spoke(score: Score, angle: float, step: float) -> Spoke:
    is_agreed = score.low == score.high
    return Spoke(
        end=_point(angle, RADIUS),
        label=_point(angle, RADIUS + _LABEL),
        dot=_point(angle, step * score.median),
        span=None
        if is_agreed
        else (_point(angle, step * score.low), _point(angle, step * score.high)),
    )


def _point(angle: float, distance: float) -> Point:
    middle = SIZE / 2
    return round(middle + distance * cos(angle), 1), round(middle + distance * sin(angle), 1)
