"""The mark of one blip: what moved is told by its shape, the ring's meaning by colour and line."""

from collections.abc import Sequence
from html import escape
from math import atan2, cos, degrees, radians, sin, sqrt
from typing import Protocol

from radar.blip import Blip
from radar.drawing_labels import Room
from radar.geometry import Geometry
from radar.movement import MOVED_IN, MOVED_OUT, NEW, UNCHANGED

TURNED = {MOVED_IN: 0, MOVED_OUT: 180}  # drops point to the centre, or away from it
LINE = 0.7  # half of what an outline is wide
FORMER = 0.45  # the size of an old place, in radii of a blip
FIGURE = 0.66  # the width of a bold figure, and
RISE = 0.36  # half its height, in sizes of its letter
TIP = 4.0  # about how wide a drop is near its tip


class Shaped(Protocol):
    """What the shape of a mark depends on."""

    @property
    def sector(self) -> int: ...
    @property
    def ring(self) -> int: ...
    @property
    def slot(self) -> int: ...
    @property
    def movement(self) -> str: ...
    @property
    def is_overdue(self) -> bool: ...


def units(value: float) -> str:
    """A length with one decimal, the shortest way."""
    return f"{round(value, 1) + 0.0:g}"


def spoken(blip: Blip, ring: str) -> str:
    """All that a mark says, in words: "27 Kafka 4, Adopt, moved in from Trial, used by 12 services,
    review overdue"."""
    parts = [f"{blip.number} {blip.name}", blip.remark, ring]
    if blip.movement == NEW:
        parts.append("new")
    elif blip.movement in TURNED:
        words = blip.movement.replace("_", " ")
        parts.append(f"{words} from {blip.from_ring}" if blip.from_ring else words)
    if blip.used_by:
        parts.append(f"used by {blip.used_by} service{'s' * (blip.used_by != 1)}")
    if blip.is_overdue:
        parts.append("review overdue")
    return ", ".join(part for part in parts if part)


