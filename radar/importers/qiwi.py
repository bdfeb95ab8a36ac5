"""QIWI's radar as CSV, YAML or JSON. https://github.com/qiwi/tech-radar

The CSV is several tables with `===` between them, in any order: title, date, entries, aliases
and titles of quadrants; newer ones have sectors and rings of their own. Cells are padded.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from radar.importers.bundle import Bundle
from radar.importers.byor import rows_of
from radar.importers.dates import NoSuchDate, day_of
from radar.importers.document import Carries, Document, Named, Row
from radar.importers.texts import Malformed, lines_of_items, load_json, load_yaml, mapping, word
from radar.importers.words import fold
from radar.movement import MOVED_IN, MOVED_OUT, NEW, UNCHANGED

CARRIES = frozenset({Carries.SECTOR, Carries.DESCRIPTION, Carries.MOVEMENT})
_SEPARATOR = re.compile(r"^[ \t]*={3,}[ \t,]*$", re.MULTILINE)
_PADDING = re.compile(r"(^|,)[ \t]+(?=\")", re.MULTILINE)
_MOVED = {
    "-1": (MOVED_OUT,),
    "0": (UNCHANGED,),
    "1": (MOVED_IN,),
    "2": (NEW,),
}
Entry = Mapping[str, object]


@dataclass
class _Tables:
    """What a file holds, whichever way it is written."""

    title: str = ""
    date: str = ""
    date_line: int = 1
    entries: list[tuple[int, Entry]] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)  # folded word → key
    sectors: dict[str, str] = field(default_factory=dict)  # key → title
    rings: dict[str, str] = field(default_factory=dict)


def read_csv(bundle: Bundle) -> list[Document]:
    """An edition for every file."""
    documents = []
    for _, text, document in bundle.documents(CARRIES):
        tables = _Tables()
        _read_sections(text, tables, document)
        _fill(document, tables)
        documents.append(document)
    return documents


def read_tree(bundle: Bundle) -> list[Document]:
    """As `read_csv`, of YAML and JSON: meta, data, quadrantAliases, quadrantTitles."""
    documents = []
    for path, text, document in bundle.documents(CARRIES):
        try:
            if path.endswith(".json"):
                value, lines = load_json(text), lines_of_items(text, "data")
            else:
                content = load_yaml(text)
                value, lines = content.value, _lines(content)
            _fill(document, _tables_of(mapping(value), lines))
        except Malformed as error:
            document.fail(error.line, "malformed", error.message)
        documents.append(document)
    return documents


def is_tree(value: object) -> bool:
    return isinstance(mapping(value).get("data"), list) and "meta" in mapping(value)


def is_sections(text: str) -> bool:
    return _SEPARATOR.search(text) is not None


def _lines(content: Any) -> Iterator[int]:
    number = 0
    while True:
        yield content.line_of("data", number)
        number += 1


def _read_sections(text: str, tables: _Tables, document: Document) -> None:
    start = 0
    for match in [*_SEPARATOR.finditer(text), None]:
        end = match.start() if match else len(text)
        first = text.count("\n", 0, start)
        try:
            rows = [
                (line + first, [cell.strip() for cell in cells])
                for line, cells in rows_of(_PADDING.sub(r"\1", text[start:end]))
            ]
            if rows:
                _take(rows, tables, document)
        except Malformed as error:
            document.refuse(error.line + first, "malformed", error.message)
        start = match.end() if match else end


def _take(rows: list[tuple[int, list[str]]], tables: _Tables, document: Document) -> None:
    """One section: its first row says what it is."""
    header = [fold(cell) for cell in rows[0][1]]
    below = rows[1:]
    if "name" in header:
        for line, cells in below:
            if len(cells) > len(header) and any(cells[len(header) :]):
                message = "The row has more cells than the section has columns."
                document.refuse(line, "unquoted-comma", message)
            else:
                tables.entries.append((line, dict(zip(header, cells, strict=False))))
    elif header[:1] in (["quadrant"], ["sector"], ["ring"]) and len(header) > 1:
        for _, cells in below:
            key, value = (fold(cells[0]), cells[1]) if len(cells) > 1 else ("", "")
            if header[1] == "alias":
                tables.aliases[fold(value)] = key
            elif header[0] == "ring":
                tables.rings[key] = value
            elif key:
                tables.sectors[key] = value
    elif header == ["title"] and below:
        tables.title = below[0][1][0]
    elif header == ["date"] and below:
        tables.date, tables.date_line = below[0][1][0], below[0][0]


def _tables_of(value: Mapping[str, Any], lines: Iterator[int]) -> _Tables:
    meta = mapping(value.get("meta"))
    data = value.get("data")
    entries = data if isinstance(data, list) else []
    return _Tables(
        title=word(meta.get("title")),
        date=word(meta.get("date")),
        entries=[
            (line, mapping(entry))
            for entry, line in zip(entries, islice(lines, len(entries)), strict=True)
        ],
        aliases={fold(key): fold(word(to)) for key, to in _pairs(value, "Aliases")},
        sectors={fold(key): word(title) for key, title in _pairs(value, "Titles")},
        rings={fold(key): word(title) for key, title in mapping(value.get("ringTitles")).items()},
    )


def _pairs(value: Mapping[str, Any], what: str) -> list[tuple[str, object]]:
    return [
        pair
        for kind in ("quadrant", "sector")
        for pair in mapping(value.get(f"{kind}{what}")).items()
    ]


def _fill(document: Document, tables: _Tables) -> None:
    document.title = " ".join(tables.title.split())[:120] or document.title
    try:
        document.day = day_of(tables.date) or document.day
    except NoSuchDate as error:
        document.is_misdated = True
        document.lose(tables.date_line, "date-invalid", str(error))
    document.sectors = tuple(Named(key, title) for key, title in tables.sectors.items() if title)
    document.rings = tuple(Named(key, title) for key, title in tables.rings.items() if title)
    for line, entry in tables.entries:
        ring = word(entry.get("ring"))
        document.add(
            Row(
                line=line,
                name=word(entry.get("name")),
                ring=tables.rings.get(fold(ring), ring),
                sector=_sector(word(entry.get("quadrant") or entry.get("sector")), tables),
                description=word(entry.get("description")),
                movements=_MOVED.get(word(entry.get("moved")).strip(), ()),
            )
        )
    if not tables.entries and not document.problems:
        document.fail(1, "malformed", "There is no table of entries with name, quadrant and ring.")


def _sector(written: str, tables: _Tables) -> str:
    """What an entry calls its sector, by its title."""
    key = tables.aliases.get(fold(written), fold(written))
    return tables.sectors.get(key, written)
