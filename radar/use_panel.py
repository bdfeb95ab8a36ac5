"""The part "Technologies" of a service's page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.accounts.models import Person
from portal.catalog.models import Service
from portal.lib.addresses import address_of
from portal.lib.registry import Panel
from radar.models import Edition, Meaning, Placement, Use
from radar.use import company_radar, end_of, holds
from radar.use_words import more_words, words


@dataclass(frozen=True)
class Line:
    """A technology in use; `meaning` and `ring` are empty where it is on no radar."""

    name: str
    page: str
    meaning: str
    ring: str
    evidence: str
    more: str
    url: str
    began_at: datetime | None
    began_after_move: bool


def service_panel(service: Service, person: Person) -> Mapping[str, Any] | None:
    """What is on hold first, then by ring and name. Six queries at most."""
    uses = list(
        Use.objects.filter(service=service, gone_at=None)
        .select_related("technology")
        .order_by("technology__name_key")
    )
    if not uses:
        return None
    radar = company_radar(is_sample=service.is_sample)
    rings: dict[int, tuple[str, str, int]] = {}
    held = {}
    if radar is not None:
        usual = Edition.objects.filter(radar=radar).drafts_last().values("pk")[:1]
        placements = Placement.objects.filter(
            edition__in=usual, technology__in=[use.technology_id for use in uses]
        )
        rings = {
            technology_id: (meaning, title, order)
            for technology_id, meaning, title, order in placements.values_list(
                "technology_id", "ring__meaning", "ring__title", "ring__order"
            )
        }
        if any(meaning == Meaning.HOLD for meaning, _, _ in rings.values()):
            held = holds(radar)
    lines = [(_order(rings.get(use.technology_id)), _line(use, rings, held)) for use in uses]
    lines.sort(key=lambda pair: pair[0])
    return {
        "lines": [line for _, line in lines],
        "on_hold": sum(line.meaning == Meaning.HOLD for _, line in lines),
        "radar": radar,
    }


def _order(ring: tuple[str, str, int] | None) -> tuple[bool, int]:
    if ring is None:
        return True, 99
    return ring[0] != Meaning.HOLD, ring[2]


def _line(use: Use, rings: Mapping[int, tuple[str, str, int]], held: Mapping[int, Any]) -> Line:
    meaning, ring, _ = rings.get(use.technology_id, ("", "", 0))
    day = held.get(use.technology_id)
    return Line(
        name=use.technology.name,
        page=address_of("radar:technology", use.technology.slug),
        meaning=meaning,
        ring=ring,
        evidence=words(use.evidence),
        more=more_words(use.evidence),
        url=use.evidence[0].get("url", "") if use.evidence else "",
        began_at=use.began_at,
        began_after_move=bool(day and use.began_at and use.began_at >= end_of(day)),
    )


PANEL = Panel(
    key="radar-technologies",
    place="service",
    template="radar/panels/technologies.html",
    load=service_panel,
    order=10,
)