class Marks:
    """Draws blips at their slots. However they moved, marks stay within the geometry's reach."""

    def __init__(
        self, geometry: Geometry, rings: Sequence[str], address: str = "", choosing: str = ""
    ) -> None:
        """`rings` are titles, `address` goes before the addresses of all blips; `choosing` before
        their slugs, in place of the addresses."""
        self.geometry = geometry
        self.letters = min(12.5, geometry.blip * 0.95)
        self._rings = rings
        self._address = address
        self._choosing = escape(choosing)
        blip, self._tip = geometry.blip, geometry.reach - LINE
        self._half = min(1.29 * blip, self._tip)
        self._around = around = min(1.42 * blip, geometry.reach) - LINE
        self._circle = f'<circle class="s" r="{units(blip - LINE)}"/>'
        self._inner = min(blip - LINE, around - 2.2)
        self._inner_circle = f'<circle class="s" r="{units(self._inner)}"/>'
        self._diamond = f'<path class="s" d="{_diamond(self._half)}"/>'
        self._body = min(blip - LINE, self._tip / 1.3)
        self._drop = _drop(self._body, self._tip)
        is_slim = self._body < blip - LINE
        self._target = f'<circle class="hit" r="{units(blip)}"/>' * is_slim
        self._overdue = f'<circle class="od" r="{units(around)}"/>'
        self._halo = f'<circle class="halo" r="{units(geometry.reach + 3)}"/>'

    def extent(self, blip: Shaped) -> float:
        """How far the body of a mark sticks out from its slot."""
        if blip.is_overdue:
            return self._around + LINE
        return self._half + LINE if blip.movement == NEW else self.geometry.blip

    def cover(self, blip: Shaped, room: Room) -> None:
        """Note what the mark covers."""
        x, y = self.geometry.position(blip.sector, blip.ring, blip.slot)
        room.cover_mark(x, y, self.extent(blip))
        if blip.movement in TURNED:
            angle, end = radians(self._turn(blip, x, y)), self._tip - TIP
            room.cover_mark(x + end * cos(angle), y + end * sin(angle), TIP)

    def draw(
        self,
        blip: Blip,
        *,
        is_dimmed: bool = False,
        is_quiet: bool = False,
        is_selected: bool = False,
    ) -> str:
        """Dimmed is what a filter leaves out, quiet what is not the matter of the picture."""
        x, y = self.geometry.position(blip.sector, blip.ring, blip.slot)
        classes = blip.meaning
        if blip.movement != UNCHANGED:
            classes += " ch"
        if is_quiet:
            classes += " same"
        more = ""
        if is_dimmed:
            classes += " dim"
            more += ' aria-hidden="true" tabindex="-1"'
        if is_selected:
            classes += " on"
            more += ' aria-current="true"'
        return (
            f'<a class="{classes}" href="{self._href(blip)}"'
            f' transform="translate({units(x)} {units(y)})"'
            f' aria-label="{escape(spoken(blip, self._rings[blip.ring]))}"{more}>'
            f"<title>{escape(blip.name)}</title>{self._halo * is_selected}"
            f"{self._overdue * blip.is_overdue}{self._shape(blip, x, y)}"
            f"{self._number(blip)}</a>"
        )

    def _href(self, blip: Blip) -> str:
        if self._choosing:
            return f"{self._choosing}{blip.slug}#t-{blip.slug}"
        return escape(self._address + blip.url)

    def draw_gone(self, blip: Blip) -> str:
        """A place that was left, crossed out; the number belongs to another list."""
        x, y = self.geometry.position(blip.sector, blip.ring, blip.slot)
        arm = units(self.geometry.blip * 0.4)
        words = f"{blip.name}, gone, was in {self._rings[blip.ring]}"
        return (
            f'<a class="gone" href="{escape(self._address + blip.url)}"'
            f' transform="translate({units(x)} {units(y)})" aria-label="{escape(words)}">'
            f"<title>{escape(blip.name)}</title>{self._circle}"
            f'<path class="x" d="M-{arm}-{arm}L{arm} {arm}M{arm}-{arm}L-{arm} {arm}"/></a>'
        )

    def draw_former(self, blip: Blip) -> str:
        """The place that something moved from."""
        x, y = self.geometry.position(blip.sector, blip.ring, blip.slot)
        radius = units(self.geometry.blip * FORMER)
        return f'<circle class="was" cx="{units(x)}" cy="{units(y)}" r="{radius}"/>'

    def _shape(self, blip: Shaped, x: float, y: float) -> str:
        if blip.movement in TURNED:
            turn = self._turn(blip, x, y)
            return f'{self._target}<path class="s" transform="rotate({turn})" d="{self._drop}"/>'
        if blip.movement == NEW:
            return self._diamond
        return self._inner_circle if blip.is_overdue else self._circle

    def _number(self, blip: Blip) -> str:
        """In the picture's letters, smaller where the mark is too small for its figures."""
        figures = len(str(blip.number))
        if blip.movement == NEW:
            largest = self._half / (figures * FIGURE / 2 + RISE)
        elif blip.movement in TURNED:
            largest = 1.9 * self._body / (figures * FIGURE)
        else:
            radius = self._inner if blip.is_overdue else self.geometry.blip - LINE
            largest = 1.9 * radius / (figures * FIGURE)
        size = min(self.letters, largest)
        smaller = f' font-size="{units(size)}"' if size < self.letters else ""
        return f'<text y="{units(size * RISE)}"{smaller}>{blip.number}</text>'

    def _turn(self, blip: Shaped, x: float, y: float) -> int:
        """In degrees, where a drop points to."""
        centre_x, centre_y = self.geometry.centre(blip.sector)
        return round(degrees(atan2(centre_y - y, centre_x - x))) + TURNED[blip.movement]


def _diamond(half: float) -> str:
    side = units(half)
    return f"M0-{side}L{side} 0 0 {side}-{side} 0z"


def _drop(radius: float, tip: float) -> str:
    """A circle with a tip to the right, where the tangents meet."""
    x, y = units(radius * radius / tip), units(radius * sqrt(1 - (radius / tip) ** 2))
    return f"M{units(tip)} 0L{x} {y}A{units(radius)} {units(radius)} 0 1 1 {x}-{y}z"
