"""YAML read safely and written back: catalogue files, rule packs.

Scalars follow the core schema of YAML 1.2, as Backstage's own reader does: `yes`, `on`, `010`
and `2024-05-01` are a string, a string, ten and a string. Keys are always strings. Every
document is parsed on its own, so a broken one does not take its neighbours along, and the line
of every key is known. Merge keys (`<<`) are written out.

Nothing is constructed but plain values; size, depth, and what aliases expand to are bounded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from portal.lib.errors import Invalid
from portal.lib.yaml_scalars import Value, plain_value

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is read at most. `weight` counts 32 bytes a value plus its text, aliases expanded."""

    file_bytes: int = 32 * 1024 * 1024
    document_bytes: int = 2 * 1024 * 1024
    depth: int = 50
    weight: int = 8 * 1024 * 1024


LIMITS = Limits()
_NODE_WEIGHT = 32


class YamlError(Invalid):
    """One sentence about text that can't be read, and the line it is about (from 1)."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message, context={"line": line})
        self.line = line

    def at(self, name: str) -> str:
        """The sentence with its place in front: `catalog-info.yaml:12: …`."""
        return f"{name}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """A document's value, the line it starts on, and the lines of its keys."""

    value: Value
    line: int
    lines: Mapping[tuple[int, str | int], int] = field(repr=False)

    def line_of(self, *path: str | int) -> int:
        """The line of the key at `path`, or of the nearest part of it that exists."""
        line, at = self.line, self.value
        for step in path:
            found = self.lines.get((id(at), step))
            if found is None:
                break
            line = found
            at = at[step]  # type: ignore[index]
        return line


def read_documents(
    data: str | bytes, limits: Limits = LIMITS
) -> Iterator[YamlDocument | YamlError]:
    """Every document of a text in order; one that can't be read comes as its error.

    Empty documents are left out. Raises nothing.
    """
    try:
        text = _decode(data, limits)
    except YamlError as error:
        yield error
        return
    for chunk, line in _chunks(text):
        if len(chunk) > limits.document_bytes:
            size = f"{limits.document_bytes / 1024 / 1024:g} MB"
            yield YamlError(f"The document is larger than {size}.", line)
            continue
        if chunk.strip() in ("---", ""):
            continue
        try:
            yield from _parse(_join_surrogates(chunk), line, limits)
        except YamlError as error:
            yield error


def load_documents(data: str | bytes, limits: Limits = LIMITS) -> list[YamlDocument]:
    """Every document of a text. Raises the first `YamlError`."""
    documents = []
    for item in read_documents(data, limits):
        if isinstance(item, YamlError):
            raise item
        documents.append(item)
    return documents


def load_document(data: str | bytes, limits: Limits = LIMITS) -> YamlDocument:
    """The one document of a text. Raises `YamlError`, also where there is none or several."""
    documents = load_documents(data, limits)
    if not documents:
        raise YamlError("The file holds no YAML document.")
    if len(documents) > 1:
        raise YamlError("The file holds more than one YAML document.", documents[1].line)
    return documents[0]


def _decode(data: str | bytes, limits: Limits) -> str:
    if len(data) > limits.file_bytes:
        raise YamlError(f"The file is larger than {limits.file_bytes / 1024 / 1024:g} MB.")
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise YamlError("The file is not text in UTF-8.", line) from None


_START = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_DIRECTIVES = re.compile(r"(?:^%[^\n]*(?:\n|\Z))+(?=\s*\Z)", re.MULTILINE)


def _chunks(text: str) -> Iterator[tuple[str, int]]:
    """The text cut before each `---` at the start of a line, with the line each part starts on.

    A line that starts with `---` can be nothing else in YAML, whatever stands before it.
    """
    starts = [match.start() for match in _START.finditer(text)]
    line = 1
    for begin, end in zip([0, *starts], [*starts, len(text)], strict=True):
        chunk = text[begin:end]
        yield (_DIRECTIVES.sub("\n", chunk) if "\n%" in chunk or chunk[:1] == "%" else chunk), line
        line += chunk.count("\n")


_SURROGATES = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)


def _join_surrogates(chunk: str) -> str:
    """JSON's way to write a character such as an emoji, in YAML's (`\\U0001F600`).

    Only where the document is written as JSON is; in block style the text may mean itself.
    """
    if "\\u" not in chunk or chunk.removeprefix("---").lstrip()[:1] not in ("{", "["):
        return chunk
    return _SURROGATES.sub(_join_pair, chunk)


