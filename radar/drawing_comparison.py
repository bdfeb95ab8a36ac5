"""Two states of a radar in one picture: everything that moved with an arrow from its old place,
what came, and what went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import atan2, cos, hypot, sin

from radar.blip import Blip
from radar.compare import GONE, KINDS, Comparison
from radar.drawing import Picture, draw_labels, draw_scene, framed
from radar.drawing_labels import Line
from radar.drawing_marks import FORMER, Marks, units
from radar.geometry import Geometry, lay_out
from radar.movement import UNCHANGED
from radar.slots import assign, fits

HEAD = 8.0  # length of an arrow's head
SPREAD = 0.42  # half the angle of its tip
CLEAR = 2.0  # between an arrow and its marks

BEFORE = "\n"  # after the slug of what stands for an old place; no slug has it


@dataclass(frozen=True)
class _Standing:
    """Who stands where in the comparison's own picture."""

    now: tuple[Blip, ...]
    gone: tuple[Blip, ...]
    former: tuple[Blip, ...]  # old places of what moved
    geometry: Geometry


def draw_comparison(picture: Picture, comparison: Comparison, *, standalone: bool = False) -> str:
    """`picture` is of the later state, which `comparison` compares with an earlier one.

    Blips stand where the later state has them. Where the old places do not fit in there,
    everything is laid out for this picture alone.
    """
    picture = replace(picture, blips=_compared(picture.blips, comparison))
    standing = _stand(picture, comparison)
    now, gone, former = standing.now, standing.gone, standing.former
    shown = replace(picture, geometry=standing.geometry)
    changed = [blip.slug for blip in now if blip.movement != UNCHANGED]
    marks = Marks(shown.plane, [ring.title for ring in shown.rings], shown.address)
    by_slug = {blip.slug: blip for blip in now}
    lines = [_way(marks, blip, by_slug[blip.slug.removesuffix(BEFORE)]) for blip in former]
    ground, labels = draw_scene(
        shown, [*now, *gone, *former], [*changed, *(blip.slug for blip in gone)], lines
    )
    ways = "".join([*map(marks.draw_former, former), *map(_arrow, lines)])
    drawn = [marks.draw(blip, is_quiet=blip.movement == UNCHANGED) for blip in now]
    drawn += [marks.draw_gone(blip) for blip in gone]
    body = (
        f'{ground}<g class="ways" aria-hidden="true">{ways}</g>'
        f"{draw_labels(labels)}"
        f'<g class="sg" font-size="{units(marks.letters)}">{"".join(drawn)}</g>'
    )
    return framed(shown, _description(comparison), body, standalone=standalone)


def _compared(blips: Iterable[Blip], comparison: Comparison) -> list[Blip]:
    """Blips of the later state with how they moved since the earlier one."""
    movements = {row.after.slug: row for row in comparison.rows if row.after}
    found = []
    for blip in blips:
        row = movements.get(blip.slug)
        kind, ring = (row.kind, row.from_ring) if row else (UNCHANGED, "")
        found.append(replace(blip, movement=kind, from_ring=ring, is_overdue=False))
    return found


def _stand(picture: Picture, comparison: Comparison) -> _Standing:
    """Everything that is to be drawn with a slot of its own, none upon another."""
    now = picture.drawn
    drawn = {blip.slug for blip in now}
    gone, former = [], []
    for row in comparison.rows:
        if row.before is None or not row.before.is_featured:
            continue
        if row.kind == GONE:
            gone.append(replace(row.before, movement=GONE, is_overdue=False))
        elif row.before.slug in drawn:
            slug = f"{row.before.slug}{BEFORE}"
            former.append(replace(row.before, slug=slug, movement=UNCHANGED, is_overdue=False))
    geometry, slots = _seats(picture.geometry, now, [*gone, *former])

    def seated(blips: Iterable[Blip]) -> tuple[Blip, ...]:
        return tuple(replace(blip, slot=slots[blip.slug]) for blip in blips)

    return _Standing(seated(now), seated(gone), seated(former), geometry)


def _seats(
    geometry: Geometry, now: Sequence[Blip], before: Sequence[Blip]
) -> tuple[Geometry, dict[str, int]]:
    """The later state's own slots, and for old places their own if nobody took them since."""
    wanted = {blip.slug: (blip.sector, blip.ring) for blip in (*now, *before)}
    kept = {blip.slug: (blip.sector, blip.ring, blip.slot) for blip in now}
    if not fits(geometry, wanted):
        sectors = max(geometry.sectors, 1 + max(sector for sector, _ in wanted.values()))
        rings = max(len(geometry.bounds), 1 + max(ring for _, ring in wanted.values()))
        demand = [[0] * rings for _ in range(sectors)]
        for sector, ring in wanted.values():
            demand[sector][ring] += 1
        geometry, kept = lay_out(demand), {}
    taken = set(kept.values())
    for blip in before:
        place = (blip.sector, blip.ring, blip.slot)
        if place not in taken:
            kept[blip.slug] = place
    return geometry, assign(geometry, wanted, kept)


def _way(marks: Marks, old: Blip, new: Blip) -> Line:
    """From the edge of the old place to the edge of the mark."""
    plane = marks.geometry
    x1, y1 = plane.position(old.sector, old.ring, old.slot)
    x2, y2 = plane.position(new.sector, new.ring, new.slot)
    away = hypot(x2 - x1, y2 - y1)
    start = (plane.blip * FORMER + CLEAR) / away
    end = 1 - (marks.extent(new) + CLEAR) / away
    across, down = x2 - x1, y2 - y1
    return x1 + across * start, y1 + down * start, x1 + across * end, y1 + down * end


def _arrow(line: Line) -> str:
    x1, y1, x2, y2 = line
    angle = atan2(y2 - y1, x2 - x1)
    wings = "".join(
        f"L{units(x2 - HEAD * cos(angle + turn))} {units(y2 - HEAD * sin(angle + turn))}"
        for turn in (SPREAD, -SPREAD)
    )
    return (
        f'<path class="way" d="M{units(x1)} {units(y1)}L{units(x2)} {units(y2)}"/>'
        f'<path class="tip" d="M{units(x2)} {units(y2)}{wings}z"/>'
    )


def _description(comparison: Comparison) -> str:
    counts = comparison.counts
    words = ", ".join(f"{counts[kind]} {kind.replace('_', ' ')}" for kind in KINDS)
    return f"{words}, {counts[UNCHANGED]} unchanged."
