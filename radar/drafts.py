"""The draft of a radar: opening it as a copy of what is published, and keeping it consistent.

Callers hold the radar's lock (`locked`), ask permissions and write the audit.
"""

from datetime import datetime

from radar.geometry import Geometry, lay_out
from radar.layout import place
from radar.models import Edition, Placement, Radar
from radar.movement import movement

DRAFT_KEY = "draft"
_COPIED = (
    "technology_id",
    "sector_id",
    "ring_id",
    "slot",
    "remark",
    "description",
    "related",
    "is_featured",
    "extra",
)


def locked(radar: Radar) -> Radar:
    """The radar as it is now; whoever else changes it waits for this transaction's end."""
    return Radar.objects.select_for_update().get(pk=radar.pk)


def draft_of(radar: Radar) -> Edition | None:
    return radar.editions.filter(state=Edition.State.DRAFT).first()


def latest(radar: Radar) -> Edition | None:
    """The newest published edition."""
    return radar.editions.published().last()


def ensure_draft(radar: Radar, *, now: datetime) -> tuple[Edition, bool]:
    """The radar's draft, and whether it was opened just now."""
    draft = draft_of(radar)
    if draft is not None:
        return draft, False
    before = latest(radar)
    draft = Edition.objects.create(
        radar=radar,
        key=DRAFT_KEY,
        title="Draft",
        state=Edition.State.DRAFT,
        updated_at=now,
        geometry=before.geometry if before else _empty(radar).as_json(),
        is_sample=radar.is_sample,
    )
    if before is not None:
        copies = before.placements.values(*_COPIED)
        Placement.objects.bulk_create(
            Placement(edition=draft, is_sample=radar.is_sample, **row) for row in copies
        )
    return draft, True


def _empty(radar: Radar) -> Geometry:
    """How a radar without any blip is laid out."""
    return lay_out([[0] * radar.rings.count() for _ in range(radar.sectors.count())])


def refresh(draft: Edition, *, now: datetime, changed: int | None = None) -> None:
    """Say anew how everything in the draft moved, and lay it out.

    Where the draft came from a file, what the file says stays, but for the technology `changed`.
    """
    before = latest(draft.radar)
    was: dict[int, int] = {}
    if before is not None:
        was = dict(before.placements.values_list("technology_id", "ring__order"))
    placements = list(draft.placements.select_related("technology", "sector", "ring"))
    old = {row.pk: (row.slot, row.movement) for row in placements}
    for row in placements:
        if not draft.source or row.technology_id == changed:
            row.movement = movement(
                was.get(row.technology_id), row.ring.order, is_first=before is None
            )
    place(draft, placements, before)
    different = [row for row in placements if old[row.pk] != (row.slot, row.movement)]
    Placement.objects.bulk_update(different, ["slot", "movement"], batch_size=200)
    draft.updated_at = now
    draft.save(update_fields=["geometry", "is_repacked", "updated_at"])