def _join_pair(match: re.Match[str]) -> str:
    high, low = int(match[2], 16) & 0x3FF, int(match[3], 16) & 0x3FF
    return f"{match[1]}\\U{0x10000 + (high << 10) + low:08X}"


def _parse(chunk: str, first_line: int, limits: Limits) -> Iterator[YamlDocument]:
    loader = _Loader(chunk)
    try:
        builder: _Builder | None = None
        while (event := loader.get_event()) is not None:
            kind = type(event)
            if kind is yaml.DocumentStartEvent:
                builder = _Builder(first_line, limits)
            elif kind is yaml.DocumentEndEvent:
                assert builder is not None
                if builder.lines or builder.result is not None:
                    yield YamlDocument(builder.result, builder.line, builder.lines)
                builder = None
            elif builder is not None:
                builder.take(event, kind)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, first_line) from None
    except yaml.reader.ReaderError as error:
        line = first_line + chunk.encode()[: error.position].count(b"\n")
        character = error.character if isinstance(error.character, int) else ord(error.character)
        message = f"The character U+{character:04X} is not allowed in YAML."
        raise YamlError(message, line) from None
    finally:
        loader.dispose()


def _syntax_error(error: yaml.MarkedYAMLError, first_line: int) -> YamlError:
    mark = error.problem_mark or error.context_mark
    line = first_line + (mark.line if mark is not None else 0)
    words = error.problem or "it can't be read"
    if error.context:
        words = f"{words} {error.context}"
    return YamlError(f"Not valid YAML: {words}.", line)


class _Frame:
    """A mapping or sequence under construction."""

    __slots__ = ("anchor", "container", "height", "is_map", "key", "key_line", "merges", "weight")

    def __init__(self, is_map: bool, anchor: str | None, weight: int) -> None:
        self.container: Any = {} if is_map else []
        self.is_map = is_map
        self.anchor = anchor
        self.key: str | None = None
        self.key_line = 0
        self.merges: list[dict[str, Any]] | None = None
        self.weight = weight  # of everything before it, to know its own when it closes
        self.height = 1


class _Builder:
    """Builds one document from parser events, without recursion."""

    def __init__(self, first_line: int, limits: Limits) -> None:
        self.result: Value = None
        self.line = 0
        self.lines: dict[tuple[int, str | int], int] = {}
        self._first_line = first_line
        self._limits = limits
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int, int]] = {}  # value, weight, height
        self._open_anchors: set[str] = set()
        self._weight = 0
        self._has_aliases = False

    def take(self, event: Any, kind: type[Any]) -> None:
        line = self._first_line + event.start_mark.line
        if not self.line:
            self.line = line
        if kind is yaml.ScalarEvent:
            self._take_scalar(event, line)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._open(event, kind is yaml.MappingStartEvent, line)
        elif kind is yaml.AliasEvent:
            self._take_alias(event.anchor, line)
        else:
            self._close(line)

    def _take_scalar(self, event: Any, line: int) -> None:
        text = event.value
        if "\0" in text:
            raise YamlError("A text holds a NUL character, which is not allowed.", line)
        self._grow(_NODE_WEIGHT + len(text), line)
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.is_map and frame.key is None:
            if event.anchor is not None:
                self._anchors[event.anchor] = (text, _NODE_WEIGHT + len(text), 0)
            self._take_key(frame, text, line, may_merge=event.implicit[0])
            return
        if event.tag is None or event.tag == "!":
            value = plain_value(text) if event.implicit[0] else text
        else:
            value = _tagged(event.tag, text, line)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, _NODE_WEIGHT + len(text), 0)
        self._place(frame, value, line, 0)

    def _take_key(self, frame: _Frame, text: str, line: int, *, may_merge: bool) -> None:
        if text in frame.container and not (text == "<<" and may_merge):
            raise YamlError(f"The key {text[:80]!r} stands twice in one mapping.", line)
        frame.key = text
        frame.key_line = line
        if text == "<<" and may_merge and frame.merges is None:
            frame.merges = []

    def _open(self, event: Any, is_map: bool, line: int) -> None:
        if event.tag is not None and event.tag not in _COLLECTION_TAGS[is_map]:
            raise YamlError(f"The tag {event.tag[:80]!r} is not allowed.", line)
        parent = self._stack[-1] if self._stack else None
        if parent is not None and parent.is_map and parent.key is None:
            raise YamlError("A key has to be plain text, not a mapping or a list.", line)
        if len(self._stack) >= self._limits.depth:
            raise YamlError(f"Nested deeper than {self._limits.depth} levels.", line)
        frame = _Frame(is_map, event.anchor, self._weight)
        if event.anchor is not None:
            self._open_anchors.add(event.anchor)
        self._grow(_NODE_WEIGHT, line)
        self._stack.append(frame)

    def _close(self, line: int) -> None:
        frame = self._stack.pop()
        value = frame.container
        if frame.merges:
            for source in frame.merges:
                for key, item in source.items():
                    value.setdefault(key, item)
        if frame.anchor is not None:
            self._open_anchors.discard(frame.anchor)
            self._anchors[frame.anchor] = (value, self._weight - frame.weight, frame.height)
        self._place(self._stack[-1] if self._stack else None, value, line, frame.height)

    def _take_alias(self, name: str, line: int) -> None:
        if name in self._open_anchors:
            raise YamlError(f"The alias *{name} refers to what it is part of.", line)
        if name not in self._anchors:
            raise YamlError(f"The alias *{name} refers to nothing.", line)
        value, weight, height = self._anchors[name]
        if len(self._stack) + height > self._limits.depth:
            raise YamlError(f"Nested deeper than {self._limits.depth} levels.", line)
        self._has_aliases = True
        self._grow(weight, line)
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.is_map and frame.key is None:
            if not isinstance(value, str):
                raise YamlError("A key has to be plain text, not a mapping or a list.", line)
            self._take_key(frame, value, line, may_merge=False)
            return
        self._place(frame, value, line, height)

    def _place(self, frame: _Frame | None, value: Any, line: int, height: int) -> None:
        if frame is None:
            self.result = value
            return
        if height >= frame.height:
            frame.height = height + 1
        container = frame.container
        if not frame.is_map:
            self.lines[(id(container), len(container))] = line
            container.append(value)
            return
        key = frame.key
        frame.key = None
        assert key is not None
        if key == "<<" and frame.merges is not None:
            frame.merges.extend(_merge_sources(value, line))
            return
        container[key] = value
        self.lines[(id(container), key)] = frame.key_line

    def _grow(self, weight: int, line: int) -> None:
        self._weight += weight
        if self._weight > self._limits.weight:
            limit = f"{self._limits.weight / 1024 / 1024:g} MB"
            if self._has_aliases:
                raise YamlError(f"Its aliases expand the document beyond {limit}.", line)
            raise YamlError(f"The document holds more values than fit into {limit}.", line)


