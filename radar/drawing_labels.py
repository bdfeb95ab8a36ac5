"""Where the names of blips go: beside them without covering anything, else where there is room,
with a line that leads there.

What is covered is noted on a grid of cells, one number a row and one bit a cell. What is covered
in part counts as covered, so nothing that fits on the grid overlaps.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product
from math import ceil, hypot, sqrt

from radar.geometry import VIEW

CELL = 2
CELLS = int(VIEW) // CELL
EDGE = 4  # from the picture's edge

SIZE = 13  # of the letters
LINE = 15  # from line to line
LONGEST = 42  # letters; the list has the whole name
LONGEST_LINE = 22
SPACE = 4  # between two names in a row
GAP = 5  # between a mark and its name

CLEAR = 4  # cells after which a line has left the mark it comes from
NEAR, FAR = 80, 330  # how long a line may be that meets nothing, and one that passes below marks

Line = tuple[float, float, float, float]
Spot = tuple[float, float]  # left, top
Place = tuple[float, float, str, Line | None]  # left, top, anchor, leader

_NARROW = frozenset("iljtfrI.,:;'|!()[] ")
_WIDE = frozenset("mwMWQOGD@%&")


@dataclass(frozen=True, slots=True)
class Wish:
    """A name, and the mark it belongs to: its place, and how far it sticks out."""

    key: str
    name: str
    x: float
    y: float
    reach: float


Candidates = Callable[[Wish, float, float], Iterator[Place]]


@dataclass(frozen=True, slots=True)
class Label:
    """A name in its place: its box, and `leader`, a line from the mark where it does not stand
    beside it. `anchor` says which end of the lines is even: start, middle or end."""

    key: str
    lines: tuple[str, ...]
    left: float
    top: float
    width: float
    height: float
    anchor: str
    leader: Line | None

    @property
    def x(self) -> float:
        """Where the anchor of the text is."""
        return self.left + {"start": 0.0, "middle": self.width / 2, "end": self.width}[self.anchor]


class Room:
    """What of the picture is covered, by marks or by anything written."""

    def __init__(self) -> None:
        self._covered = [0] * (CELLS + 1)
        self._written = [0] * (CELLS + 1)

    def cover_mark(self, x: float, y: float, radius: float) -> None:
        column, row = int(x) // CELL, int(y) // CELL
        for offset, half, bits in _disc(radius):
            if 0 <= row + offset <= CELLS:
                shift = column - half
                self._covered[row + offset] |= bits << shift if shift >= 0 else bits >> -shift

    def cover_text(self, left: float, top: float, right: float, bottom: float) -> None:
        bits = _bits(left, right)
        for row in range(max(0, int(top) // CELL), min(CELLS, int(bottom) // CELL) + 1):
            self._covered[row] |= bits
            self._written[row] |= bits

    def cover_line(self, line: Line) -> None:
        for column, row in _along(line):
            self._covered[row] |= 1 << column

    def is_free_box(self, left: float, top: float, right: float, bottom: float) -> bool:
        if left < EDGE or top < EDGE or right > VIEW - EDGE or bottom > VIEW - EDGE:
            return False
        bits = _bits(left, right)
        covered = 0
        for row in self._covered[int(top) // CELL : int(bottom) // CELL + 1]:
            covered |= row
        return not covered & bits

    def is_free_line(self, line: Line) -> bool:
        """Whether a line from a mark meets nothing on its way."""
        covered = self._covered
        return not any(covered[row] >> column & 1 for column, row in _along(line, CLEAR))

    def is_legible_line(self, line: Line) -> bool:
        """Whether a line meets nothing written; it may pass below marks and other lines."""
        written = self._written
        return not any(written[row] >> column & 1 for column, row in _along(line))

    def free_places(
        self, x: float, y: float, width: float, height: float, longest: float
    ) -> list[Spot]:
        """Where a box of this size is free: per row the nearest places on either side of a point
        and not farther than `longest` from it; the nearest first."""
        columns, pairs = int(width) // CELL + 2, int(height) // CELL // 2 + 2
        first = max(EDGE, int(y - height - longest)) // CELL // 2 + 1
        last = min(CELLS // 2 - pairs, int(y + longest) // CELL // 2)
        inside = ((1 << (CELLS - columns - 1)) - 1) & ~3
        at = max(0, int(x - width / 2) // CELL)
        before = (1 << at) - 1
        spots = []
        for pair, taken in enumerate(self._taken(first, last, columns, pairs), first):
            free = ~taken & inside
            if not free:
                continue
            top = pair * 2 * CELL + 1
            for column in ((free & before).bit_length() - 1, _lowest(free >> at, at)):
                left = column * CELL + 1
                if column >= 0 and (away := _distance(x, y, left, top, width, height)) < longest:
                    spots.append((away, left, top))
        return [(left, top) for _, left, top in sorted(spots)]

    def _taken(self, first: int, last: int, columns: int, pairs: int) -> list[int]:
        """For pairs of rows, from the first up to the last, which cells can't be the corner of a
        box of so many columns and pairs: pairs are twice as fast as rows, and fine enough."""
        rows = self._covered[2 * first : 2 * (last + pairs)]
        taken = [row | below for row, below in zip(rows[::2], rows[1::2], strict=True)]
        for shift in _shifts(pairs):
            taken = [row | below for row, below in zip(taken, taken[shift:], strict=False)]
        shifts = _shifts(columns)
        for at, row in enumerate(taken):
            spread = row
            for shift in shifts:
                spread |= spread >> shift
            taken[at] = spread
        return taken


def place_labels(wishes: Iterable[Wish], room: Room) -> list[Label]:
    """A label for every wish that there is room for; `room` has their marks and all else that may
    not be covered, and gets the labels.

    Names go beside their marks; else near them, with a line that meets nothing; else farther, with
    a line below marks, and below names where there is no other way.
    """
    found = []
    waiting = list(wishes)
    for candidates, rules in (
        (_beside, (room.is_free_line,)),
        (partial(_around, room=room, longest=NEAR), (room.is_free_line,)),
        (partial(_around, room=room, longest=FAR), (room.is_legible_line, _any_line)),
    ):
        unplaced = []
        for wish in waiting:
            label = _first_free(wish, candidates, rules, room)
            if label:
                found.append(label)
            else:
                unplaced.append(wish)
        waiting = unplaced
    return found


def lines_of(name: str) -> tuple[str, ...]:
    """A name in one line or two, cut where it is very long."""
    if len(name) > LONGEST:
        name = name[: LONGEST - 1].rstrip() + "…"
    if len(name) <= LONGEST_LINE or " " not in name.strip():
        return (name,)
    breaks = [at for at, letter in enumerate(name) if letter == " "]
    middle = min(breaks, key=lambda at: abs(2 * at + 1 - len(name)))
    return name[:middle], name[middle + 1 :]


def text_width(text: str, size: float) -> float:
    """About how wide a text is in the portal's letters: rather too wide than too narrow."""
    ems = 0.0
    for letter in text:
        if letter in _NARROW:
            ems += 0.36
        elif letter in _WIDE:
            ems += 0.9
        elif letter.isupper():
            ems += 0.7
        else:
            ems += 0.6 if letter < "\u2e80" else 1.0  # East Asian scripts begin there
    return ems * size


