"""Pictures of scores: a total on its scheme's scale, what the panel gave, and scores around a
circle. Whatever they show stands beside them in words or in a table."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.shell.templatetags.ui import drawn_once
from radar.evaluation_rules import SCORES, Heard, Outcome, Scale
from radar.polar import SIZE, Point, Polar, Score, Spoke, lay_out, outline

register = template.Library()

_WIDTH, _EDGE = 300.0, 4.0  # of the scale
_GAP = 1.0  # on either side of where a band starts
_NEAREST = 18.0  # two numbers below the scale need this much room
_STEP, _LEFT = 19.0, 8.0  # of a spread
_NONE = SafeString("")


@register.simple_tag
def total_scale(scale: Scale, total: int | None) -> SafeString:
    """A total among the scheme's bands; None: the scale without one."""
    ends = [scale.smallest, *(start for start in _starts(scale)), scale.largest]
    reached = None if total is None else scale.verdict(total).start
    bands = format_html_join(
        "",
        '<rect class="{}" x="{}" y="26" width="{}" height="8" rx="1"/>',
        (
            (
                "on" if reached is not None and max(reached, scale.smallest) == start else "",
                f"{_x(scale, start) + _GAP:.1f}",
                f"{max(1.0, _x(scale, end) - _x(scale, start) - 2 * _GAP):.1f}",
            )
            for start, end in pairwise(ends)
        ),
    )
    ticks = format_html_join(
        "",
        '<path class="tick" d="M{0} 37v4"/><text x="{0}" y="53">{1}</text>',
        ((f"{_x(scale, end):.1f}", end) for end in _apart(scale, ends)),
    )
    words = f"Scale from {scale.smallest} to {scale.largest}, verdicts from " + ", ".join(
        str(start) for start in _starts(scale)
    )
    return format_html(
        '<svg class="scale bands" viewBox="0 0 300 56" role="img" aria-label="{}">{}{}{}</svg>',
        words if total is None else f"{total}. {words}",
        bands,
        ticks,
        _NONE if total is None else _pin(_x(scale, total), total),
    )


def _starts(scale: Scale) -> list[int]:
    """Where bands begin above the smallest total, the lowest first."""
    return sorted(band.start for band in scale.bands if band.start > scale.smallest)


def _x(scale: Scale, total: int) -> float:
    share = (total - scale.smallest) / (scale.largest - scale.smallest)
    return _EDGE + (_WIDTH - 2 * _EDGE) * share


def _apart(scale: Scale, ends: Sequence[int]) -> list[int]:
    """Those whose numbers don't run into each other; both ends always are among them."""
    first, *between, last = ends
    found = [first]
    for end in between:
        x = _x(scale, end)
        if x - _x(scale, found[-1]) >= _NEAREST and _x(scale, last) - x >= _NEAREST:
            found.append(end)
    return [*found, last]


def _pin(x: float, total: int) -> SafeString:
    return format_html(
        '<g transform="translate({} 0)"><path class="at" d="M0 22l-5-7h10z"/>'
        '<path class="pin" d="M0 22v15"/><text class="at" x="0" y="11">{}</text></g>',
        f"{x:.1f}",
        total,
    )


@register.simple_tag
def given(heard: Heard) -> SafeString:
    """What the scorers gave for a criterion: each score, the span, and the median filled."""
    return _given(heard.scores, heard.median, heard.is_disputed)


@drawn_once
def _given(scores: tuple[int, ...], median: int, is_far: bool) -> SafeString:
    low, high = _LEFT + _STEP * (min(scores) - 1), _LEFT + _STEP * (max(scores) - 1)
    ones = format_html_join(
        "",
        '<circle class="one" cx="{}" cy="8" r="3.2"/>',
        ((f"{_LEFT + _STEP * (score - 1):g}",) for score in sorted(set(scores))),
    )
    return format_html(
        '<svg class="given" viewBox="0 0 92 16" role="img" aria-label="{}">'
        '<path class="base" d="M{} 8H{}"/><path class="span{}" d="M{} 8H{}"/>{}'
        '<circle class="mid" cx="{}" cy="8" r="4"/></svg>',
        f"from {min(scores)} to {max(scores)}, median {median}",
        f"{_LEFT:g}",
        f"{_LEFT + _STEP * (SCORES[-1] - 1):g}",
        " far" if is_far else "",
        f"{low:g}",
        f"{high:g}",
        ones,
        f"{_LEFT + _STEP * (median - 1):g}",
    )


@register.simple_tag
def polar(outcome: Outcome, name: str, beside: Outcome | None = None) -> SafeString:
    """A candidate's medians around a circle, with the span of the scores on each spoke; `beside`
    is the candidate in question, dashed behind an alternative."""
    laid = lay_out(
        [Score(row.median, min(row.scores), max(row.scores)) for row in outcome.heard], SCORES[-1]
    )
    ghost = _NONE
    if beside is not None:
        medians = [row.median for row in beside.heard]
        ghost = format_html(
            '<polygon class="ghost" points="{}"/>', _points(outline(medians, SCORES[-1]))
        )
    label = f"{name}: " + ", ".join(f"{row.criterion.title} {row.median}" for row in outcome.heard)
    return format_html(
        '<svg class="polar" viewBox="0 0 {0} {0}" role="img" aria-label="{1}">{2}{3}{4}'
        '<polygon class="shape" points="{5}"/>{6}</svg>',
        f"{SIZE:g}",
        label,
        _rings(laid),
        _spokes(laid.spokes),
        ghost,
        _points(laid.outline),
        format_html_join(
            "", '<circle class="dot" cx="{}" cy="{}" r="2.6"/>', (row.dot for row in laid.spokes)
        ),
    )


def _rings(laid: Polar) -> SafeString:
    middle = f"{SIZE / 2:g}"
    return format_html_join(
        "",
        '<circle class="grid{}" cx="{}" cy="{}" r="{}"/>',
        (
            (" out" if radius == laid.rings[-1] else "", middle, middle, radius)
            for radius in laid.rings
        ),
    )


def _spokes(spokes: Iterable[Spoke]) -> SafeString:
    middle = f"{SIZE / 2:g}"
    return format_html_join(
        "",
        '<path class="grid" d="M{0} {0}L{1} {2}"/>{3}<text x="{4}" y="{5}">{6}</text>',
        (
            (middle, *spoke.end, _span(spoke.span), *spoke.label, number)
            for number, spoke in enumerate(spokes, 1)
        ),
    )


def _span(span: tuple[Point, Point] | None) -> SafeString:
    if span is None:
        return _NONE
    (x1, y1), (x2, y2) = span
    return format_html('<path class="span" d="M{} {}L{} {}"/>', x1, y1, x2, y2)


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
