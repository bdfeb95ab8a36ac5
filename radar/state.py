"""What a radar says: in an edition, in its draft, or on any day.

A `Snapshot` is read by pages, pictures, tables, comparisons and exports alike. Where technologies
stand, how they moved and what was said of them is of the edition; owner, tags, use and review are
of today in every edition.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from portal.lib.addresses import address_of
from radar.blip import Blip
from radar.geometry import Geometry, lay_out
from radar.models import Edition, Placement, Radar, Ring, RingChange, Sector
from radar.movement import movement
from radar.slots import assign, fits

__all__ = ["Blip", "Snapshot", "current", "default_edition", "snapshot"]

_SLUG = "slug"  # in an address, where a technology's own goes
_TECHNOLOGY = (
    "technology_id",
    "technology__slug",
    "technology__name",
    "technology__name_key",
    "technology__description",
    "technology__tags",
    "technology__owner__key",
    "technology__owner__name",
    "technology__owner__title",
    "technology__used_by",
    "entry__next_review_on",
)
_PLACE = (
    "sector__order",
    "ring__order",
    "slot",
    "movement",
    "remark",
    "description",
    "is_featured",
    "was",
)


@dataclass(frozen=True)
class Snapshot:
    """A radar at one time; `edition` is the one it is or goes back to, `on` the day asked for."""

    radar: Radar
    edition: Edition
    on: date | None
    sectors: tuple[Sector, ...]
    rings: tuple[Ring, ...]
    blips: tuple[Blip, ...]
    geometry: Geometry
    title: str


class _Technology(NamedTuple):
    """What today knows of a technology on the radar."""

    pk: int
    slug: str
    name: str
    name_key: str
    description: str
    tags: list[str]
    owner_key: str | None
    owner_name: str | None
    owner_title: str | None
    used_by: int
    next_review_on: date | None


class _Seat(NamedTuple):
    """Where a technology is; `was` is the ring order before."""

    technology: _Technology
    sector: int
    ring: int
    slot: int
    movement: str
    remark: str
    description: str
    is_featured: bool
    was: int | None


def default_edition(radar: Radar) -> Edition | None:
    """What everybody sees: the latest published edition, the draft while nothing is published."""
    return radar.editions.drafts_last().first()


def current(radar: Radar) -> Edition | None:
    """Where the work stands: the draft if there is one, else the latest published edition."""
    return radar.editions.drafts_first().first()


def snapshot(
    radar: Radar, *, edition: str = "", on: date | None = None, today: date
) -> Snapshot | None:
    """What the radar says in the edition of a key, else on a day, else by default.

    None where there is no such edition, or nothing was published by that day. Five queries at
    most. An edition older than the radar's present sectors and rings is laid out anew for them.
    """
    base = _base(radar, edition, on)
    if base is None:
        return None
    return snapshot_of(base, on=None if edition else on, today=today)


def snapshot_of(base: Edition, *, on: date | None = None, today: date) -> Snapshot:
    """What an edition says, with its `before_id` known; `on` a day that goes back to it, with the
    changes since. Two queries, and two for sectors and rings that were not fetched before."""
    radar = base.radar
    sectors, rings = tuple(radar.sectors.all()), tuple(radar.rings.all())
    shape = len(sectors), len(rings)
    seats, geometry = _seats(base), Geometry.from_json(base.geometry)
    changed = _changed(base, on, seats) if on is not None else None
    if changed is not None or not _fits(geometry, seats, shape):
        seats, geometry = _seated(seats if changed is None else changed, seats, geometry, shape)
    return Snapshot(
        radar=radar,
        edition=base,
        on=on,
        sectors=sectors,
        rings=rings,
        blips=_blips(seats.values(), rings, today),
        geometry=geometry,
        title=base.title if on is None else f"State of {on.isoformat()}",
    )


def _base(radar: Radar, key: str, on: date | None) -> Edition | None:
    editions = radar.editions.with_before()
    if key:
        return editions.filter(key=key).first()
    if on is not None:
        return editions.published().filter(date__lte=on).last()
    return editions.drafts_last().first()


def _with_entry(queryset: QuerySet[Any], radar_id: int) -> QuerySet[Any]:
    """Rows about technologies with what the radar remembers of each as `entry`."""
    own = Q(technology__entries__radar=radar_id)
    found: QuerySet[Any] = queryset.annotate(
        entry=FilteredRelation("technology__entries", condition=own)
    )
    return found


def _seats(base: Edition) -> dict[str, _Seat]:
    """Everything that is in an edition, by slug; one query."""
    before = Placement.objects.filter(
        edition=getattr(base, "before_id", None), technology=OuterRef("technology")
    )
    rows = _with_entry(base.placements.all(), base.radar_id)
    rows = rows.annotate(was=Subquery(before.values("ring__order")))
    width = len(_TECHNOLOGY)
    seats = {}
    for row in rows.values_list(*_TECHNOLOGY, *_PLACE):
        technology = _Technology(*row[:width])
        seats[technology.slug] = _Seat(technology, *row[width:])
    return seats


def _changed(base: Edition, on: date, seats: Mapping[str, _Seat]) -> dict[str, _Seat] | None:
    """Where everything is once the changes up to a day's end are applied; None without any.

    Slots are those of the edition and may clash. One query.
    """
    until = _midnight(on + timedelta(days=1))
    since = base.published_at if base.is_frozen else _midnight(base.date or on)
    changes = RingChange.objects.filter(
        radar=base.radar_id, origin=Edition.Origin.PORTAL, at__gt=since, at__lt=until
    )
    rows = _with_entry(changes, base.radar_id).order_by("at", "pk")
    width = len(_TECHNOLOGY)
    found = list(rows.values_list(*_TECHNOLOGY, "sector__order", "to_ring__order"))
    if not found:
        return None
    after = {
        slug: seat._replace(movement=movement(seat.ring, seat.ring), was=seat.ring)
        for slug, seat in seats.items()
    }
    for row in found:
        technology, sector, ring = _Technology(*row[:width]), row[width], row[width + 1]
        seat = seats.get(technology.slug)
        if ring is None:
            after.pop(technology.slug, None)
        elif seat is None:
            how = movement(None, ring)
            after[technology.slug] = _Seat(technology, sector, ring, 0, how, "", "", True, None)
        else:
            how = movement(seat.ring, ring)
            moved = seat._replace(sector=sector, ring=ring, movement=how, was=seat.ring)
            after[technology.slug] = moved
    return after


def _midnight(day: date) -> datetime:
    """When a day begins where the portal is, whoever asks."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


