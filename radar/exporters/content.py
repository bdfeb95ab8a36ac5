"""What of a radar is exported: a snapshot with the words that belong to each of its parts."""

from dataclasses import dataclass
from typing import Any

from radar.blip import Blip
from radar.models import Radar, Ring, Sector, Technology
from radar.state import Snapshot


@dataclass(frozen=True, slots=True)
class Line:
    """A blip with its sector and ring. `words` is what the edition says of it, `summary` what
    the technology is; `blip.description` is the first of these that there is."""

    blip: Blip
    sector: Sector
    ring: Ring
    words: str
    summary: str
    links: list[dict[str, str]]
    extra: dict[str, Any]

    @property
    def technology_id(self) -> int:
        return self.blip.technology_id


@dataclass(frozen=True)
class Content:
    """A radar in one of its states, in list order."""

    snapshot: Snapshot
    lines: tuple[Line, ...]

    @property
    def radar(self) -> Radar:
        return self.snapshot.radar

    @property
    def name(self) -> str:
        """What a file of it is called; an import tells the edition by it."""
        state = self.snapshot.on.isoformat() if self.snapshot.on else self.snapshot.edition.key
        return f"{self.radar.slug}-{state}"


def content_of(snapshot: Snapshot) -> Content:
    """Everything an exporter needs, with two queries."""
    placed = snapshot.edition.placements.values_list("technology_id", "description", "extra")
    words = {technology: (text, extra) for technology, text, extra in placed}
    here = [blip.technology_id for blip in snapshot.blips]
    known = {
        pk: (text, links)
        for pk, text, links in Technology.objects.filter(pk__in=here).values_list(
            "pk", "description", "links"
        )
    }
    lines = []
    for blip in snapshot.blips:
        text, extra = words.get(blip.technology_id, ("", {}))
        summary, links = known[blip.technology_id]
        sector, ring = snapshot.sectors[blip.sector], snapshot.rings[blip.ring]
        lines.append(Line(blip, sector, ring, text, summary, links, extra))
    return Content(snapshot, tuple(lines))
