"""Cells of the columns that scorecards add to the catalogue's lists."""

from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.shell.templatetags.ui import drawn_once, level
from scorecards.words import points

_HELD = SafeString(' <small class="t3">held</small>')
_NOT_EVALUATED = SafeString('<span class="dim">not evaluated</span>')
_NO_NUMBER = SafeString('<span class="dim"><span class="vh">not evaluated</span>\N{EN DASH}</span>')
_NO_SCORE = SafeString('<span class="dim"><span class="vh">not measured</span>\N{EN DASH}</span>')


class Figures(NamedTuple):
    """What a service's columns show of its standing."""

    level: str  # its title
    rank: int
    levels: int  # how many there are
    is_held: bool
    score: float | None
    low: float | None
    high: float | None
    failed: int
    unknown: int


def level_cell(figures: Figures | None) -> SafeString:
    if figures is None:
        return _NOT_EVALUATED
    bars = level(figures.level, figures.rank, figures.levels)
    return bars + _HELD if figures.is_held else bars


def service_score_cell(figures: Figures | None) -> SafeString:
    """A score with the range in which it lies once everything is measured."""
    if figures is None or figures.score is None:
        return _NO_SCORE
    score = score_cell(figures.score)
    low, high = points(figures.low), points(figures.high)
    if not figures.unknown or low == high:
        return score
    return format_html(
        '<small class="range" title="Between these, once everything is measured">{}</small> {}',
        f"{low}\N{EN DASH}{high}",
        score,
    )


def score_cell(score: float | None) -> SafeString:
    return _NO_SCORE if score is None else format_html("{}", points(score))


@drawn_once
def number_cell(number: int | None) -> SafeString:
    if number is None:
        return _NO_NUMBER
    return format_html("<span{}>{}</span>", "" if number else SafeString(' class="dim"'), number)
