"""Zalando's radar: `config.json` with the entries, or the call of `radar_visualization({…})`.

https://github.com/zalando/tech-radar. Quadrants and rings are numbers; their names are in the
page beside `config.json`. Quadrant 0 is at the bottom right and they go clockwise, so the one at
the top left, where a radar begins here, is 2.
"""

import posixpath
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from radar.importers.bundle import Bundle
from radar.importers.dates import NoSuchDate, day_of
from radar.importers.descriptions import plain
from radar.importers.document import Carries, Document, Named, Row
from radar.importers.javascript import LINE, parse_argument
from radar.importers.texts import Malformed, lines_of_items, load_json, mapping, word
from radar.importers.words import STANDARD_RINGS
from radar.movement import MOVED_IN, MOVED_OUT, NEW, UNCHANGED

CARRIES = frozenset({Carries.SECTOR, Carries.MOVEMENT, Carries.LINKS})
CALL = "radar_visualization"
_PAGE = "index.html"
_CONFIG = "config.json"
_FROM_TOP_LEFT = (2, 3, 0, 1)
_MOVED = {-1: (MOVED_OUT,), 0: (UNCHANGED,), 1: (MOVED_IN,), 2: (NEW,)}


def without_pages(files: Mapping[str, str]) -> dict[str, str]:
    """The files without the pages that show what is in a configuration beside them."""
    return {
        path: text
        for path, text in files.items()
        if path.endswith(".json") or posixpath.join(posixpath.dirname(path), _CONFIG) not in files
    }


def read(bundle: Bundle) -> list[Document]:
    """An edition for every file."""
    documents = []
    for path, text, document in bundle.documents(CARRIES):
        document.title = ""
        try:
            if path.endswith((".json",)):
                config, page = load_json(text), _page_beside(bundle, path)
                lines = lines_of_items(text, "entries")
            else:
                page = parse_argument(text, CALL)
                config, lines = _entries_of(page, bundle, path)
            _read(mapping(config), mapping(page), lines, document)
        except Malformed as error:
            document.fail(error.line, "malformed", error.message)
        documents.append(document)
    return documents


def _entries_of(
    page: Mapping[str, Any], bundle: Bundle, path: str
) -> tuple[Mapping[str, Any], Iterator[int]]:
    """What has the entries: the page itself, else the configuration beside it."""
    entries = page.get("entries")
    if isinstance(entries, list):
        found = (entry.get(LINE, 1) for entry in entries if isinstance(entry, dict))
        return page, found
    beside = posixpath.join(posixpath.dirname(path), _CONFIG)
    text = bundle.beside(beside)
    if text is None:
        raise Malformed(f"The entries are not on the page, and there is no {_CONFIG} beside it.")
    return mapping(load_json(text)), lines_of_items(text, "entries")


def _page_beside(bundle: Bundle, path: str) -> Mapping[str, Any]:
    """What the page beside a configuration says; nothing where there is none."""
    text = bundle.beside(posixpath.join(posixpath.dirname(path), _PAGE))
    try:
        return parse_argument(text, CALL) if text else {}
    except Malformed:
        return {}


def _read(
    config: Mapping[str, Any], page: Mapping[str, Any], lines: Iterator[int], document: Document
) -> None:
    names = page if isinstance(page.get("quadrants"), list) else config
    quadrants = _named(names.get("quadrants"))
    by_number = quadrants or [Named(str(number), f"Sector {number + 1}") for number in range(4)]
    rings = _named(names.get("rings")) or list(STANDARD_RINGS)
    document.title = word(names.get("title")).strip()[:120]
    order = _FROM_TOP_LEFT if len(by_number) == 4 else tuple(range(len(by_number)))
    document.sectors = tuple(by_number[number] for number in order)
    document.rings = tuple(rings)
    _date(word(config.get("date") or page.get("date")), document)
    entries = config.get("entries")
    if not isinstance(entries, list):
        raise Malformed("There is no list of entries.")
    for entry, line in zip(entries, islice(lines, len(entries)), strict=False):
        if not isinstance(entry, dict):
            document.refuse(line, "no-object", "An entry must be an object with label and ring.")
            continue
        name = plain(word(entry.get("label")))
        document.add(
            Row(
                line=line,
                name=name,
                ring=_by_number(entry.get("ring"), rings),
                sector=_by_number(entry.get("quadrant"), by_number),
                movements=_MOVED.get(entry.get("moved", 0), ()),
                links=_links(word(entry.get("link"))),
            )
        )


def _named(value: object) -> list[Named]:
    items = value if isinstance(value, list) else []
    return [
        Named(str(number), title, word(mapping(item).get("description")))
        for number, item in enumerate(items)
        if (title := plain(word(mapping(item).get("name"))).strip())
    ]


def _by_number(value: object, names: list[Named]) -> str:
    """The title of a number; what is no number of the list stays as it is, to be refused."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number and 0 <= int(word(value)) < len(names):
        return names[int(word(value))].title
    return word(value)


def _links(address: str) -> tuple[tuple[str, str], ...]:
    return (("", address.strip()),) if address.strip() else ()


def _date(text: str, document: Document) -> None:
    try:
        document.day = day_of(text) or document.day
    except NoSuchDate as error:
        document.is_misdated = True
        document.lose(1, "date-invalid", str(error))
