"""Files that say what the radar said on a day between two editions, as an export of that day."""

from datetime import date

from portal.catalog.importers.compare import State
from radar.importers.board import Board
from radar.importers.compare import Item, Plan, Target
from radar.importers.descriptions import to_html
from radar.importers.document import Carries, Document, Row
from radar.models import Placement
from radar.models.technology import name_key
from radar.state import snapshot


def says_the_day(document: Document, target: Target, board: Board, today: date) -> Plan | None:
    """A plan that changes nothing, where the file holds what the radar said on its day after an
    edition was published here; None where it says something else, or which edition it is."""
    if target.known is not None or target.day is None or board.is_new:
        return None
    before = board.before(target.day.date)
    if before is None or not before.edition.is_frozen:
        return None
    said = snapshot(board.radar, on=target.day.date, today=today)
    if said is None:
        return None
    placed = {name_key(blip.name): blip for blip in said.blips}
    told = Plan(document, before.edition, State.UNCHANGED)
    for row in document.rows:
        key = name_key(row.name)
        ring, _ = board.ring_of(row.ring)
        blip = placed.pop(key, None)
        if ring is None or blip is None or blip.ring != ring.order:
            return None
        if Carries.DESCRIPTION in document.carries and not _says(row, blip.description):
            return None
        placement = Placement(technology=board.technologies[key])
        told.items.append(Item(row, placement, State.UNCHANGED))
    return None if placed else told


def _says(row: Row, text: str) -> bool:
    text = text.replace("\r\n", "\n").strip()
    return row.description == text or bool(row.html and row.html.strip() == to_html(text))
