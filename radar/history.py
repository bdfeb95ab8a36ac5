"""A technology's whole story: where it was in each edition, who moved it and why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from portal.catalog.links import ResolvedLink, resolve
from radar.models import Edition, Placement, Proposal, Radar, Ring, RingChange, Sector, Technology


@dataclass(frozen=True, slots=True)
class Said:
    """What one edition says of a technology."""

    edition: Edition
    ring: Ring
    sector: Sector
    movement: str
    remark: str
    description: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A span of time in one ring; `until` None: it is there still. `ring` None: in none."""

    ring: Ring | None
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Told:
    """A ring change with what it was because of, where that can be named."""

    change: RingChange
    because: ResolvedLink | None


@dataclass(frozen=True)
class Story:
    """A technology on one radar.

    `said` and `changes` are newest first; `segments` go from the oldest on. `last_in` is the
    edition it was in last, where it has faded from the newest one; `draft` is where the draft has
    it, None without a draft or where it is not in there.
    """

    radar: Radar
    said: tuple[Said, ...]
    segments: tuple[Segment, ...]
    changes: tuple[Told, ...]
    proposals: tuple[Proposal, ...]
    last_in: Edition | None
    draft: Said | None
    has_draft: bool

    @property
    def now(self) -> Said | None:
        """What the newest published edition says; None where it is not in there."""
        return self.said[0] if self.said and self.last_in is None else None


def stories(technology: Technology, *, person: object = None) -> list[Story]:
    """The technology's story on every radar that knows it, in the radars' order.

    Four queries, and one for each kind of thing that changes were because of.
    """
    placed: dict[int, list[Placement]] = defaultdict(list)
    placements = technology.placements.select_related("edition", "ring", "sector")
    for placement in placements.order_by("-edition__date", "-edition__pk"):
        placed[placement.edition.radar_id].append(placement)
    changes: dict[int, list[Told]] = defaultdict(list)
    for told in _told(technology.changes.all(), person):
        changes[told.change.radar_id].append(told)
    proposals: dict[int, list[Proposal]] = defaultdict(list)
    for proposal in technology.proposals.select_related("ring", "sector"):
        proposals[proposal.radar_id].append(proposal)
    known = {*placed, *changes, *proposals}
    editions: dict[int, list[Edition]] = defaultdict(list)
    for edition in (
        Edition.objects.filter(radar__in=known)
        .select_related("radar")
        .order_by("radar__order", "radar__title", "date", "pk")
    ):
        editions[edition.radar_id].append(edition)
    radars = {pk: rows[0].radar for pk, rows in editions.items()}
    for pk in known - set(radars):
        radars[pk] = proposals[pk][0].radar
    return [
        _story(radar, editions[pk], placed[pk], changes[pk], proposals[pk])
        for pk, radar in radars.items()
    ]


def _story(
    radar: Radar,
    editions: Sequence[Edition],
    placements: Sequence[Placement],
    changes: Sequence[Told],
    proposals: Sequence[Proposal],
) -> Story:
    """Put one radar's part together; `editions` go from the oldest on, placements the other way."""
    published = [edition for edition in editions if not edition.is_draft]
    said = [_said(placement) for placement in placements]
    drafted = [item for item in said if item.edition.is_draft]
    past = [item for item in said if not item.edition.is_draft]
    newest = published[-1] if published else None
    is_faded = bool(past) and newest is not None and past[0].edition.pk != newest.pk
    return Story(
        radar=radar,
        said=tuple(past),
        segments=tuple(segments(published, past)),
        changes=tuple(changes),
        proposals=tuple(proposals),
        last_in=past[0].edition if is_faded else None,
        draft=drafted[0] if drafted else None,
        has_draft=any(edition.is_draft for edition in editions),
    )


def _said(placement: Placement) -> Said:
    return Said(
        edition=placement.edition,
        ring=placement.ring,
        sector=placement.sector,
        movement=placement.movement,
        remark=placement.remark,
        description=placement.description,
    )


def segments(published: Sequence[Edition], said: Iterable[Said]) -> list[Segment]:
    """The spans of a timeline, from the first edition it was in: neighbours in one ring are one
    span, and editions that it was not in make a span without a ring."""
    rings = {item.edition.pk: item.ring for item in said}
    found: list[Segment] = []
    for edition in published:
        ring = rings.get(edition.pk)
        if edition.date is None or (ring is None and not found):
            continue
        if found and found[-1].ring == ring:
            continue
        if found:
            found[-1] = Segment(found[-1].ring, found[-1].since, edition.date)
        found.append(Segment(ring, edition.date, None))
    return found


def _told(changes: "QuerySet[RingChange]", person: object) -> list[Told]:
    """Changes newest first, each with what it was because of."""
    rows = list(changes.select_related("from_ring", "to_ring", "sector", "edition"))
    ends = {(row.because_kind, row.because_key, "") for row in rows if row.because_kind}
    causes = {(link.kind, link.key): link for link in resolve(ends, person)}
    return [Told(row, causes.get((row.because_kind, row.because_key))) for row in rows]
