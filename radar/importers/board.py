"""A radar in memory while files are compared with it: what the database knows, and what the plan
adds to it. Rows that are not written yet are model objects without a key."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from radar.importers.document import Day, Document, Named, clean
from radar.importers.words import (
    HOLD_ALIASES,
    UNSORTED,
    fold,
    meaning_of,
    plan_rings,
    plan_sectors,
)
from radar.models import Edition, Placement, Radar, Ring, Sector, Technology
from radar.models.radar import FEWEST_SECTORS, MOST_RINGS, MOST_SECTORS
from radar.models.technology import name_key
from radar.names import free_slug, slug_for

UNTITLED = "Technology radar"
Placements = dict[str, Placement]  # by the key of the technology's name


@dataclass
class Known:
    """An edition and what is in it, read when it is first asked for."""

    edition: Edition
    read: Callable[[], Placements]
    _placements: Placements | None = None

    @property
    def placements(self) -> Placements:
        if self._placements is None:
            self._placements = self.read()
        return self._placements

    @placements.setter
    def placements(self, value: Placements) -> None:
        self._placements = value

    @property
    def order(self) -> tuple[date, int]:
        """Editions by day, then in the order in which they came; a draft is the last."""
        edition = self.edition
        return edition.date or date.max, edition.pk or 2**62


@dataclass
class Board:
    """`sectors` by their order; `technologies` by the key of their names."""

    radar: Radar
    sectors: list[Sector]
    rings: list[Ring]
    technologies: dict[str, Technology]
    editions: list[Known]
    _slugs: set[str] = field(default_factory=set)
    _sector_of: dict[int, Sector] | None = None
    _by_sector: dict[str, Sector] = field(default_factory=dict)
    _by_ring: dict[str, Ring] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._slugs = {technology.slug for technology in self.technologies.values()}
        for sector in self.sectors:
            self._name_sector(sector)
        for ring in self.rings:
            for name in (ring.key, ring.title, *ring.aliases):
                self._by_ring.setdefault(fold(name), ring)

    @property
    def is_new(self) -> bool:
        return self.radar.pk is None

    def published(self) -> list[Known]:
        """Published editions, oldest first."""
        found = (known for known in self.editions if not known.edition.is_draft)
        return sorted(found, key=lambda known: known.order)

    def draft(self) -> Known | None:
        return next((known for known in self.editions if known.edition.is_draft), None)

    def current(self) -> Known | None:
        """Where the work stands: the draft, else the latest edition."""
        published = self.published()
        return self.draft() or (published[-1] if published else None)

    def before(self, day: date, edition: Edition | None = None) -> Known | None:
        """The published edition that one of a day follows."""
        order = (day, (edition.pk if edition else None) or 2**62)
        earlier = [
            known
            for known in self.published()
            if known.edition is not edition and known.order < order
        ]
        return earlier[-1] if earlier else None

    def matching(self, day: Day) -> Known | None:
        """The edition that a file means by a day: of that part of an address, else of that date."""
        published = self.published()
        same_key = [known for known in published if known.edition.key == day.key]
        same_date = [known for known in published if known.edition.date == day.date]
        found = same_key or same_date[-1:]
        return found[0] if found else None

    def named(self, words: str) -> Known | None:
        """The published edition of a key or title."""
        wanted = fold(words)
        for known in self.published():
            if wanted in (fold(known.edition.key), fold(known.edition.title)):
                return known
        return None

    def ring_of(self, word: str) -> tuple[Ring | None, bool]:
        """The ring a file means, and whether it calls it by another name than the radar does."""
        folded = fold(word)
        found = self._by_ring.get(folded)
        if found is not None:
            return found, folded not in (fold(found.key), fold(found.title))
        meaning = "hold" if folded in HOLD_ALIASES else folded
        same = [ring for ring in self.rings if ring.meaning == meaning == meaning_of(word)]
        return (same[0], True) if len(same) == 1 else (None, False)

    def sector_of(self, word: str) -> tuple[Sector, bool]:
        """The sector a file names, and whether the radar had none like it.

        An unknown one is added to the radar while there is room, and is `Unsorted` after that.
        """
        found = self._by_sector.get(fold(word))
        if found is not None:
            return found, False
        reserved = 0 if fold(UNSORTED.title) in self._by_sector else 1
        if len(self.sectors) >= MOST_SECTORS - reserved:
            return self.unsorted(), True
        return self._add_sector(Named("", word)), True

    def sector_of_technology(self, technology: Technology) -> Sector:
        """Where a technology was last on this radar; where it never was, `Unsorted`."""
        if self._sector_of is None:
            by_pk = {sector.pk: sector for sector in self.sectors if sector.pk}
            rows = Placement.objects.filter(edition__radar=self.radar.pk).order_by(
                "edition__date", "edition_id"
            )
            self._sector_of = {
                pk: by_pk[sector] for pk, sector in rows.values_list("technology_id", "sector_id")
            }
        current = self.current()
        here = current.placements.get(technology.name_key) if current else None
        if here is not None:
            return here.sector
        known = self._sector_of.get(technology.pk or 0)
        return known or self.unsorted()

    def unsorted(self) -> Sector:
        """For what has no sector; the last one where there is no room for it."""
        found = self._by_sector.get(fold(UNSORTED.title))
        if found is None and len(self.sectors) < MOST_SECTORS:
            found = self._add_sector(UNSORTED)
        return found or self.sectors[-1]

    def technology(self, name: str, now: datetime) -> Technology:
        """The technology of a name, made where nobody knows it."""
        key = name_key(name)
        if key not in self.technologies:
            slug = free_slug(name, self._slugs)
            self._slugs.add(slug)
            self.technologies[key] = Technology(name=name, name_key=key, slug=slug, created_at=now)
        return self.technologies[key]

    def _add_sector(self, named: Named) -> Sector:
        title = " ".join(named.title.replace("-", " ").split()) if named.key == "" else named.title
        title = (title[:1].upper() + title[1:])[:120]
        taken = {sector.key for sector in self.sectors}
        sector = Sector(
            radar=self.radar,
            key=free_slug(title[:60], taken),
            title=title,
            order=len(self.sectors),
        )
        self.sectors.append(sector)
        self._name_sector(sector)
        self._by_sector.setdefault(fold(named.title), sector)
        return sector

    def _name_sector(self, sector: Sector) -> None:
        for name in (sector.key, sector.title):
            self._by_sector.setdefault(fold(name), sector)


def load(radar: Radar) -> Board:
    """What the database knows of a radar."""
    sectors, rings = list(radar.sectors.all()), list(radar.rings.all())
    technologies = {technology.name_key: technology for technology in Technology.objects.all()}
    by_pk = {technology.pk: technology for technology in technologies.values()}
    sector_by_pk = {sector.pk: sector for sector in sectors}
    ring_by_pk = {ring.pk: ring for ring in rings}

    def reader(edition: Edition) -> Callable[[], Placements]:
        def read() -> Placements:
            found: Placements = {}
            for placement in edition.placements.all():
                placement.edition = edition
                placement.technology = by_pk[placement.technology_id]
                placement.sector = sector_by_pk[placement.sector_id]
                placement.ring = ring_by_pk[placement.ring_id]
                found[placement.technology.name_key] = placement
            return found

        return read

    editions = list(radar.editions.all())
    for edition in editions:
        edition.radar = radar
    known = [Known(edition, reader(edition)) for edition in editions]
    return Board(radar, sectors, rings, technologies, known)


def begin(slug: str, title: str, documents: Sequence[Document], now: datetime) -> Board:
    """A radar that is made from files; the newest says in which order its sectors come."""
    newest_first = list(reversed(documents))
    title = title or next((one.title for one in newest_first if one.title), "") or UNTITLED
    title = " ".join(clean(title).split())[:120]
    radar = Radar(slug=slug or slug_for(title)[:80], title=title, created_at=now)
    declared_rings = _together(document.rings for document in newest_first)
    written = [row.ring for document in newest_first for row in document.rows]
    rings = [
        Ring(
            radar=radar,
            key=slug_for(plan.title)[:80],
            title=plan.title[:120],
            description=plan.description,
            order=order,
            meaning=plan.meaning,
            aliases=list(plan.aliases),
        )
        for order, plan in enumerate(plan_rings(declared_rings, written, MOST_RINGS))
    ]
    _number_keys(rings)
    declared = _together(document.sectors for document in newest_first)
    words = [row.sector for document in newest_first for row in document.rows]
    planned = plan_sectors(declared, words, FEWEST_SECTORS, MOST_SECTORS)
    sectors = [
        Sector(
            radar=radar,
            key=slug_for(named.key or named.title)[:80],
            title=named.title[:120],
            description=named.description,
            order=order,
        )
        for order, named in enumerate(planned)
    ]
    _number_keys(sectors)
    technologies = {technology.name_key: technology for technology in Technology.objects.all()}
    return Board(radar, sectors, rings, technologies, [])


def _together(lists: Iterable[Sequence[Named]]) -> list[Named]:
    """All that is named in any, each title once."""
    found: dict[str, Named] = {}
    for names in lists:
        for named in names:
            title = " ".join(clean(named.title).split()) or named.key
            named = Named(named.key, title, clean(named.description))  # noqa: PLW2901 the same, clean
            found.setdefault(fold(title), named)
    return list(found.values())


def _number_keys(rows: Sequence[Sector] | Sequence[Ring]) -> None:
    taken: set[str] = set()
    for row in rows:
        row.key = free_slug(row.key, taken)
        taken.add(row.key)
