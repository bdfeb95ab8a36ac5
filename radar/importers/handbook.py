"""The handbook's radar: a YAML file with a list of names under each ring.

    adopt:
    - Kafka
    hold:
    - jQuery (legacy only)

What stands in brackets at the end of a line is the remark. Where a name itself ends in brackets,
the entry is written as a mapping, `{name: Foo (bar)}`, which has `name` and `remark`.
"""

import re

from portal.lib.yaml import YamlDocument
from radar.importers.bundle import Bundle
from radar.importers.document import Carries, Document, Row
from radar.importers.texts import Malformed, load_yaml, mapping, word
from radar.importers.words import HOLD_ALIASES, STANDARD_RINGS, fold

CARRIES = frozenset({Carries.REMARK})
HEAD = "# Technology radar"  # how our own files begin
_KNOWN = {*HOLD_ALIASES, *(ring.key for ring in STANDARD_RINGS)}
_REMARK = re.compile(r"(.*\S)\s+\(([^()]*(?:\([^()]*\)[^()]*)*)\)")


def read(bundle: Bundle) -> list[Document]:
    """An edition for every file."""
    documents = []
    for _, text, document in bundle.documents(CARRIES):
        try:
            _read(load_yaml(text), document)
        except Malformed as error:
            document.fail(error.line, "malformed", error.message)
        documents.append(document)
    return documents


def split(text: str) -> tuple[str, str]:
    """Name and remark of a line: `jQuery (legacy only)`."""
    text = " ".join(text.split())
    match = _REMARK.fullmatch(text)
    return (match[1], match[2].strip()) if match and match[2].strip() else (text, "")


def _read(content: YamlDocument, document: Document) -> None:
    rings = mapping(content.value)
    if not rings:
        raise Malformed("This is no list of rings with names below them.")
    for ring, entries in rings.items():
        line = content.line_of(ring)
        if entries is None:
            continue
        if not isinstance(entries, list):
            message = f"“{ring[:60]}” has no list below it and was left out."
            if fold(ring) in _KNOWN:
                document.refuse(line, "no-list", message)
            else:
                document.remark(line, "no-list", message)
            continue
        for number, entry in enumerate(entries):
            at = content.line_of(ring, number)
            document.add(_row(entry, ring, at))


def _row(entry: object, ring: str, line: int) -> Row:
    if isinstance(entry, dict):
        name, remark = word(entry.get("name")), word(entry.get("remark"))
    else:
        name, remark = split(word(entry))
    return Row(line=line, name=name, ring=ring, remark=remark)


def is_handbook(value: object) -> bool:
    """Whether a YAML value looks like one: lists below words for rings. Where something else is
    beside them, there must be two."""
    rings = mapping(value)
    lists = [key for key, below in rings.items() if isinstance(below, list) or below is None]
    known = {fold(key) for key in lists} & _KNOWN
    return len(known) >= (1 if len(lists) == len(rings) else 2)
