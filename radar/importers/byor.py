"""Build Your Own Radar as CSV and JSON, and Thoughtworks' volumes in the same columns.

https://github.com/thoughtworks/build-your-own-radar: `name, ring, quadrant, isNew, status,
description`; the volumes add `relatedBlips`. Descriptions are HTML.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from radar.importers.bundle import Bundle
from radar.importers.descriptions import is_dangerous, plain, to_markdown
from radar.importers.document import Carries, Document, Row
from radar.importers.texts import Malformed, lines_of_items, load_json, word, words
from radar.importers.words import HOLD_ALIASES, STANDARD_RINGS, fold, is_ring_word
from radar.movement import MOVED_IN, MOVED_OUT, NEW, UNCHANGED

CARRIES = frozenset({Carries.SECTOR, Carries.DESCRIPTION, Carries.MOVEMENT})
CARRIES_RELATED = CARRIES | {Carries.RELATED}

_COLUMNS = ("name", "ring", "quadrant", "isNew", "status", "description", "relatedBlips")
_STATUS = {
    "new": (NEW,),
    "moved in": (MOVED_IN,),
    "moved out": (MOVED_OUT,),
    "no change": (UNCHANGED,),
}
_STANDARD = {*HOLD_ALIASES, *(ring.key for ring in STANDARD_RINGS)}
_NOT_NEW = (UNCHANGED, MOVED_IN, MOVED_OUT)
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_LONGEST_HEADER = 10_000
Cells = list[str]


def read_csv(bundle: Bundle) -> list[Document]:
    """An edition for every file."""
    documents = []
    for _, text, document in bundle.documents(CARRIES):
        _read_table(text, document)
        documents.append(document)
    return documents


def read_json(bundle: Bundle) -> list[Document]:
    """An edition for every file: a list of objects with the names of the columns."""
    documents = []
    for _, text, document in bundle.documents(CARRIES):
        try:
            _read_items(text, document)
        except Malformed as error:
            document.fail(error.line, "malformed", error.message)
        documents.append(document)
    return documents


def columns_of(header: Sequence[str]) -> list[str]:
    """The columns by their official names, whatever their case; others are left as they are."""
    official = {name.lower(): name for name in _COLUMNS}
    return [official.get(cell.strip().lower(), cell.strip()) for cell in header]


def delimiter_of(text: str) -> str:
    """What stands between the columns' names: a comma, else what tables of other places have."""
    header = text[:_LONGEST_HEADER].lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def header_of(text: str) -> list[str]:
    """The columns that the first row names; empty where there is none. Raises `Malformed`."""
    start = text[:_LONGEST_HEADER]
    _, cells = next(rows_of(start, delimiter_of(start)), (1, []))
    return columns_of(cells)


