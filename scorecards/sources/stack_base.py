"""What the readers of dependency files share: what they answer, and safe steps into their data."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from portal.lib.yaml import Limits, YamlDocument, YamlError, read_documents

Texts = Mapping[str, str]

_LIMITS = Limits(document_bytes=1024 * 1024)
_NO_VERSION = re.compile(r"[/@:\\$]|^\D*$")  # an address, an expression, or no number at all

_LONGEST = 80
_LONGEST_LINE = 10_000


class Malformed(ValueError):
    """A file that is not what its name says; the message goes on after the file's path."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """A package by its name within its ecosystem; `version` is one or a range, as written.

    `key` is what another file knows the version by, where no version is written: a catalogue's
    entry or a property. Without a name it stands for a whole entry (see `Contents.aliases`).
    """

    name: str
    version: str = ""
    key: str = ""


@dataclass(frozen=True)
class Contents:
    """What one file tells: what it asks for, and the versions that it sets for others.

    `versions` goes by name, or by `name@range` where a lock file knows several of one name, or by
    the `key` of what is asked for. `aliases` are what keys without a name stand for.
    """

    dependencies: tuple[Dependency, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    is_lock: bool = False
    aliases: Mapping[str, tuple[Dependency, ...]] = field(default_factory=dict)


def version_of(value: object) -> str:
    """A version or range as text; empty for addresses, folders and what stands for any."""
    text = " ".join(value[:200].split()) if isinstance(value, str) else ""
    return "" if _NO_VERSION.search(text) or len(text) > _LONGEST else text


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def sequence(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def load_toml(text: str) -> Mapping[str, Any]:
    if any(len(line) > _LONGEST_LINE for line in text.splitlines()):
        raise Malformed("has a line that is too long")  # tomllib takes quadratic time for keys
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Malformed(f"is no TOML: {error}") from error


def load_json(text: str) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(text.removeprefix("\ufeff")))
    except (ValueError, RecursionError) as error:
        raise Malformed(f"is no JSON: {error}") from error


# What is never closed goes to the end of the text, so that each is read once over.
BLOCK_COMMENT = r"/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|\Z)"
_STRING_OR_COMMENT = re.compile(
    rf'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|//[^\n]*|{BLOCK_COMMENT}|,(?=\s{{0,200}}[}}\]])', re.DOTALL
)


def load_json_with_comments(text: str) -> Mapping[str, Any]:
    """JSON with comments and commas before closing brackets, as bun writes it."""
    kept = _STRING_OR_COMMENT.sub(lambda m: m.group() if m.group()[0] == '"' else "", text)
    return load_json(kept)


def load_yaml(text: str) -> Iterator[Mapping[str, Any]]:
    """The documents that are mappings; a broken one raises."""
    for document in read_documents(text, _LIMITS):
        if isinstance(document, YamlError):
            raise Malformed(f"is no YAML: {document.message}")
        if isinstance(document, YamlDocument):
            yield mapping(document.value)


def load_xml(text: str) -> ElementTree.Element:
    """The root. A document type is refused: entities are what XML is attacked by."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Malformed("declares a document type, which is not read")
    try:
        return ElementTree.fromstring(text.removeprefix("\ufeff").lstrip())  # noqa: S314 see above
    except (ElementTree.ParseError, ValueError) as error:
        raise Malformed(f"is no XML: {error}") from error


def local(element: ElementTree.Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: ElementTree.Element | None, name: str) -> Iterator[ElementTree.Element]:
    return (child for child in (element if element is not None else ()) if local(child) == name)


def child_text(element: ElementTree.Element, name: str) -> str:
    found = next(children(element, name), None)
    return (found.text or "").strip() if found is not None else ""
