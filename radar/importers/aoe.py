"""AOE's radar, and Porsche's: Markdown files `<date>/<id>.md`, a folder for each edition.

https://github.com/AOEpeople/aoe_technology_radar. A later folder says only what changed: a field
that is not set, and an empty body, stay as they were, so an edition is everything up to its date.
`config.json` beside the folders, or above, has the quadrants (also: segments) and rings.

Two additions of our own, which other programs pass over: `gone: true` takes a technology out, and
a body that is `<!-- empty -->` empties the text.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from radar.importers.bundle import Bundle
from radar.importers.dates import NoSuchDate, day_of
from radar.importers.document import Carries, Document, Named, Row
from radar.importers.texts import Malformed, load_json, load_yaml, mapping, word, words

CARRIES = frozenset(
    {Carries.SECTOR, Carries.DESCRIPTION, Carries.TAGS, Carries.FEATURED, Carries.EXTRA}
)
PATH = re.compile(r"(?:(.*)/)?(\d{4}-\d{1,2}-\d{1,2})/([^/]+)\.mdx?")
EMPTY = "<!-- empty -->"
EXTRA = ("teams", "products")
_CONFIGS = ("config.json", "config.default.json")
_FRONT = re.compile(r"\A\s*---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


@dataclass
class _Item:
    """A technology as the folders so far say; `line` and `file` are of the latest of them."""

    fields: dict[str, Any] = field(default_factory=dict)
    body: str = ""
    line: int = 1
    file: str = ""


def roots(paths: list[str]) -> dict[str, int]:
    """The folders that hold dated folders, and how many files each has."""
    found: dict[str, int] = {}
    for path in paths:
        match = PATH.fullmatch(path)
        if match:
            found[match[1] or ""] = found.get(match[1] or "", 0) + 1
    return found


def read(bundle: Bundle) -> list[Document]:
    """An edition for every dated folder, in order."""
    folders: dict[str, dict[str, str]] = {}
    for path in bundle.files:
        match = PATH.fullmatch(path)
        if match:
            folders.setdefault(match[2], {})[match[3]] = path
    root = max(roots(list(bundle.files)), default="", key=len)
    config = _config(bundle, root)
    state: dict[str, _Item] = {}
    documents = []
    for name in sorted(folders):
        document = Document(bundle.show(posixpath.join(root, name)), bundle.format, CARRIES)
        document.title = " ".join(word(mapping(config.get("labels")).get("title")).split())
        document.sectors = _named(config.get("segments") or config.get("quadrants"))
        document.rings = _named(config.get("rings"))
        documents.append(document)
        try:
            document.day = day_of(name)
        except NoSuchDate as error:
            document.fail(1, "date-invalid", str(error))
            continue
        _read_folder(folders[name], state, document, bundle)
        _fill(document, state)
    return documents


def front_matter(text: str) -> tuple[Mapping[str, Any], str]:
    """What stands between the two lines of `---`, and the body below. Raises `Malformed`."""
    match = _FRONT.match(text)
    if match is None:
        return {}, text.strip()
    if not match[1].strip():
        return {}, text[match.end() :].strip()
    value = load_yaml(match[1]).value
    if not isinstance(value, dict):
        raise Malformed("The front matter is no list of keys with values.", 2)
    return value, text[match.end() :].strip()


def _config(bundle: Bundle, root: str) -> dict[str, Any]:
    """The nearest configuration that there is; what it leaves out is taken from the defaults."""
    found: dict[str, Any] = {}
    above = posixpath.dirname(root)
    for folder in dict.fromkeys([root, above, posixpath.dirname(above)]):
        for name in _CONFIGS:
            text = bundle.beside(posixpath.join(folder, name))
            try:
                config = mapping(load_json(text)) if text else {}
            except Malformed:
                config = {}
            found = {**config, **found}
        if found.get("rings"):
            break
    return found


def _named(value: object) -> tuple[Named, ...]:
    items = [mapping(item) for item in value] if isinstance(value, list) else []
    return tuple(
        Named(
            word(item.get("id")),
            word(item.get("title")) or word(item.get("id")),
            word(item.get("description")),
        )
        for item in items
        if item.get("id")
    )


def _read_folder(
    paths: Mapping[str, str], state: dict[str, _Item], document: Document, bundle: Bundle
) -> None:
    for key in sorted(paths):
        file = bundle.show(paths[key])
        try:
            fields, body = front_matter(bundle.files[paths[key]])
        except Malformed as error:
            document.refuse(error.line, "malformed", error.message, file)
            continue
        if fields.get("gone") is True:
            state.pop(key, None)
            document.may_be_empty = True
            continue
        known = state.get(key, _Item())
        merged = {name: value for name, value in fields.items() if value is not None}
        if "quadrant" in merged:
            merged.setdefault("segment", merged["quadrant"])
        state[key] = replace(
            known, fields={**known.fields, **merged}, body=body or known.body, file=file
        )


def _fill(document: Document, state: Mapping[str, _Item]) -> None:
    sectors = {sector.key: sector.title for sector in document.sectors}
    rings = {ring.key: ring.title for ring in document.rings}
    for key in sorted(state):
        item = state[key]
        fields = item.fields
        ring, sector = word(fields.get("ring")), word(fields.get("segment"))
        extra: dict[str, object] = {
            name: list(words(fields[name])) for name in EXTRA if words(fields.get(name))
        }
        document.add(
            Row(
                line=item.line,
                name=word(fields.get("title")) or key,
                ring=rings.get(ring, ring),
                sector=sectors.get(sector, sector),
                description="" if item.body == EMPTY else item.body,
                tags=words(fields["tags"]) if "tags" in fields else None,
                is_featured=fields.get("featured") is not False,
                extra=extra,
                file=item.file,
            )
        )