def rows_of(text: str, delimiter: str = ",") -> Iterator[tuple[int, Cells]]:
    """The rows of a CSV text with the line each starts on. Raises `Malformed`."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Malformed(f"The table can't be read further: {error}.", line) from None
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _read_table(text: str, document: Document) -> None:
    try:
        delimiter = delimiter_of(text)
        rows = rows_of(text, delimiter)
        line, header = next(rows, (1, []))
        columns = columns_of(header)
        if "name" not in columns or "ring" not in columns:
            message = "The first line must name the columns; name and ring are missing there."
            document.fail(line, "missing-column", message)
            return
        if "relatedBlips" in columns:
            document.carries = CARRIES_RELATED
        if "quadrant" not in columns:
            document.carries -= {Carries.SECTOR}
        for line, cells in rows:
            if _holds_rows(cells, columns, delimiter):
                name = cells[0][:60]
                message = f"A quote of “{name}” is not closed, so that it holds the rows below it."
                document.refuse(line, "unclosed-quote", message)
                continue
            whole = _joined(cells, columns, delimiter, line, document)
            if whole is not None:
                fields = dict(zip(columns, whole, strict=False))
                document.add(_row(_undoubled(fields, line, document), line, document))
    except Malformed as error:
        document.refuse(error.line, "malformed", error.message)


def _holds_rows(cells: Cells, columns: Cells, delimiter: str) -> bool:
    """Whether a cell of several lines has one that is a row itself; prose has blanks behind its
    commas."""
    ring = columns.index("ring")
    return any(
        len(parts := line.split(delimiter)) >= len(columns)
        and is_ring_word(parts[ring])
        and not parts[ring].startswith(" ")
        for cell in cells
        if "\n" in cell
        for line in cell.split("\n")[1:]
    )


def _joined(
    cells: Cells, columns: Cells, delimiter: str, line: int, document: Document
) -> Cells | None:
    """The cells, where a text with commas that nobody quoted is put together. None: refused.

    Of a name, the cells end where a ring follows; of a description in the last column, they are
    all that are left.
    """
    while len(cells) > len(columns) and not cells[-1].strip():
        cells = cells[:-1]
    commas = _DELIMITERS[delimiter]
    place, ring = columns.index("name"), columns.index("ring")
    at_ring = cells[ring] if ring < len(cells) else ""
    if ring == place + 1 and at_ring and not is_ring_word(at_ring):
        for end in range(ring + 1, len(cells)):
            if fold(cells[end]) in _STANDARD and len(cells) - end + ring <= len(columns):
                name = delimiter.join(cells[place:end])
                message = f"The name “{name}” has {commas} and no quotes; it was put together."
                document.remark(line, "unquoted-comma", message)
                return [*cells[:place], name, *cells[end:]]
    if len(cells) <= len(columns):
        return cells
    if columns[-1] == "description" and is_ring_word(at_ring):
        last = len(columns) - 1
        message = f"The text of “{cells[place]}” has {commas} and no quotes; it was put together."
        document.remark(line, "unquoted-comma", message)
        return [*cells[:last], delimiter.join(cells[last:])]
    message = (
        f"The row has {len(cells)} cells and the table {len(columns)} columns; quote what has "
        f"{commas} in it."
    )
    document.refuse(line, "unquoted-comma", message)
    return None


def _read_items(text: str, document: Document) -> None:
    items = load_json(text)
    if not isinstance(items, list):
        raise Malformed("This is no list of entries.")
    fields = [
        dict(zip(columns_of(list(item)), item.values(), strict=True))
        if isinstance(item, dict)
        else None
        for item in items
    ]
    if any(item and "relatedBlips" in item for item in fields):
        document.carries = CARRIES_RELATED
    if not any(item and "quadrant" in item for item in fields):
        document.carries -= {Carries.SECTOR}
    for item, line in zip(fields, islice(lines_of_items(text), len(items)), strict=True):
        if item is None:
            document.refuse(line, "no-object", "An entry must be an object with name and ring.")
        else:
            document.add(_row(_unquoted(item, line, document), line, document))


def _undoubled(item: Mapping[str, object], line: int, document: Document) -> dict[str, object]:
    """The fields, with a description in two quotes instead of one as it was meant."""
    fields = dict(item)
    text = word(fields.get("description"))
    if text.endswith('""') and '"' not in text[:-2]:
        fields["description"] = text[:-2]
        message = f"The description of “{word(fields.get('name'))}” had doubled quotes around it."
        document.remark(line, "doubled-quotes", message)
    return fields


def _unquoted(item: Mapping[str, object], line: int, document: Document) -> dict[str, object]:
    """The fields, with a description that was quoted for CSV once more as it was meant."""
    fields = dict(item)
    text = word(fields.get("description"))
    if len(text) >= 2 and text[0] == text[-1] == '"':
        inner = text[1:-1]
        if '"' not in inner.replace('""', ""):
            fields["description"] = inner.replace('""', '"')
            message = (
                f"The description of “{word(fields.get('name'))}” had quotes of CSV around it."
            )
            document.remark(line, "doubled-quotes", message)
    return fields


def _row(fields: Mapping[str, object], line: int, document: Document) -> Row:
    html = word(fields.get("description"))
    name = plain(word(fields.get("name")))
    if is_dangerous(html):
        message = (
            f"The description of “{name.strip()}” had HTML that may not run; it was taken out."
        )
        document.remark(line, "html-sanitised", message)
    related = fields.get("relatedBlips")
    names = related.split(";") if isinstance(related, str) else words(related)
    return Row(
        line=line,
        name=name,
        ring=plain(word(fields.get("ring"))),
        sector=plain(word(fields.get("quadrant"))),
        description=to_markdown(html),
        html=html,
        movements=_movements(fields, name, line, document),
        related=tuple(text for entry in names if (text := " ".join(plain(entry).split()))),
    )


def _movements(
    fields: Mapping[str, object], name: str, line: int, document: Document
) -> tuple[str, ...]:
    """`status` where there is one, else `isNew`."""
    status = fold(word(fields.get("status")))
    if status in _STATUS:
        return _STATUS[status]
    if status:
        message = f"“{status[:40]}” of “{name.strip()}” is no status; it was worked out."
        document.remark(line, "status-unknown", message)
    is_new = word(fields.get("isNew")).strip().lower()
    if is_new in ("true", "yes", "1"):
        return (NEW,)
    return _NOT_NEW if is_new in ("false", "no", "0") else ()
