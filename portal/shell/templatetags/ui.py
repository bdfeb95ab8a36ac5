"""The tags that draw the portal's small signs: icons, states, levels, moments, little charts.

Each answers safe markup made by `format_html`; colours and sizes come from classes only.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.lib import charts
from portal.lib import markdown as md
from portal.lib.lists import Choice
from portal.shell import svg, words

register = template.Library()

drawn_once = lru_cache(maxsize=1024)
"""For signs that depend on their arguments alone: a page draws the same few hundreds of times."""

STATES = {
    "pass": "Pass",
    "fail": "Fail",
    "unknown": "Unknown",
    "waived": "Waived",
    "not_applicable": "Not applicable",
    "now": "Running",
    "todo": "Waiting",
}
RINGS = {"adopt": "Adopt", "trial": "Trial", "assess": "Assess", "hold": "Hold"}
SELECTED = SafeString(" selected")
SOURCE_STATES = ("ok", "stale", "down", "never", "off")


@lru_cache(maxsize=1)
def _sprite() -> str:
    """The address of all shapes. It is the same for as long as a process lives."""
    return static("icons.svg")


@register.simple_tag
@drawn_once
def icon(name: str, small: bool = False) -> SafeString:
    """An icon beside words; it is hidden from screen readers."""
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        " s" if small else "",
        _sprite(),
        name,
    )


@register.simple_tag
def options(choice: Choice) -> SafeString:
    """The options of a filter with the chosen one marked."""
    return _options(tuple(choice.options), choice.value)


@lru_cache(maxsize=128)
def _options(options: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    """Drawn once for as long as they stay the same: a filter by team has hundreds of them."""
    return format_html_join(
        "\n",
        '<option value="{}"{}>{}</option>',
        ((value, SELECTED if value == chosen else "", text) for value, text in options),
    )


@register.simple_tag
@drawn_once
def sign(name: str) -> SafeString:
    """A bare shape of the sprite, such as `s-warning`, for places that write their own words."""
    return format_html('<svg aria-hidden="true"><use href="{}#{}"/></svg>', _sprite(), name)


@register.simple_tag
@drawn_once
def state(name: str, word: object = None) -> SafeString:
    """A state as shape and word: pass, fail, unknown, waived, not_applicable, now or todo."""
    return format_html(
        '<span class="st {}">{}{}</span>', name, sign(f"s-{name}"), word or STATES[name]
    )


@register.simple_tag
@drawn_once
def ring(name: str, word: object = None) -> SafeString:
    """A ring of the radar as shape and word."""
    return format_html(
        '<span class="ring {}">{}{}</span>', name, sign(f"r-{name}"), word or RINGS[name]
    )


@register.simple_tag
@drawn_once
def severity(number: int) -> SafeString:
    """P0 to P4: filled, outlined or dashed."""
    return format_html('<span class="sev p{}">P{}</span>', number, number)


@register.simple_tag
@drawn_once
def level(title: str, rank: int | None, of: int = 3) -> SafeString:
    """A level as rising bars and its word; rank 0 is no level."""
    rank, of = rank or 0, max(1, of)
    step = 13.5 / of
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" rx=".5"{}/>',
        (
            (
                f"{1 + index * step:.1f}",
                f"{13 - (4 + 8 * index / max(1, of - 1)):.1f}",
                f"{step - 1.5:.1f}",
                f"{4 + 8 * index / max(1, of - 1):.1f}",
                SafeString(' class="on"') if index < rank else "",
            )
            for index in range(of)
        ),
    )
    return format_html(
        '<span class="lv"><svg viewBox="0 0 14 14" aria-hidden="true">{}</svg>{}</span>',
        bars,
        title if rank else "None",
    )


@register.simple_tag
@drawn_once
def source_icon(state: str) -> SafeString:
    """The shape of a source's state: ok, stale, down, never or off."""
    return sign(f"o-{state if state in SOURCE_STATES else 'never'}")


@register.simple_tag
def source_state(title: str, state: str, words: object = "") -> SafeString:
    """A source, how it is and since when."""
    known = state if state in SOURCE_STATES else "never"
    return format_html(
        '<span class="src {}">{}<span><b>{}</b> {}</span></span>',
        known,
        source_icon(known),
        title,
        words,
    )


