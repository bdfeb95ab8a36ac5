"""Small signs of scorecards: the cells of the matrix, the scale of a score with its range."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.lib.addresses import address_of
from portal.shell.templatetags.ui import ago, bar, cells, drawn_once, level, sign
from scorecards.cards import STATE_TITLES, Card, Rung, address_on
from scorecards.fact_lines import FactLine
from scorecards.matrix import Matrix, Row
from scorecards.models import Standing
from scorecards.words import effort, points, web_address

register = template.Library()
register.filter(effort)
register.filter(points)
register.filter(web_address)

_WIDTH = 200
_NOT_YET = "Not evaluated yet"
_NOT_MEASURED = SafeString('<td class="r z"><span class="vh">not measured</span>\N{EN DASH}</td>')
_HELD = SafeString(' <small class="t3">held</small>')


@register.simple_tag
@drawn_once
def matrix_heading(slug: str, title: str) -> SafeString:
    """The heading of a check's column, which leads to the check."""
    return format_html(
        '<th scope="col" class="v"><a href="{}">{}</a></th>',
        address_of("scorecards:check", slug),
        title,
    )


@register.simple_tag
def matrix_row(row: Row, matrix: Matrix) -> SafeString:
    """A service of the matrix: its name, owner, score and level, then a cell for each check."""
    standing, service = row.standing, row.standing.service
    return format_html(
        '<tr><th scope="row" class="name{}"><a href="{}">{}</a></th><td class="p3 dim">{}</td>'
        '{}<td class="nw">{}{}</td>{}</tr>',
        " sub" if matrix.is_grouped else "",
        address_on(service, matrix.scorecard.slug),
        service,
        service.owner or "",
        format_html('<td class="r">{}</td>', points(standing.score))
        if standing.score is not None
        else _NOT_MEASURED,
        level(row.level, standing.level_rank, matrix.levels),
        _HELD if standing.held_since else "",
        SafeString("".join(_CELLS[state] for state in row.states)),  # each of them is safe
    )


@register.simple_tag
def ladder(card: Card) -> SafeString:
    """The levels of a scorecard, the highest first, each with the states of its checks."""
    return _ladder(tuple(card.ladder), card.levels)


@drawn_once
def _ladder(rungs: tuple[Rung, ...], levels: int) -> SafeString:
    return format_html(
        '<div class="ladder" role="group" aria-label="Checks by level">{}</div>',
        format_html_join(
            "\n",
            "{}{}<small>{}</small>",
            ((_rung_title(rung, levels), cells(rung.states), rung.words) for rung in rungs),
        ),
    )


def _rung_title(rung: Rung, levels: int) -> SafeString:
    title = level(rung.title, rung.rank, levels)
    return format_html("<b>{}</b>", title) if rung.is_held else title


@register.simple_tag
def fact(found: FactLine, reason: str) -> SafeString:
    """A fact, its evidence, where and when it was measured, and what went wrong unless the
    result's reason says it already."""
    value = ago(found.moment) if found.moment else found.words or "not known"
    error = found.error if found.error != reason else ""
    return format_html(
        '<span class="fact">{}: {}<small>{}{}{}{}{}</small></span>',
        found.title,
        value,
        _evidence(found),
        found.source,
        format_html(", {}", ago(found.measured_at)) if found.measured_at else "",
        ". " if error and found.source else "",
        error,
    )


def _evidence(found: FactLine) -> SafeString | str:
    is_new = found.evidence not in ("", found.words, found.title)
    if not found.url:
        return f"{found.evidence}, " if is_new else ""
    words = found.evidence if is_new else "Open"
    return format_html('<a class="link" href="{}">{}</a>, ', found.url, words)


@register.simple_tag
def bar_of(part: int, whole: int) -> SafeString:
    """A bar as long as a part is of the whole."""
    return bar(100 * part / whole if whole else 0.0)


@register.simple_tag
def score_scale(standing: Standing) -> SafeString:
    """Where the score lies from 0 to 100, and the range it has once everything is measured."""
    if standing.low is None or standing.high is None:
        return SafeString("")
    low, high = standing.low * _WIDTH / 100, standing.high * _WIDTH / 100
    at: SafeString | str = ""
    if standing.score is not None:
        x = standing.score * _WIDTH / 100
        at = format_html('<rect class="at" x="{}" y="0" width="2" height="14"/>', f"{x - 1:.1f}")
    label = f"between {points(standing.low)} and {points(standing.high)} of 100"
    return format_html(
        '<svg class="scale" viewBox="0 0 {} 14" role="img" aria-label="{}">'
        '<rect class="base" y="4" width="{}" height="6" rx="1"/>'
        '<rect class="span" x="{}" y="4" width="{}" height="6" rx="1"/>{}</svg>',
        _WIDTH,
        label,
        _WIDTH,
        f"{low:.1f}",
        f"{max(2.0, high - low):.1f}",
        at,
    )


def _cell(state: str, title: str) -> SafeString:
    shape = sign(f"s-{state}") if state else SafeString("")
    return format_html(
        '<td class="m"><span class="st {}">{}<span class="vh">{}</span></span></td>',
        state,
        shape,
        title,
    )


class _Cells(dict[str, SafeString]):
    """Each kind of cell is drawn once: the address of the sprite is only known when serving."""

    def __missing__(self, state: str) -> SafeString:
        cell = self[state] = _cell(state, STATE_TITLES.get(state, _NOT_YET))
        return cell


_CELLS = _Cells()