def _first_free(
    wish: Wish, candidates: Candidates, rules: Sequence[Callable[[Line], bool]], room: Room
) -> Label | None:
    """The wish in the first place whose line keeps the first rule, else the next."""
    lines = lines_of(wish.name)
    width, height = max(text_width(line, SIZE) for line in lines), float(LINE * len(lines))
    places = list(candidates(wish, width, height))
    for may_lead, (left, top, anchor, leader) in product(rules, places):
        if leader and not may_lead(leader):
            continue
        if not room.is_free_box(left, top, left + width, top + height):
            continue
        room.cover_text(left - SPACE, top, left + width + SPACE, top + height)
        if leader:
            room.cover_line(leader)
        return Label(wish.key, lines, left, top, width, height, anchor, leader)
    return None


def _any_line(line: Line) -> bool:
    return True


def _beside(wish: Wish, width: float, height: float) -> Iterator[Place]:
    """Right by the mark: outwards first, then below and above, then at its corners."""
    out = wish.reach + GAP
    lean = 0.7 * out
    middle = wish.y - height / 2
    ahead, behind = (wish.x + out, "start"), (wish.x - out - width, "end")
    for left, anchor in (behind, ahead) if wish.x < VIEW / 2 else (ahead, behind):
        yield left, middle, anchor, None
    for top in (wish.y + out, wish.y - out - height):
        yield wish.x - width / 2, top, "middle", None
    for left, anchor in ((wish.x + lean, "start"), (wish.x - lean - width, "end")):
        for top in (wish.y + lean, wish.y - lean - height):
            yield left, top, anchor, None