@register.simple_tag
def avatar(name: str, small: bool = False) -> SafeString:
    """A person's initials in a disc, beside the name."""
    parts = str(name).split() or ["?"]
    initials = "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()
    return format_html(
        '<span class="av{}" aria-hidden="true">{}</span>', " s" if small else "", initials
    )


@register.filter
def ago(moment: datetime | str | None) -> SafeString | str:
    """How long ago, with the exact time on hover; "never" for None."""
    at = _moment(moment)
    return "never" if at is None else _time(at, words.ago_words(at, timezone.now()))


@register.filter
def day(moment: datetime | str | None) -> SafeString | str:
    """The day, with the exact time on hover; "never" for None."""
    at = _moment(moment)
    if at is None:
        return "never"
    zone = timezone.get_current_timezone()
    return _time(at, words.day_words(at.astimezone(zone), timezone.now().astimezone(zone)))


@register.filter
def left(moment: datetime | None) -> SafeString | str:
    """What is left until a moment: "5 h 12 min", "3 days", "2 days late"."""
    return "" if moment is None else _time(moment, words.left_words(moment, timezone.now()))


@register.filter
def clock(moment: datetime | None) -> SafeString | str:
    """The time of a moment of today, else its day."""
    at = _moment(moment)
    if at is None:
        return "never"
    if timezone.now() - at < timedelta(hours=24):
        return _time(at, f"{at.astimezone(timezone.get_current_timezone()):%H:%M}")
    return day(at)


@register.filter
def contact(text: str) -> SafeString | str:
    """A name as it stands, an address as a link that shows its host."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return text
    return format_html(
        '<a class="link" rel="noopener noreferrer" href="{}">{}</a>', text, parts.hostname
    )


@register.filter
def counted(number: int, noun: str) -> str:
    """ "1 service", "12 services"; the noun is given in the singular, or as "entity,entities"."""
    one, _, many = noun.partition(",")
    return words.count_words(number, one, many or None)


@register.filter
def singular(noun: str) -> str:
    """The singular of a plural: a list of one job says "1 job"."""
    return words.singular(noun)


@register.simple_tag
def spark(values: Sequence[float | None], label: str) -> SafeString:
    """A line in the size of a word."""
    drawn = svg.spark(list(values))
    dot: SafeString | str = ""
    if drawn.last is not None:
        dot = format_html('<circle cx="{}" cy="{}" r="2"/>', *drawn.last)
    return format_html(
        '<svg class="spark" viewBox="0 0 76 20" role="img" aria-label="{}">'
        '<path class="gone" d="{}"/><path d="{}"/>{}</svg>',
        label,
        drawn.gaps,
        drawn.path,
        dot,
    )


@register.simple_tag
def trend(points: Sequence[Mapping[str, Any]], label: str, wide: bool = False) -> SafeString:
    """A line over time with three grid lines; points with a note are marked."""
    width, height = (640, 120) if wide else (260, 64)
    measured = [
        svg.Point(
            at=at,
            value=None if point.get("value") is None else float(point["value"]),
            note=str(point.get("note") or ""),
            kind=str(point.get("kind") or ""),
        )
        for point in points
        if (at := _moment(point["at"])) is not None
    ]
    drawn = svg.trend(measured, width, height)
    grid = format_html_join(
        "",
        '<path class="grid" d="M0 {}H{}"/><text x="{}" y="{}">{}</text>',
        ((y, width - 32, width - 24, y + 3.5, text) for y, text in drawn.grid),
    )
    marks = format_html_join(
        "",
        '<path class="ev" transform="translate({} {})" d="{}"><title>{}</title></path>',
        ((x, y, MARKS.get(kind, MARKS[""]), note) for x, y, kind, note in drawn.marks),
    )
    dot: SafeString | str = ""
    if drawn.last is not None:
        dot = format_html('<circle class="dot" cx="{}" cy="{}" r="2"/>', *drawn.last)
    return format_html(
        '<svg class="trend{}" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '{}<path class="gone" d="{}"/><path d="{}"/>{}{}</svg>',
        " wide" if wide else "",
        width,
        height,
        label,
        grid,
        drawn.gaps,
        drawn.path,
        dot,
        marks,
    )


MARKS = {
    "rule": "M0-4.5 4.5 0 0 4.5-4.5 0z",
    "list": "M-3.6-3.6h7.2v7.2h-7.2z",
    "": "M-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z",
}


@register.simple_tag
def mark(kind: str = "") -> SafeString:
    """The sign that a trend sets at a note, for the legend below it."""
    return format_html(
        '<svg class="mark" viewBox="-5 -5 10 10" aria-hidden="true"><path d="{}"/></svg>',
        MARKS.get(kind, MARKS[""]),
    )


@register.simple_tag
@drawn_once
def bar(percent: float | None, tone: str = "", label: str = "", full: bool = False) -> SafeString:
    """A bar filled to a percentage; None is drawn hatched, as not measured."""
    classes = " ".join(
        ["bar", *([tone] if tone else []), *(["full"] if full else [])]
        + (["none"] if percent is None else [])
    )
    width = 0.0 if percent is None else 64 * min(100.0, max(0.0, float(percent))) / 100
    named = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else SafeString('aria-hidden="true"')
    )
    return format_html(
        '<svg class="{}" viewBox="0 0 64 6" preserveAspectRatio="none" {}>'
        '<rect width="{}" height="6"/></svg>',
        classes,
        named,
        f"{width:.1f}",
    )


@register.simple_tag
def cells(states: Sequence[str], label: str = "") -> SafeString:
    """One cell a check, in the order given: filled, hatched, dashed or outlined."""
    states = list(states)
    corners = svg.cells(len(states))
    per_row = min(20, max(1, len(states)))
    rows = max(1, -(-len(states) // 20))
    drawn = format_html_join(
        "", "{}", ((_cell(*c, s),) for c, s in zip(corners, states, strict=True))
    )
    named = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else SafeString('aria-hidden="true"')
    )
    return format_html(
        '<svg class="cells" viewBox="0 0 {} {}" width="{}" height="{}" {}>{}</svg>',
        15 * per_row - 2,
        12 * rows - 2,
        15 * per_row - 2,
        12 * rows - 2,
        named,
        drawn,
    )


@register.simple_tag
def style_guards() -> str:
    """What keeps plotly's parts from adding styles that the policy refuses."""
    return " ".join(charts.style_guards())


