"""What lies under a radar's blips: rings, the strips between sectors, and the titles."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import cos, pi, sin, tau

from radar.drawing_labels import SPACE, Room, text_width
from radar.drawing_marks import units
from radar.geometry import STRIP, VIEW, Closeup, Geometry

RING_SIZE, SMALLEST_RING_SIZE = 14.0, 10.0
SECTOR_SIZE, COUNT_SIZE = 18.0, 14.0
ARC_SIZE, ARC_COUNT_SIZE = 16.0, 13.0
ARC_LIFT, ARC_DROP = 6.0, 17.0  # of a base line from the disc, above and below its middle
CORNER = 8.0
BOLD = 1.06  # how much wider bold letters are


@dataclass(frozen=True)
class SectorTitle:
    """What is written at a sector; `url` leads to it alone, and may be empty."""

    title: str
    count: str  # "23, 9 changed"
    url: str


def draw_ground(
    geometry: Geometry,
    rings: Sequence[str],
    titles: Sequence[SectorTitle],
    sector: int | None,
    key: str,
    room: Room,
) -> str:
    """Bands, strips and titles, of one sector's close-up where `sector` is given. Titles are
    noted as covered in `room`; ids begin with `key`."""
    parts = [_bands(geometry, sector or 0), _strips(geometry, sector)]
    parts += _ring_titles(geometry, rings, sector, room)
    if sector is not None and isinstance(geometry, Closeup):
        parts.append(_in_corner(titles[sector], geometry.quarter(sector), room))
    elif geometry.sectors == 4:
        parts += [_in_corner(title, corner, room) for corner, title in enumerate(titles)]
    else:
        parts += [
            _on_arc(geometry, title, number, f"{key}-arc{number}", room)
            for number, title in enumerate(titles)
        ]
    return "".join(parts)


def cut(text: str, width: float, size: float) -> str:
    """As much of a text as fits."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _bands(geometry: Geometry, sector: int) -> str:
    """Discs from the outermost; the class counts from outside, as the outermost is the palest."""
    x, y = map(units, geometry.centre(sector))
    return "".join(
        f'<circle class="band k{depth}" cx="{x}" cy="{y}" r="{units(bound)}"/>'
        for depth, bound in enumerate(reversed(geometry.bounds))
    )


def _strips(geometry: Geometry, sector: int | None) -> str:
    if sector is None:
        starts = [geometry.start(number) for number in range(geometry.sectors)]
    else:
        starts = [geometry.start(sector), geometry.start(sector) + geometry.wedge]
    x, y = geometry.centre(sector or 0)
    length = geometry.bounds[-1] + 2
    lines = "".join(
        f"M{units(x)} {units(y)}L{units(x + length * cos(start))} {units(y + length * sin(start))}"
        for start in starts
    )
    return f'<path class="strip" stroke-width="{units(2 * STRIP)}" d="{lines}"/>'


def _ring_titles(
    geometry: Geometry, rings: Sequence[str], sector: int | None, room: Room
) -> list[str]:
    """On the strips that lie flat: the first sector's start and, if there is one, its opposite."""
    if sector is None:
        ways = [-1, 1] if geometry.sectors % 2 == 0 else [-1]
    else:
        ways = [-1 if geometry.centre(sector)[0] > VIEW / 2 else 1]
    centre_x, centre_y = geometry.centre(sector or 0)
    left, right = (0.0 if -1 in ways else centre_x), (VIEW if 1 in ways else centre_x)
    room.cover_text(left, centre_y - STRIP, right, centre_y + STRIP)
    found, inner = [], STRIP
    for ring, outer in zip(rings, geometry.bounds, strict=True):
        text, size = _fitted(ring, outer - inner - 6)
        for way in ways:
            x = centre_x + way * (inner + outer) / 2
            found.append(
                f'<text class="rn" x="{units(x)}" y="{units(centre_y + size * 0.35)}"'
                f' font-size="{units(size)}">{escape(text)}</text>'
            )
        inner = outer
    return found


