"""What people do with radars themselves: sectors, rings, and how often things are reviewed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from portal.accounts.actions import By
from portal.accounts.roles import Permission, require
from portal.audit.actions import record
from portal.lib.errors import Conflict
from portal.shell.words import count_words
from radar import fields
from radar.drafts import draft_of, locked, refresh
from radar.models import Meaning, Placement, Proposal, Radar, Ring, RingChange, Sector
from radar.models.radar import (
    FEWEST_RINGS,
    FEWEST_SECTORS,
    MOST_RINGS,
    MOST_SECTORS,
    RESERVED_SLUGS,
)
from radar.names import free_slug, slug_for
from radar.subjects import radar_subject

_LONGEST_TITLE = 120
_MOST_ALIASES = 10
_MOST_MONTHS = 36


@dataclass(frozen=True, kw_only=True)
class SectorSpec:
    """A sector as somebody wants it; `key` says which one it is now, empty for a new one."""

    title: str
    description: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class RingSpec:
    """A ring as somebody wants it, from the centre outwards."""

    title: str
    meaning: str
    description: str = ""
    aliases: tuple[str, ...] = ()
    key: str = ""


DEFAULT_RINGS = (
    RingSpec(title="Adopt", meaning=Meaning.ADOPT),
    RingSpec(title="Trial", meaning=Meaning.TRIAL),
    RingSpec(title="Assess", meaning=Meaning.ASSESS),
    RingSpec(title="Hold", meaning=Meaning.HOLD, aliases=("caution",)),
)


@transaction.atomic
def create_radar(
    *,
    by: By,
    title: str,
    sectors: Sequence[SectorSpec],
    rings: Sequence[RingSpec] = DEFAULT_RINGS,
    slug: str = "",
    description: str = "",
    review_months: int = 3,
    now: datetime,
    is_sample: bool = False,
) -> Radar:
    """Make a radar without any edition. Raises `Conflict` where its address is taken."""
    require(by, Permission.PUBLISH_RADAR)
    title = fields.name("title", title, what="A radar's title", longest=_LONGEST_TITLE)
    radar = Radar.objects.create(
        slug=_free_address(slug or title),
        title=title,
        description=fields.text("description", description, what="A description"),
        review_months=_months(review_months),
        order=Radar.objects.count(),
        created_at=now,
        is_sample=is_sample,
    )
    sectors, rings = _checked_sectors(sectors), _checked_rings(rings)
    _write_sectors(radar, sectors)
    _write_rings(radar, rings)
    record(
        "radar.created",
        by=by,
        subject=radar_subject(radar),
        after=_told(radar),
        is_sample=is_sample,
    )
    return radar


@transaction.atomic
def change_radar(
    *,
    by: By,
    radar: Radar,
    title: str,
    sectors: Sequence[SectorSpec],
    rings: Sequence[RingSpec],
    description: str = "",
    review_months: int = 3,
) -> Radar:
    """Change a radar's words, sectors and rings. The draft is laid out anew where that asks for
    it, and editions that are published are drawn with the new sectors and rings.

    Raises `Conflict` where a sector or ring that is to go is in use, or rings in use would change
    places: what moved inwards would have moved outwards.
    """
    require(by, Permission.PUBLISH_RADAR)
    radar = locked(radar)
    before = _told(radar)
    radar.title = fields.name("title", title, what="A radar's title", longest=_LONGEST_TITLE)
    radar.description = fields.text("description", description, what="A description")
    radar.review_months = _months(review_months)
    radar.save(update_fields=["title", "description", "review_months"])
    sectors, rings = _checked_sectors(sectors), _checked_rings(rings)
    _keep_ring_order(radar, rings)
    _remove_unwanted(radar, [sector.key for sector in sectors], [ring.key for ring in rings])
    _write_sectors(radar, sectors)
    _write_rings(radar, rings)
    after = _told(radar)
    if before == after:
        return radar
    draft = draft_of(radar)
    if draft is not None and _frame(before) != _frame(after):
        refresh(draft, now=timezone.now())
    record("radar.changed", by=by, subject=radar_subject(radar), before=before, after=after)
    return radar


def _free_address(name: str) -> str:
    slug = slug_for(name)[:80].strip("-")
    if slug in RESERVED_SLUGS:
        fields.refuse("slug", f"“{slug}” is a page of its own; choose another address.")
    if Radar.objects.filter(slug=slug).exists():
        raise Conflict(
            f"There is a radar at the address “{slug}” already; choose another one.",
            context={"fields": {"slug": "is taken"}},
        )
    return slug


def _months(value: int) -> int:
    if not 1 <= value <= _MOST_MONTHS:
        fields.refuse("review_months", f"Reviews are 1 to {_MOST_MONTHS} months apart.")
    return value


def _checked_sectors(sectors: Sequence[SectorSpec]) -> list[SectorSpec]:
    checked = [
        SectorSpec(
            key=sector.key,
            title=fields.name("sectors", sector.title, what="A sector", longest=_LONGEST_TITLE),
            description=fields.text("sectors", sector.description, what="A sector's description"),
        )
        for sector in sectors
    ]
    if not FEWEST_SECTORS <= len(checked) <= MOST_SECTORS:
        fields.refuse("sectors", f"A radar has {FEWEST_SECTORS} to {MOST_SECTORS} sectors.")
    _refuse_twins("sectors", "sectors", [sector.title for sector in checked])
    return checked


def _checked_rings(rings: Sequence[RingSpec]) -> list[RingSpec]:
    checked = []
    for ring in rings:
        if ring.meaning not in Meaning.values:
            known = ", ".join(Meaning.values)
            fields.refuse("rings", f"Say what the ring “{ring.title}” means: {known}.")
        if len(ring.aliases) > _MOST_ALIASES:
            fields.refuse("rings", f"A ring has at most {_MOST_ALIASES} other names.")
        aliases = [
            fields.name("rings", alias, what="Another name of a ring", longest=_LONGEST_TITLE)
            for alias in ring.aliases
        ]
        checked.append(
            RingSpec(
                key=ring.key,
                title=fields.name("rings", ring.title, what="A ring", longest=_LONGEST_TITLE),
                description=fields.text("rings", ring.description, what="A ring's description"),
                meaning=ring.meaning,
                aliases=tuple(dict.fromkeys(alias.lower() for alias in aliases)),
            )
        )
    if not FEWEST_RINGS <= len(checked) <= MOST_RINGS:
        fields.refuse("rings", f"A radar has {FEWEST_RINGS} to {MOST_RINGS} rings.")
    names = [name for ring in checked for name in {ring.title.lower(), *ring.aliases}]
    _refuse_twins("rings", "rings", names)
    return checked


def _refuse_twins(field: str, noun: str, names: Iterable[str]) -> None:
    seen = set()
    for name in names:
        if name.casefold() in seen:
            fields.refuse(field, f"Two {noun} have the name “{name}”.")
        seen.add(name.casefold())


def _write_sectors(radar: Radar, specs: Sequence[SectorSpec]) -> None:
    """Bring the radar's sectors into line with specs that have been checked."""
    known = {sector.key: sector for sector in radar.sectors.all()}
    taken = set(known)
    for order, spec in enumerate(specs):
        sector = known.pop(spec.key, None) or Sector(radar=radar, key=_key(spec.title, taken))
        sector.title, sector.description, sector.order = spec.title, spec.description, order
        sector.save()