@register.filter
def markdown(text: str) -> SafeString:
    """Text that people write, as sanitised HTML."""
    return md.to_html(text)


@register.simple_tag(takes_context=True)
def specimen(context: Context, key: str, specimen_context: Mapping[str, Any]) -> SafeString:
    """Draw one component of the gallery."""
    request: HttpRequest | None = context.get("request")
    template = get_template(f"shell/gallery/{key}.html")
    return SafeString(template.render(dict(specimen_context), request))


@register.simple_tag(takes_context=True)
def panel(context: Context, item: Mapping[str, Any]) -> SafeString:
    """Draw one registered panel with its own context and the page's request."""
    request: HttpRequest | None = context.get("request")
    return SafeString(get_template(str(item["template"])).render(dict(item["context"]), request))


@drawn_once
def _cell(x: float, y: float, name: str) -> SafeString:
    if name == "fail":
        return format_html(
            '<path class="fail" d="M{} {}h12v9h-12z{}"/>', x + 0.5, y + 0.5, svg.hatching(x, y)
        )
    if name in ("pass", "plain"):
        return format_html(
            '<rect class="{}" x="{}" y="{}" width="13" height="10" rx="1"/>', name, x, y
        )
    known = name if name in ("waived", "not_applicable") else "unknown"
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="12" height="9" rx="1"/>', known, x + 0.5, y + 0.5
    )


def _moment(moment: datetime | str | None) -> datetime | None:
    """A moment, also from its ISO form as facts keep it."""
    at = parse_datetime(moment) if isinstance(moment, str) else moment
    if at is not None and timezone.is_naive(at):
        return timezone.make_aware(at, timezone.get_default_timezone())
    return at


def _time(at: datetime, text: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        words.exact_words(at, timezone.get_current_timezone()),
        text,
    )
