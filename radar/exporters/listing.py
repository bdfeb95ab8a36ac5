"""The list beside the picture as CSV for a spreadsheet: what is narrowed there is narrowed here."""

import csv
import io
from collections.abc import Sequence

from portal.audit.export import cell
from radar.blip import Blip
from radar.models import Movement
from radar.state import Snapshot

_COLUMNS = (
    *("Number", "Technology", "Remark", "Sector", "Ring", "Movement", "Moved from", "Owner"),
    *("Tags", "Used by services", "Next review", "Review overdue", "Description"),
)


def write(snapshot: Snapshot, blips: Sequence[Blip]) -> str:
    """A row for each blip. Cells that a spreadsheet would run are made text."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for blip in blips:
        values = (
            blip.number,
            blip.name,
            blip.remark,
            snapshot.sectors[blip.sector].title,
            snapshot.rings[blip.ring].title,
            Movement(blip.movement).label,
            blip.from_ring,
            blip.owner,
            " ".join(blip.tags),
            blip.used_by,
            blip.next_review_on,
            "yes" if blip.is_overdue else "",
            blip.description,
        )
        writer.writerow([cell(value) for value in values])
    return file.getvalue()
