"""Build Your Own Radar as CSV and JSON: name, ring, quadrant, isNew, status, description.

Names go out exactly as they are, also those that begin with = + - @: open the file with a
program that shows radars, or take the list as CSV for a spreadsheet.
"""

import csv
import html
import io
import json
from collections.abc import Iterator

from radar.exporters.content import Content, Line
from radar.importers.descriptions import plain, to_html
from radar.movement import MOVED_IN, MOVED_OUT, NEW, UNCHANGED

CANNOT = (
    "remarks, links, tags and owners",
    "which technologies are related, and which are in the list only",
    "which edition it is, but for the file's name",
    "ring changes and their reasons",
)
COLUMNS = ("name", "ring", "quadrant", "isNew", "status", "description")
_STATUS = {NEW: "New", MOVED_IN: "Moved In", MOVED_OUT: "Moved Out", UNCHANGED: "No Change"}


def write_csv(content: Content) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row.values() for row in _rows(content))
    return file.getvalue()


def write_json(content: Content) -> str:
    return json.dumps(list(_rows(content)), ensure_ascii=False, indent=2) + "\n"


def _rows(content: Content) -> Iterator[dict[str, str]]:
    for line in content.lines:
        yield dict(zip(COLUMNS, _values(line), strict=True))


def _values(line: Line) -> tuple[str, ...]:
    blip = line.blip
    return (
        _name(blip.name),
        _name(line.ring.title),
        _name(line.sector.title),
        str(blip.movement == NEW).upper(),
        _STATUS[blip.movement],
        to_html(blip.description) if blip.description.strip() else "",
    )


def _name(text: str) -> str:
    """A name as it comes back: escaped only where it would be read as HTML."""
    return text if plain(text) == text else html.escape(text, quote=False)
