"""Texts of files: bytes as characters, JSON with the lines of its items, YAML as values. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from portal.lib import yaml
from portal.lib.yaml import Limits, YamlDocument, YamlError

DEPTH = 50
_YAML = Limits(document_bytes=32 * 1024 * 1024, weight=64 * 1024 * 1024)
_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")


class Malformed(Exception):
    """A text is not what its format asks; the message says what is wrong, at which line."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def decode(data: bytes) -> tuple[str, bool]:
    """The text with lines that end in `\\n`, and whether it was UTF-8 as it should be."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, is_utf8 = data.decode("utf-16", errors="replace"), True
    else:
        try:
            text, is_utf8 = data.decode("utf-8-sig"), True
        except UnicodeDecodeError:
            text, is_utf8 = data.decode("cp1252", errors="replace"), False
    return text.replace("\r\n", "\n").replace("\r", "\n"), is_utf8


def line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def load_json(text: str) -> Any:
    """Raises `Malformed`."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise Malformed(f"This is no JSON: {error.msg}.", error.lineno) from None
    except (RecursionError, ValueError):
        raise Malformed(f"The JSON is nested deeper than {DEPTH} levels.") from None
    if not _is_shallow(value, DEPTH):
        raise Malformed(f"The JSON is nested deeper than {DEPTH} levels.")
    return value


def _is_shallow(value: object, left: int) -> bool:
    if isinstance(value, dict):
        return left > 0 and all(_is_shallow(inner, left - 1) for inner in value.values())
    if isinstance(value, list):
        return left > 0 and all(_is_shallow(inner, left - 1) for inner in value)
    return True


def lines_of_items(text: str, key: str = "") -> Iterator[int]:
    """The line of each item of the list under a key (else of the text's own) of valid JSON.

    Where the list is not found, every item is on line 1.
    """
    start = re.search(rf'"{key}"\s*:\s*\[' if key else r"\[", text)
    at, line, counted = (start.end() if start else len(text)), 1, 0
    while at < len(text):
        at = _end_of_blanks(text, at)
        if text[at : at + 1] in ("]", ""):
            break
        line += text.count("\n", counted, at)
        counted = at
        yield line
        _, at = _DECODER.raw_decode(text, at)
        at = _end_of_blanks(text, at)
        at += text[at : at + 1] == ","
    while True:
        yield line


def _end_of_blanks(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def load_yaml(text: str) -> YamlDocument:
    """The one document of a text. Raises `Malformed`."""
    try:
        return yaml.load_document(text, _YAML)
    except YamlError as error:
        raise Malformed(error.message, error.line) from None


def word(value: object) -> str:
    """A value as text: numbers and truth values as they are written, nothing else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else ""


def words(value: object) -> tuple[str, ...]:
    """The texts of a list, without empty ones; a single text is a list of one."""
    items = value if isinstance(value, list) else [value]
    return tuple(text for item in items if (text := word(item).strip()))


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is a mapping, else nothing."""
    return value if isinstance(value, dict) else {}