def _fitted(text: str, width: float) -> tuple[str, float]:
    """A ring's title and its size: smaller where the ring is narrow, cut where that won't do."""
    needed = text_width(text, RING_SIZE) * BOLD
    size = min(RING_SIZE, max(SMALLEST_RING_SIZE, RING_SIZE * width / needed))
    return cut(text, width / BOLD, size), size


def _in_corner(title: SectorTitle, corner: int, room: Room) -> str:
    """In two lines in a corner of the picture, clockwise from the top left."""
    is_left, is_top = corner in (0, 3), corner < 2
    x = CORNER if is_left else VIEW - CORNER
    y = CORNER + SECTOR_SIZE * 0.8 if is_top else VIEW - CORNER - COUNT_SIZE - 4
    width = max(text_width(title.title, SECTOR_SIZE) * BOLD, text_width(title.count, COUNT_SIZE))
    left = x if is_left else x - width
    room.cover_text(left - SPACE, y - SECTOR_SIZE, left + width + SPACE, y + COUNT_SIZE + 8)
    anchor = "start" if is_left else "end"
    name = f'<tspan class="sn" font-size="{units(SECTOR_SIZE)}">{escape(title.title)}</tspan>'
    return (
        f'<text text-anchor="{anchor}" x="{units(x)}" y="{units(y)}">{_linked(name, title.url)}'
        f'<tspan class="sc" font-size="{units(COUNT_SIZE)}" x="{units(x)}" dy="18">'
        f"{escape(title.count)}</tspan></text>"
    )


def _on_arc(geometry: Geometry, title: SectorTitle, number: int, path: str, room: Room) -> str:
    """Around the disc, by the sector's middle; below the centre the other way round, so that
    nothing stands on its head."""
    middle = geometry.start(number) + geometry.wedge / 2
    is_below = 0.01 < middle % tau < pi - 0.01
    radius = geometry.bounds[-1] + (ARC_DROP if is_below else ARC_LIFT)
    text, count = title.title, title.count
    width = geometry.wedge * radius * 0.94
    of_count = text_width(f"  {count}", ARC_COUNT_SIZE)
    if text_width(text, ARC_SIZE) * BOLD + of_count > width:
        count, of_count = "", 0.0
    text = cut(text, width / BOLD, ARC_SIZE)
    half = (text_width(text, ARC_SIZE) * BOLD + of_count) / 2 / radius
    steps = max(2, round(2 * half * radius / ARC_SIZE))
    for step in range(steps + 1):
        x, y = _on_circle(
            geometry, geometry.bounds[-1] + 11, middle - half + 2 * half * step / steps
        )
        room.cover_mark(x, y, ARC_SIZE * 0.7)
    ends = [middle - geometry.wedge / 2, middle + geometry.wedge / 2]
    if is_below:
        ends.reverse()
    (x1, y1), (x2, y2) = (_on_circle(geometry, radius, end) for end in ends)
    arc = f"M{units(x1)} {units(y1)}A{units(radius)} {units(radius)} 0 0 {0 if is_below else 1}"
    name = f'<tspan class="sn" font-size="{units(ARC_SIZE)}">{escape(text)}</tspan>'
    counted = (
        f'<tspan class="sc" font-size="{units(ARC_COUNT_SIZE)}" dx="8">{escape(count)}</tspan>'
        if count
        else ""
    )
    return (
        f'<path id="{path}" fill="none" d="{arc} {units(x2)} {units(y2)}"/>'
        f'<text text-anchor="middle"><textPath href="#{path}" startOffset="50%">'
        f"{_linked(name, title.url)}{counted}</textPath></text>"
    )


def _on_circle(geometry: Geometry, radius: float, angle: float) -> tuple[float, float]:
    x, y = geometry.centre(0)
    return x + radius * cos(angle), y + radius * sin(angle)


def _linked(inner: str, url: str) -> str:
    return f'<a class="to" href="{escape(url)}">{inner}</a>' if url else inner
