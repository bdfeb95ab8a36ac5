"""Gives the placements of an edition their slots, and the edition its geometry."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count

from radar.geometry import Geometry, lay_out
from radar.models import Edition, Placement, Radar
from radar.slots import assign, fits

Segment = tuple[int, int]  # sector, ring
Place = tuple[int, int, int]  # sector, ring, slot


def place(edition: Edition, placements: Sequence[Placement], before: Edition | None) -> None:
    """Set `slot` of every placement of `edition`, its `geometry` and `is_repacked`.

    A blip that stays in its segment stays where it is in the edition `before`; one that came with
    an earlier change of this edition stays where that put it. The radar is laid out anew where a
    segment overflows, or where it has got other sectors or rings. Placements that are not featured
    have no place, and an edition without any binds nobody. Nothing is saved. Needs technology,
    sector and ring loaded; makes two queries.
    """
    wanted = {
        placement.technology.slug: (placement.sector.order, placement.ring.order)
        for placement in placements
        if placement.is_featured
    }
    shape = _shape(edition.radar)
    places = _places([before, edition] if before else [edition])
    known = {base.pk: _geometry(base) for base in (before, edition) if base and base.pk in places}
    usable = (geometry for geometry in known.values() if geometry)
    geometry = next(
        (base for base in usable if _shape_of(base) == shape and fits(base, wanted)), None
    ) or lay_out(_demand(shape, wanted.values()))
    same = [places[pk] for pk, base in known.items() if base == geometry]
    slots = assign(geometry, wanted, _claims(wanted, same))
    for placement in placements:
        placement.slot = slots.get(placement.technology.slug, 0)
    earlier = known.get(before.pk) if before else None
    edition.geometry = geometry.as_json()
    edition.is_repacked = earlier is not None and earlier != geometry


def _shape(radar: Radar) -> tuple[int, int]:
    """How many sectors and rings a radar has."""
    counted = Radar.objects.annotate(
        of_sectors=Count("sectors", distinct=True), of_rings=Count("rings", distinct=True)
    )
    sectors, rings = counted.values_list("of_sectors", "of_rings").get(pk=radar.pk)
    return sectors, rings


def _shape_of(geometry: Geometry) -> tuple[int, int]:
    return geometry.sectors, len(geometry.bounds)


def _geometry(edition: Edition) -> Geometry | None:
    return Geometry.from_json(edition.geometry) if edition.geometry else None


def _demand(shape: tuple[int, int], segments: Iterable[Segment]) -> list[list[int]]:
    sectors, rings = shape
    demand = [[0] * rings for _ in range(sectors)]
    for sector, ring in segments:
        demand[sector][ring] += 1
    return demand


def _places(editions: Sequence[Edition]) -> dict[int, dict[str, Place]]:
    """What is drawn where in each of the editions that has anything."""
    rows = Placement.objects.filter(
        edition__in=[edition.pk for edition in editions], is_featured=True
    ).values_list("edition_id", "technology__slug", "sector__order", "ring__order", "slot")
    places: dict[int, dict[str, Place]] = defaultdict(dict)
    for edition_id, slug, *where in rows:
        sector, ring, slot = where
        places[edition_id][slug] = (sector, ring, slot)
    return places


def _claims(
    wanted: Mapping[str, Segment], sources: Iterable[Mapping[str, Place]]
) -> dict[str, Place]:
    """Who stays in its segment, and where: what an earlier source says goes first."""
    claims: dict[str, Place] = {}
    used: set[Place] = set()
    for places in sources:
        for key, claimed in places.items():
            if key not in claims and wanted.get(key) == claimed[:2] and claimed not in used:
                claims[key] = claimed
                used.add(claimed)
    return claims