def _fits(geometry: Geometry, seats: Mapping[str, _Seat], shape: tuple[int, int]) -> bool:
    return (geometry.sectors, len(geometry.bounds)) == shape and fits(geometry, _places(seats))


def _places(seats: Mapping[str, _Seat]) -> dict[str, tuple[int, int]]:
    """The segments of what the picture shows."""
    return {slug: (seat.sector, seat.ring) for slug, seat in seats.items() if seat.is_featured}


def _seated(
    wanted: Mapping[str, _Seat],
    before: Mapping[str, _Seat],
    geometry: Geometry,
    shape: tuple[int, int],
) -> tuple[dict[str, _Seat], Geometry]:
    """Give everything its slot: those of the edition, unless it has to be laid out anew."""
    places = _places(wanted)
    known = {slug: (seat.sector, seat.ring, seat.slot) for slug, seat in before.items()}
    if not _fits(geometry, wanted, shape):
        demand = [[0] * shape[1] for _ in range(shape[0])]
        for sector, ring in places.values():
            demand[sector][ring] += 1
        geometry, known = lay_out(demand), {}
    slots = assign(geometry, places, known)
    seated = {slug: seat._replace(slot=slots.get(slug, 0)) for slug, seat in wanted.items()}
    return seated, geometry


def _blips(seats: Iterable[_Seat], rings: tuple[Ring, ...], today: date) -> tuple[Blip, ...]:
    """Read models in list order."""
    by_order = {ring.order: ring for ring in rings}
    ordered = sorted(seats, key=lambda seat: (seat.sector, seat.ring, seat.technology.name_key))
    before, _, after = address_of("radar:technology", _SLUG).rpartition(_SLUG)
    return tuple(
        _blip(number, seat, by_order, f"{before}{seat.technology.slug}{after}", today)
        for number, seat in enumerate(ordered, 1)
    )


def _blip(number: int, seat: _Seat, rings: Mapping[int, Ring], url: str, today: date) -> Blip:
    technology = seat.technology
    was = seat.was if seat.was != seat.ring else None
    review = technology.next_review_on
    return Blip(
        number=number,
        slug=technology.slug,
        name=technology.name,
        remark=seat.remark,
        url=url,
        sector=seat.sector,
        ring=seat.ring,
        slot=seat.slot,
        meaning=rings[seat.ring].meaning,
        movement=seat.movement,
        from_ring="" if was is None else rings[was].title,
        description=seat.description or technology.description,
        tags=tuple(technology.tags),
        owner=technology.owner_title or technology.owner_name or "",
        owner_key=technology.owner_key or "",
        used_by=technology.used_by,
        is_overdue=review is not None and review < today,
        next_review_on=review,
        is_featured=seat.is_featured,
        technology_id=technology.pk,
    )