def _around(wish: Wish, width: float, height: float, room: Room, longest: float) -> Iterator[Place]:
    """Ever farther from the mark, with a line to the nearest edge of the name."""
    for left, top in room.free_places(wish.x, wish.y, width, height, longest):
        x = min(max(wish.x, left), left + width)
        y = min(max(wish.y, top), top + height)
        away = hypot(x - wish.x, y - wish.y)
        if away > wish.reach:
            share = (wish.reach + 1) / away
            start = wish.x + (x - wish.x) * share, wish.y + (y - wish.y) * share
            anchor = "start" if x == left else "end" if x == left + width else "middle"
            yield left, top, anchor, (*start, x, y)


def _distance(x: float, y: float, left: float, top: float, width: float, height: float) -> float:
    """From a point to the nearest edge of a box."""
    across = max(left - x, x - left - width, 0)
    down = max(top - y, y - top - height, 0)
    return hypot(across, down)


def _lowest(bits: int, offset: int) -> int:
    """The place of the lowest bit that is set, beyond an offset; -1 where there is none."""
    return (bits & -bits).bit_length() - 1 + offset if bits else -1


@lru_cache(maxsize=256)
def _shifts(columns: int) -> tuple[int, ...]:
    """By how much a row is to be shifted onto itself, time after time, so that a cell tells of
    itself and of those ahead, `columns` in all."""
    shifts = []
    seen = 1
    while seen < columns:
        shifts.append(min(seen, columns - seen))
        seen += shifts[-1]
    return tuple(shifts)


@lru_cache(maxsize=64)
def _disc(radius: float) -> tuple[tuple[int, int, int], ...]:
    """All cells that a disc may touch, wherever in its cell the centre is: for each row how far it
    is from the centre's, half its width, and its bits."""
    cells = radius / CELL
    rows = []
    for offset in range(-int(cells) - 1, int(cells) + 2):
        half = int(sqrt(cells * cells - max(0, abs(offset) - 1) ** 2)) + 1
        rows.append((offset, half, (1 << (2 * half + 1)) - 1))
    return tuple(rows)


def _bits(left: float, right: float) -> int:
    first, last = max(0, int(left) // CELL), min(CELLS, int(right) // CELL)
    return ((1 << (last - first + 1)) - 1) << first if last >= first else 0


def _along(line: Line, first: int = 0) -> Iterator[tuple[int, int]]:
    """The cells on a line, without so many of the first; a line within the picture passes no
    others."""
    x1, y1, x2, y2 = line
    steps = max(1, ceil(hypot(x2 - x1, y2 - y1) / CELL))
    across, down = (x2 - x1) / steps, (y2 - y1) / steps
    for step in range(first, steps + 1):
        yield int(x1 + across * step) // CELL, int(y1 + down * step) // CELL
