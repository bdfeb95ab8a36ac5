"""The radar's own signs: movements, and the rows of its list.

A radar lists hundreds of blips, so rows are drawn here and not by template loops; what repeats in
them is drawn once.
"""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.shell.templatetags.ui import drawn_once, ring
from portal.shell.words import count_words
from radar.blip import Blip
from radar.models import Movement, Ring, Sector
from radar.timeline import NAMES, WIDTH, Bar, Line

register = template.Library()

_SHAPES = {
    "new": '<path class="mk" d="M6 .6 11.4 6 6 11.4.6 6z"/>',
    "moved_in": '<path class="mk" d="M6 0 9.2 4.2A4.2 4.2 0 1 1 2.8 4.2z"/>',
    "moved_out": '<path class="mk" d="M6 12 2.8 7.8A4.2 4.2 0 1 1 9.2 7.8z"/>',
    "unchanged": '<circle class="mk o" cx="6" cy="6" r="4.2"/>',
    "gone": '<path class="mk o" d="M1 6a5 5 0 1 0 10 0A5 5 0 1 0 1 6M4 4l4 4M8 4l-4 4"/>',
    "overdue": '<path class="mk o" d="M.8 6a5.2 5.2 0 1 0 10.4 0A5.2 5.2 0 1 0 .8 6M3.6 6h4.8"/>',
}
_NONE = SafeString("")
_NOBODY = '<td class="r z">0</td>'
_OVERDUE = SafeString('<i class="late" role="img" title="Review overdue"></i>')
_LIST_ONLY = SafeString(' <small class="t3">only in the list</small>')
_SELECTED = ' class="on"'
_CURRENT = ' aria-current="true"'


@register.simple_tag
@drawn_once
def movement(name: str, word: str = "") -> SafeString:
    """How a blip moved, as shape and word: new, moved_in, moved_out, unchanged; or overdue."""
    return format_html('<span class="mv">{}{}</span>', shape(name), word or words_of(name))


@register.simple_tag
@drawn_once
def shape(name: str) -> SafeString:
    """The shape alone, for places that write their own words."""
    return format_html(
        '<svg viewBox="0 0 12 12" aria-hidden="true">{}</svg>', SafeString(_SHAPES[name])
    )


def words_of(name: str) -> str:
    return str(Movement(name).label) if name in Movement.values else "Review overdue"


@register.simple_tag
@drawn_once
def ring_of(meaning: str, title: str) -> SafeString:
    """A ring by its meaning's shape and colour, and its own name; nothing where there is none."""
    return ring(meaning, title) if meaning else _NONE


@register.simple_tag
def blip_rows(
    blips: Iterable[Blip],
    sectors: Sequence[Sector],
    rings: Sequence[Ring],
    address: str,
    selected: str = "",
) -> SafeString:
    """The list's body: a group of rows a sector. `address` is what a blip's slug is put behind to
    select it; the row has the id `t-<slug>`."""
    titles = [(row.meaning, row.title) for row in rings]
    groups = []
    for order, found in groupby(blips, key=lambda blip: blip.sector):
        rows = list(found)
        groups.append(
            (sectors[order].title, len(rows), _rows(rows, titles, address, selected)),
        )
    return format_html_join(
        "",
        '<tbody><tr class="grp"><th colspan="5" scope="rowgroup">{} <span>{}</span></th></tr>'
        "{}</tbody>",
        groups,
    )


def _rows(
    blips: Iterable[Blip], rings: Sequence[tuple[str, str]], address: str, selected: str
) -> SafeString:
    """Strings that are escaped here, as in the picture: `format_html` takes four times as long."""
    before = escape(address)
    cells = [f"</td><td>{ring_of(meaning, title)}</td><td>" for meaning, title in rings]
    rows = []
    for blip in blips:
        slug, is_selected = blip.slug, blip.slug == selected
        remark = f" <small>{escape(blip.remark)}</small>" if blip.remark else ""
        moved = movement(blip.movement) if blip.movement != "unchanged" else ""
        used = f'<td class="r">{blip.used_by}</td>' if blip.used_by else _NOBODY
        rows.append(
            f'<tr id="t-{slug}"{_SELECTED * is_selected}><td class="no">{blip.number}</td>'
            f'<td class="name"><a href="{before}{slug}#t-{slug}"{_CURRENT * is_selected}>'
            f"{escape(blip.name)}</a>{remark}{_marks(blip.is_overdue, blip.is_featured)}"
            f"{cells[blip.ring]}{moved}</td>{used}</tr>"
        )
    return SafeString("".join(rows))


@drawn_once
def _marks(is_overdue: bool, is_featured: bool) -> SafeString:
    return format_html(
        "{}{}", _OVERDUE if is_overdue else _NONE, _NONE if is_featured else _LIST_ONLY
    )


@register.simple_tag
@drawn_once
def change(kind: str) -> SafeString:
    """What a comparison says of a technology, as shape and word."""
    if kind == "moved_sector":
        return SafeString('<span class="mv">Other sector</span>')
    return movement(kind, "Gone" if kind == "gone" else "")


@register.simple_tag
def timeline(line: Line, titles: Sequence[tuple[str, str]], name: str) -> SafeString:
    """A technology's way through a radar's rings, as a picture; a table stands behind it.

    `titles` are meaning and title of the rows.
    """
    rings = format_html_join(
        "",
        '<text x="0" y="{}">{}</text><path class="grid" d="M{} {}H{}"/>',
        ((y + 4, title, NAMES, y, WIDTH) for y, (_, title) in zip(line.rows, titles, strict=True)),
    )
    years = format_html_join(
        "",
        '<path class="grid" d="M{} 0V{}"/><text x="{}" y="{}">{}</text>',
        ((x, line.height - 16, x + 3, line.height - 4, year) for x, year in line.years),
    )
    ends = format_html(
        '<text x="{}" y="{}">{}</text><text x="{}" y="{}" text-anchor="end">today</text>',
        NAMES,
        line.height - 4,
        f"{line.start:%-d %b %Y}",
        WIDTH,
        line.height - 4,
    )
    steps = format_html_join("", '<path class="step" d="M{} {}V{}"/>', line.steps)
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="8" rx="2"><title>{}</title></rect>',
        (
            (titles[bar.ring][0], bar.x, bar.y - 4, bar.width, _stay(titles, bar))
            for bar in line.bars
        ),
    )
    label = f"{name}: " + "; ".join(_stay(titles, bar) for bar in line.bars)
    return format_html(
        '<svg class="timeline" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}{}</svg>',
        f"{WIDTH:g}",
        f"{line.height:g}",
        label,
        years,
        ends,
        rings,
        steps,
        bars,
    )


def _stay(titles: Sequence[tuple[str, str]], bar: Bar) -> str:
    until = f"to {bar.until:%-d %b %Y}" if bar.until else "until now"
    return f"{titles[bar.ring][1]} from {bar.since:%-d %b %Y} {until}"


@register.filter
def services(number: int) -> str:
    """ "1 service", "12 services", "no service"."""
    return count_words(number, "service") if number else "no service"
