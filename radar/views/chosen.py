"""The technology that is chosen on a radar: what moved it, what speaks for it, who uses it."""

from dataclasses import dataclass, field

from django.urls import reverse

from portal.accounts.models import Person
from portal.accounts.roles import teams_of
from portal.catalog.links import ResolvedLink, resolve
from portal.lib.addresses import address_of
from radar.blip import Blip
from radar.models import RingChange, Technology, Use
from radar.state import Snapshot
from radar.use import end_of


@dataclass(frozen=True)
class Chosen:
    """What the panel above the list says; `blip` None: it is not in this edition.

    `mine` is how many of the services that use it belong to the reader's teams, where the state
    of today is shown; `change` is the last one by then.
    """

    name: str
    url: str
    blip: Blip | None = None
    sector: str = ""
    ring: str = ""
    change: RingChange | None = None
    evidence: list[ResolvedLink] = field(default_factory=list)
    mine: int = 0
    owner_url: str = ""
    propose_url: str = ""


def load_chosen(shown: Snapshot, slug: str, person: Person) -> Chosen | None:
    """None where nothing is chosen, or nothing has that address. At most four queries."""
    if not slug:
        return None
    propose_url = f"{reverse('radar:propose', args=[shown.radar.slug])}?technology={slug}"
    blip = next((row for row in shown.blips if row.slug == slug), None)
    if blip is None:
        name = Technology.objects.filter(slug=slug).values_list("name", flat=True).first()
        if name is None:
            return None
        return Chosen(name=name, url=address_of("radar:technology", slug), propose_url=propose_url)
    change = _last_change(shown, blip)
    evidence = []
    if change is not None and change.because_kind:
        evidence = resolve([(change.because_kind, change.because_key, "")], person)
    return Chosen(
        name=blip.name,
        url=blip.url,
        blip=blip,
        sector=shown.sectors[blip.sector].title,
        ring=shown.rings[blip.ring].title,
        change=change,
        evidence=evidence,
        mine=_mine(blip, person) if blip.used_by and shown.on is None else 0,
        owner_url=address_of("catalog:team", blip.owner_key) if blip.owner_key else "",
        propose_url=propose_url,
    )


def _last_change(shown: Snapshot, blip: Blip) -> RingChange | None:
    changes = RingChange.objects.filter(radar=shown.radar, technology=blip.technology_id)
    until = shown.on or shown.edition.date
    if until is not None:
        changes = changes.filter(at__lte=end_of(until))
    return changes.select_related("from_ring", "to_ring", "proposal").first()


def _mine(blip: Blip, person: Person) -> int:
    uses = Use.objects.current().filter(technology=blip.technology_id)
    return uses.filter(service__owner__in=teams_of(person)).count()
