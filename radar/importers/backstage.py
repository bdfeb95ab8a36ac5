"""Backstage's `TechRadarLoaderResponse`: quadrants, rings, entries with their timelines.

https://github.com/backstage/community-plugins/tree/main/workspaces/tech-radar. The first entry of
a timeline is read as the current ring by Backstage and should be the newest, which nothing makes
sure: here timelines are sorted.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from radar.importers.bundle import Bundle
from radar.importers.document import Carries, Document, Moment, Named, Row, clean
from radar.importers.texts import Malformed, lines_of_items, load_json, mapping, word
from radar.movement import MOVED_IN, MOVED_OUT, NEW, UNCHANGED

CARRIES = frozenset(
    {
        *(Carries.SECTOR, Carries.DESCRIPTION, Carries.SUMMARY, Carries.MOVEMENT),
        *(Carries.LINKS, Carries.TIMELINE),
    }
)
MOST_MOMENTS = 200  # of one entry
_MOVED = {-1: (MOVED_OUT,), 0: (UNCHANGED, NEW), 1: (MOVED_IN,)}


def read(bundle: Bundle) -> list[Document]:
    """An edition for every file."""
    documents = []
    for _, text, document in bundle.documents(CARRIES):
        try:
            value = mapping(load_json(text))
            if not isinstance(value.get("entries"), list):
                raise Malformed("There is no list of entries.")
            _read(value, text, document)
        except Malformed as error:
            document.fail(error.line, "malformed", error.message)
        documents.append(document)
    return documents


def is_response(value: object) -> bool:
    """Whether a JSON value is one: its entries have timelines."""
    entries = mapping(value).get("entries")
    return (
        isinstance(entries, list)
        and "rings" in mapping(value)
        and any("timeline" in mapping(entry) for entry in entries)
    )


def _read(value: Mapping[str, Any], text: str, document: Document) -> None:
    document.sectors = _named(value.get("quadrants"))
    document.rings = _named(value.get("rings"))
    sectors = {sector.key: sector.title for sector in document.sectors}
    rings = {ring.key: ring.title for ring in document.rings}
    entries = value["entries"]
    lines = islice(lines_of_items(text, "entries"), len(entries))
    for entry, line in zip(entries, lines, strict=True):
        if not isinstance(entry, dict):
            document.refuse(line, "no-object", "An entry must be an object with title and ring.")
            continue
        name = " ".join((word(entry.get("title")) or word(entry.get("key"))).split())
        timeline, newest = _timeline(entry, name, rings, line, document)
        if newest is None:
            message = f"“{name or 'An entry'}” has no timeline, so it has no ring."
            document.refuse(line, "missing-ring", message, name=name)
            continue
        quadrant = word(entry.get("quadrant"))
        document.add(
            Row(
                line=line,
                name=name,
                ring=timeline[0].ring,
                sector=sectors.get(quadrant, quadrant),
                description=timeline[0].description,
                summary=word(entry.get("description")),
                movements=_MOVED.get(newest.get("moved", 0), ()) if "moved" in newest else (),
                links=_links(entry),
                timeline=timeline,
            )
        )


def _named(value: object) -> tuple[Named, ...]:
    items = [mapping(item) for item in value] if isinstance(value, list) else []
    return tuple(
        Named(
            word(item.get("id")),
            word(item.get("name")) or word(item.get("id")),
            word(item.get("description")),
        )
        for item in items
        if item.get("id")
    )


def _timeline(
    entry: Mapping[str, Any], name: str, rings: Mapping[str, str], line: int, document: Document
) -> tuple[tuple[Moment, ...], Mapping[str, Any] | None]:
    """The moments, newest first, and what the newest was made of; a moment without a date that
    exists is left out."""
    found: list[tuple[Moment, Mapping[str, Any]]] = []
    items = entry.get("timeline")
    for item in (items if isinstance(items, list) else [])[:MOST_MOMENTS]:
        moment = mapping(item)
        at = _moment(moment.get("date"))
        if at is None:
            shown = word(moment.get("date"))[:40]
            message = f"“{shown}” in the timeline of “{name}” is no date that exists."
            document.lose(line, "date-invalid", message)
            continue
        ring = word(moment.get("ringId"))
        text = clean(word(moment.get("description"))).strip()
        found.append((Moment(line, at, rings.get(ring, ring), text), moment))
    ordered = sorted(found, key=lambda pair: pair[0].at, reverse=True)
    if ordered != found:
        message = f"The timeline of “{name}” was not newest first; it was sorted."
        document.remark(line, "timeline-sorted", message)
    return tuple(moment for moment, _ in ordered), ordered[0][1] if ordered else None


def _moment(value: object) -> datetime | None:
    """A date as JavaScript writes it, or as milliseconds."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value / 1000, UTC)
        except (OverflowError, OSError, ValueError):
            return None
    try:
        at = datetime.fromisoformat(word(value).strip())
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _links(entry: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The links, and `url` first where it is none of them (`#` stands for none)."""
    items = entry.get("links")
    listed = [
        (" ".join(word(item.get("title")).split()), word(item.get("url")).strip())
        for item in map(mapping, items if isinstance(items, list) else [])
    ]
    url = word(entry.get("url")).strip()
    own = [("", url)] if url not in ("", "#", *(address for _, address in listed)) else []
    return tuple(link for link in (*own, *listed) if link[1])