def _write_rings(radar: Radar, specs: Sequence[RingSpec]) -> None:
    known = {ring.key: ring for ring in radar.rings.all()}
    taken = set(known)
    for order, spec in enumerate(specs):
        ring = known.pop(spec.key, None) or Ring(radar=radar, key=_key(spec.title, taken))
        ring.title, ring.description, ring.order = spec.title, spec.description, order
        ring.meaning, ring.aliases = spec.meaning, list(spec.aliases)
        ring.save()


def _key(title: str, taken: set[str]) -> str:
    key = free_slug(title[:70], taken)
    taken.add(key)
    return key


def _remove_unwanted(radar: Radar, sectors: Collection[str], rings: Collection[str]) -> None:
    """Take out what is no longer wanted. Raises `Conflict` where it is in use."""
    for sector in radar.sectors.exclude(key__in=sectors):
        here = Q(sector=sector)
        _refuse_in_use("sectors", sector.title, placed=here, proposed=here, changed=here)
        sector.delete()
    for ring in radar.rings.exclude(key__in=rings):
        here, either = Q(ring=ring), Q(from_ring=ring) | Q(to_ring=ring)
        _refuse_in_use("rings", ring.title, placed=here, proposed=here, changed=either)
        ring.delete()


def _refuse_in_use(field: str, title: str, *, placed: Q, proposed: Q, changed: Q) -> None:
    used = Placement.objects.filter(placed).aggregate(
        blips=Count("technology", distinct=True), editions=Count("edition", distinct=True)
    )
    if used["blips"]:
        holds = count_words(used["blips"], "blip")
        why = f"it holds {holds} in {count_words(used['editions'], 'edition')}"
    elif Proposal.objects.filter(proposed).exists() or RingChange.objects.filter(changed).exists():
        why = "proposals or ring changes name it"
    else:
        return
    raise Conflict(
        f"{title} can't be removed: {why}. Rename it instead.",
        context={"fields": {field: f"{title} is in use"}},
    )


def _keep_ring_order(radar: Radar, specs: Sequence[RingSpec]) -> None:
    """Raise `Conflict` where rings that exist would change places while blips are in them."""
    now = [ring.key for ring in radar.rings.all()]
    kept = [spec.key for spec in specs if spec.key in now]
    if kept != [key for key in now if key in kept] and (
        Placement.objects.filter(edition__radar=radar).exists()
    ):
        raise Conflict(
            "Rings keep their order while blips are in them: what moved inwards would have moved "
            "outwards. Rename them, or make a new radar.",
            context={"fields": {"rings": "keep their order"}},
        )


def _told(radar: Radar) -> dict[str, object]:
    return {
        "title": radar.title,
        "description": radar.description,
        "review_months": radar.review_months,
        "sectors": [sector.title for sector in radar.sectors.all()],
        "sector_descriptions": [sector.description for sector in radar.sectors.all()],
        "rings": [
            {
                "title": ring.title,
                "meaning": ring.meaning,
                "aliases": list(ring.aliases),
                "description": ring.description,
            }
            for ring in radar.rings.all()
        ],
    }


def _frame(told: dict[str, object]) -> tuple[object, ...]:
    return told["sectors"], told["rings"]
