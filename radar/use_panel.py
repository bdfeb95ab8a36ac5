"""The part "Technologies" of a service's page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.accounts.models import Person
from portal.catalog.models import Service
from portal.lib.addresses import address_of
from portal.lib.cache import kept
from portal.lib.registry import Panel
from radar.models import Edition, Meaning, Placement, Radar, Use
from radar.use import Held, company_radar, holds
from radar.use_words import more_words, words

BOARD_FOR = 60  # seconds that a service's page may lag behind an edition


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


@dataclass(frozen=True)
class Board:
    """Where the radar that counts for services has everything: meaning, title and order of each
    technology's ring, and since when it is on hold."""

    radar: Radar | None
    rings: Mapping[int, tuple[str, str, int]]
    held: Mapping[int, Held]


def service_panel(service: Service, person: Person) -> Mapping[str, Any] | None:
    """What is on hold first, then by ring and name. One query, as long as the board is kept."""
    uses = list(
        Use.objects.filter(service=service, gone_at=None)
        .select_related("technology")
        .order_by("technology__name_key")
    )
    if not uses:
        return None
    is_sample = service.is_sample
    board = kept(f"radar.board.{int(is_sample)}", BOARD_FOR, lambda: _load_board(is_sample))
    lines = [(_order(board.rings.get(use.technology_id)), _line(use, board)) for use in uses]
    lines.sort(key=lambda pair: pair[0])
    return {
        "lines": [line for _, line in lines],
        "on_hold": sum(line.meaning == Meaning.HOLD for _, line in lines),
        "radar": board.radar,
    }


def _load_board(is_sample: bool) -> Board:
    """Five queries at most."""
    radar = company_radar(is_sample=is_sample)
    if radar is None:
        return Board(None, {}, {})
    usual = Edition.objects.filter(radar=radar).drafts_last().values("pk")[:1]
    placements = Placement.objects.filter(edition__in=usual)
    rings = {
        technology_id: (meaning, title, order)
        for technology_id, meaning, title, order in placements.values_list(
            "technology_id", "ring__meaning", "ring__title", "ring__order"
        )
    }
    return Board(radar, rings, holds(radar))


def _order(ring: tuple[str, str, int] | None) -> tuple[bool, int]:
    if ring is None:
        return True, 99
    return ring[0] != Meaning.HOLD, ring[2]


def _line(use: Use, board: Board) -> Line:
    meaning, ring, _ = board.rings.get(use.technology_id, ("", "", 0))
    held = board.held.get(use.technology_id)
    return Line(
        name=use.technology.name,
        page=address_of("radar:technology", use.technology.slug),
        meaning=meaning,
        ring=ring,
        evidence=words(use.evidence),
        more=more_words(use.evidence),
        url=use.evidence[0].get("url", "") if use.evidence else "",
        began_at=use.began_at,
        began_after_move=bool(held and use.began_at and use.began_at > held.moment),
    )


PANEL = Panel(
    key="radar-technologies",
    place="service",
    template="radar/panels/technologies.html",
    load=service_panel,
    order=10,
)