def _merge_sources(value: Any, line: int) -> list[dict[str, Any]]:
    """The mappings that a merge key (`<<`) names; a key of an earlier one wins."""
    sources = value if isinstance(value, list) else [value]
    if not all(isinstance(source, dict) for source in sources):
        raise YamlError("A merge key (<<) has to name a mapping or a list of them.", line)
    return sources


_TAG = "tag:yaml.org,2002:"
_COLLECTION_TAGS = {True: {"!", _TAG + "map"}, False: {"!", _TAG + "seq"}}


def _tagged(tag: str, text: str, line: int) -> Value:
    if tag in (_TAG + "str", _TAG + "timestamp"):
        return text
    kinds: dict[str, Any] = {"null": type(None), "bool": bool, "int": int, "float": (int, float)}
    kind = kinds.get(tag.removeprefix(_TAG)) if tag.startswith(_TAG) else None
    if kind is None:
        raise YamlError(f"The tag {tag[:80]!r} is not allowed.", line)
    value = plain_value(text)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise YamlError(f"{text[:80]!r} is not of the type its tag names.", line)
    return float(value) if tag == _TAG + "float" and isinstance(value, int) else value


class _Writer(_Dumper):  # type: ignore[misc]  # one of two classes, chosen above
    """Keys in the order given, no anchors, multi-line text as a literal block."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def write_text(self, text: str) -> yaml.Node:
        style = None
        if "\n" in text:
            style = "|"
        elif not isinstance(plain_value(text), str):
            style = "'"  # a string that would be read back as something else
        node: yaml.Node = self.represent_scalar(_TAG + "str", text, style=style)
        return node


_Writer.add_representer(str, _Writer.write_text)


def dump(value: Value) -> str:
    """One document as YAML text, without `---`. `load_document` gives the same value back."""
    text: str = yaml.dump(
        value, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=2**31 - 1
    )
    return text


def dump_documents(values: Iterable[Value]) -> Iterator[str]:
    """Documents as YAML text, each starting with `---`, one piece at a time."""
    for value in values:
        yield "---\n" + dump(value)
