"""What is known of a technology on a radar: read by pages, pictures, tables and exports."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Blip:
    """A technology on a radar.

    `number` counts in list order (sector, ring, name) over the whole radar, so it stays under any
    filter. `sector`, `ring` and `slot` are orders; `from_ring` is the title of the ring before,
    empty where it is new or did not move.
    """

    number: int
    slug: str
    name: str
    remark: str
    url: str
    sector: int
    ring: int
    slot: int
    meaning: str
    movement: str
    from_ring: str
    description: str
    tags: tuple[str, ...]
    owner: str
    owner_key: str
    used_by: int
    is_overdue: bool
    next_review_on: date | None
    is_featured: bool
    technology_id: int
