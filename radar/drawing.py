"""The radar as a picture: SVG made of escaped strings, the same bytes for the same radar.

It is styled by the page's `components/radar.css`, or by rules of its own where it stands alone.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import groupby
from typing import NamedTuple, Protocol

from radar.blip import Blip
from radar.drawing_ground import SectorTitle, draw_ground
from radar.drawing_labels import LINE, SIZE, Label, Line, Room, Wish, place_labels
from radar.drawing_marks import Marks, units
from radar.drawing_style import STYLE
from radar.geometry import VIEW, Geometry
from radar.movement import MOVED_IN, MOVED_OUT, NEW, UNCHANGED

FEW = 40  # blips that a filter leaves, all named
BASELINE = 11.5  # of a label's first line, below its top


class Titled(Protocol):
    @property
    def title(self) -> str: ...


@dataclass(frozen=True)
class Picture:
    """What is to be drawn.

    `matching` are the slugs that a filter leaves: the others are dimmed where they are, without
    their names. `selected` is a slug to be ringed. `sector` shows that sector alone, as large as
    the picture; its blips all have their names. `sector_urls` make the sectors' titles links. `key`
    is what ids begin with, `address` what goes before every address. `choosing` is what a blip's
    slug is put behind in order to choose it; without it, a blip leads to its own address.
    """

    geometry: Geometry
    title: str
    sectors: Sequence[Titled]
    rings: Sequence[Titled]
    blips: Sequence[Blip]
    matching: Collection[str] | None = None
    selected: str = ""
    sector: int | None = None
    sector_urls: Sequence[str] = ()
    key: str = "radar"
    address: str = ""
    choosing: str = ""

    @property
    def drawn(self) -> list[Blip]:
        """The blips in the picture, by sector, ring and number."""
        blips = (
            blip for blip in self.blips if blip.is_featured and self.sector in (None, blip.sector)
        )
        return sorted(blips, key=lambda blip: (blip.sector, blip.ring, blip.number))

    @property
    def plane(self) -> Geometry:
        return self.geometry if self.sector is None else self.geometry.closeup()

    def dims(self, slug: str) -> bool:
        return self.matching is not None and slug not in self.matching


def draw(picture: Picture, *, standalone: bool = False) -> str:
    """The picture as SVG; `standalone` for a file of its own, in light colours."""
    blips = picture.drawn
    ground, labels = draw_scene(picture, blips, _named(picture, blips))
    rings = [ring.title for ring in picture.rings]
    marks = Marks(picture.plane, rings, picture.address, picture.choosing)
    body = ground + draw_labels(labels) + _draw_marks(picture, marks, blips)
    return framed(picture, _description(picture, blips), body, standalone=standalone)


def _named(picture: Picture, blips: Sequence[Blip]) -> list[str]:
    """The slugs that have their names in the picture: what changed, then all else where there is
    room for all, which is in a sector alone and where a filter leaves few."""
    shown = [blip for blip in blips if not picture.dims(blip.slug)]
    changed = [blip.slug for blip in shown if blip.movement != UNCHANGED]
    is_narrowed = picture.matching is not None and len(shown) <= FEW
    if picture.sector is None and not is_narrowed:
        return changed
    return changed + [blip.slug for blip in shown if blip.movement == UNCHANGED]


class Spot(NamedTuple):
    """A mark, as far as names have to keep off it."""

    slug: str
    name: str
    sector: int
    ring: int
    slot: int
    movement: str
    is_overdue: bool


class Scene(NamedTuple):
    """All that decides where the names go."""

    plane: Geometry
    sector: int | None
    rings: tuple[str, ...]
    titles: tuple[SectorTitle, ...]
    key: str
    spots: tuple[Spot, ...]
    named: tuple[str, ...]
    lines: tuple[Line, ...]


def draw_scene(
    picture: Picture, blips: Sequence[Blip], named: Sequence[str], lines: Sequence[Line] = ()
) -> tuple[str, Sequence[Label]]:
    """What lies under the marks of `blips`, and where the names of those in `named` go, which keep
    off `lines` too."""
    spots = (
        Spot(b.slug, b.name, b.sector, b.ring, b.slot, b.movement, b.is_overdue) for b in blips
    )
    rings = tuple(ring.title for ring in picture.rings)
    titles = tuple(_sector_titles(picture))
    plane, sector, key = picture.plane, picture.sector, picture.key
    return _scene(
        Scene(plane, sector, rings, titles, key, tuple(spots), tuple(named), tuple(lines))
    )


@lru_cache(maxsize=32)
def _scene(scene: Scene) -> tuple[str, Sequence[Label]]:
    """Kept, as a radar is looked at far more often than it changes, and finding room for names
    takes longer than all the rest."""
    room = Room()
    ground = draw_ground(scene.plane, scene.rings, scene.titles, scene.sector, scene.key, room)
    marks = Marks(scene.plane, scene.rings)
    for spot in scene.spots:
        marks.cover(spot, room)
    for line in scene.lines:
        room.cover_line(line)
    by_slug = {spot.slug: spot for spot in scene.spots}
    wishes = []
    for slug in scene.named:
        spot = by_slug[slug]
        x, y = scene.plane.position(spot.sector, spot.ring, spot.slot)
        wishes.append(Wish(slug, spot.name, x, y, marks.extent(spot)))
    return ground, place_labels(wishes, room)


def framed(picture: Picture, description: str, body: str, *, standalone: bool) -> str:
    """`body` within the svg element, with what a screen reader says of the whole."""
    size = units(VIEW)
    alone = f' xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}"'
    paper = f'<style>{STYLE}</style><rect class="paper" width="{size}" height="{size}"/>'
    name = "rd" if picture.sector is None else "rd near"
    title, words = f"{picture.key}-title", f"{picture.key}-desc"
    return (
        f'<svg class="{name}"{alone * standalone} viewBox="0 0 {size} {size}" role="group"'
        f' aria-labelledby="{title} {words}"><title id="{title}">{escape(picture.title)}</title>'
        f'<desc id="{words}">{escape(description)}</desc>{paper * standalone}{body}</svg>'
    )


def draw_labels(labels: Sequence[Label]) -> str:
    """Names and the lines that lead to them; screen readers have them from the marks."""
    parts = []
    for label in labels:
        if label.leader:
            x1, y1, x2, y2 = map(units, label.leader)
            parts.append(f'<path d="M{x1} {y1}L{x2} {y2}"/>')
        x, anchor = units(label.x), label.anchor
        aligned = "" if anchor == "start" else f' text-anchor="{anchor}"'
        first, *others = map(escape, label.lines)
        more = "".join(f'<tspan x="{x}" dy="{LINE}">{line}</tspan>' for line in others)
        y = units(label.top + BASELINE)
        parts.append(f'<text x="{x}" y="{y}"{aligned}>{first}{more}</text>')
    return f'<g class="lbs" font-size="{SIZE}" aria-hidden="true">{"".join(parts)}</g>'


def _draw_marks(picture: Picture, marks: Marks, blips: Sequence[Blip]) -> str:
    """A group for every segment that has blips: the arrow keys stay in one."""
    groups = []
    for (sector, ring), drawn in groupby(blips, key=lambda blip: (blip.sector, blip.ring)):
        name = f"{picture.sectors[sector].title}, {picture.rings[ring].title}"
        inner = "".join(
            marks.draw(
                blip,
                is_dimmed=picture.dims(blip.slug),
                is_selected=blip.slug == picture.selected,
            )
            for blip in drawn
        )
        groups.append(f'<g class="sg" role="group" aria-label="{escape(name)}">{inner}</g>')
    return f'<g class="bl" font-size="{units(marks.letters)}">{"".join(groups)}</g>'


def _sector_titles(picture: Picture) -> list[SectorTitle]:
    """What stands at each sector: its title, how many it has, and how many of these changed."""
    titles = []
    for number, sector in enumerate(picture.sectors):
        blips = [blip for blip in picture.blips if blip.sector == number]
        changed = sum(blip.movement != UNCHANGED for blip in blips)
        count = f"{len(blips)}, {changed} changed" if changed else str(len(blips))
        url = picture.address + picture.sector_urls[number] if picture.sector_urls else ""
        titles.append(SectorTitle(sector.title, count, url))
    return titles


def _description(picture: Picture, blips: Sequence[Blip]) -> str:
    """In a sentence or two: how many, and what changed."""
    where = (
        f"{len(picture.sectors)} sectors"
        if picture.sector is None
        else (f"the sector {picture.sectors[picture.sector].title}")
    )
    rings = ", ".join(ring.title for ring in picture.rings)
    counts = Counter(blip.movement for blip in blips)
    said = [
        f"{counts[movement]} {words}"
        for movement, words in (
            (NEW, "new"),
            (MOVED_IN, "moved in"),
            (MOVED_OUT, "moved out"),
        )
        if counts[movement]
    ]
    changes = f" {', '.join(said)}." if said else ""
    return f"{len(blips)} technologies in {where}; the rings from the centre are {rings}.{changes}"
