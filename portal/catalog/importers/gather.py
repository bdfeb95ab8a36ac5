"""From a place's files to entities. Touches no database; what is wrong becomes a `Problem`."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urljoin

from portal.catalog.importers.entity import Entity, digest_of, edges_of
from portal.catalog.importers.places import MOST_FILES, Place, join
from portal.catalog.importers.problems import Problem, Unreadable
from portal.catalog.importers.substitutions import Failure, Substitutions, holds_any
from portal.catalog.kinds import EXPORT_MARK, OTHER, empty_keys, kind_of, unknown_keys
from portal.catalog.references import entity_key
from portal.catalog.rules import faults
from portal.lib import yaml

MOST_LEVELS = 10  # of Locations that name Locations
Told = Callable[[int, int, str], None]


class Fetch(Protocol):
    """Reads addresses. Every method raises `Unreadable`, but for the last."""

    def read(self, address: str) -> bytes: ...

    def match(self, pattern: str) -> list[str]:
        """The addresses that one with `*` stands for, in order."""
        ...

    def repository(self, address: str) -> tuple[str, str]:
        """As a place's."""
        ...


@dataclass(frozen=True, slots=True)
class Twin:
    """A second entity under a name that this run has already."""

    first: Entity
    second: Entity


@dataclass
class Gathered:
    """What a place holds.

    `is_complete` is false where something could not be read at all: then nothing that is missing
    may count as vanished. `broken` are files with something refused in them.
    """

    entities: dict[tuple[str, str], Entity] = field(default_factory=dict)
    twins: list[Twin] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)  # the noun of everything refused
    broken: set[str] = field(default_factory=set)
    files: int = 0
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class _Next:
    path: str
    level: int = 0
    is_required: bool = True
    named_by: Entity | None = None


def gather(place: Place, *, fetch: Fetch | None = None, told: Told | None = None) -> Gathered:
    """Read every file of a place and those its Locations name. Raises `Unreadable` for the place.

    `fetch` reads an address; without it none is followed.
    """
    return _Gathering(place, fetch, told).run()


def is_address(path: str) -> bool:
    return path.startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class _File:
    """A file in hand: how deep its Location lies, what it holds, and what its text can hold."""

    path: str
    level: int
    data: bytes
    substitutes: bool
    is_export: bool


class _Gathering:
    def __init__(self, place: Place, fetch: Fetch | None, told: Told | None) -> None:
        self._place = place
        self._fetch = fetch
        self._told = told
        self._found = Gathered()
        self._queue: deque[_Next] = deque()
        self._seen: set[str] = set()
        self._substitutions = Substitutions(self._read_beside)

    def run(self) -> Gathered:
        for start in self._place.start():
            for path in self._match(start) if is_address(start) and "*" in start else [start]:
                self._enqueue(_Next(path))
        while self._queue:
            item = self._queue.popleft()
            self._found.files += 1
            if self._told is not None:
                self._told(self._found.files, len(self._seen), item.path)
            self._file(item)
        return self._found

    def _enqueue(self, item: _Next) -> None:
        if item.path not in self._seen:
            self._seen.add(item.path)
            self._queue.append(item)

    def _read(self, path: str) -> bytes:
        return self._fetching(path).read(path) if is_address(path) else self._place.read(path)

    def _match(self, path: str) -> list[str]:
        return self._fetching(path).match(path) if is_address(path) else self._place.match(path)

    def _repository(self, path: str) -> tuple[str, str]:
        if is_address(path):
            return self._fetching(path).repository(path)
        return self._place.repository(path)

    def _fetching(self, path: str) -> Fetch:
        if self._fetch is None:
            raise Unreadable(f"{path[:200]} is not followed here")
        return self._fetch

    def _resolve(self, base: str, target: str) -> str:
        """The path or address of what the file `base` calls `target`."""
        if is_address(target):
            return target
        return urljoin(base, target) if is_address(base) else join(base, target)

    def _read_beside(self, base: str, target: str) -> bytes:
        return self._read(self._resolve(base, target))

    def _file(self, item: _Next) -> None:
        try:
            data = self._read(item.path)
        except Unreadable as error:
            self._unreadable(item, error)
            return
        is_export = data.startswith(EXPORT_MARK.encode())
        file = _File(item.path, item.level, data, holds_any(data), is_export)
        for document in yaml.read_documents(data):
            if isinstance(document, yaml.YamlError):
                self._broken(file, document)
            elif document.value is not None:
                self._document(file, document)

    def _broken(self, file: _File, error: yaml.YamlError) -> None:
        if _is_placeholder_near(file.data, error.line):
            self._leave_out(file, error.line, "other")
            return
        self._found.is_complete = False
        self._refuse(file.path, error.line, "yaml", error.message)

    def _leave_out(self, file: _File, line: int, noun: str) -> None:
        """The skeleton of a software template, whose placeholders make it no entity yet."""
        self._found.broken.add(file.path)
        self._found.skipped.append(noun)
        message = "It is left out: a template's skeleton with placeholders, not an entity."
        self._problem(file.path, line, "template", message, refused=False)

    def _unreadable(self, item: _Next, error: Unreadable) -> None:
        by = item.named_by
        if by is None:
            self._found.is_complete = False
            self._refuse(item.path, 1, "unreadable", _sentence(error))
            return
        if not item.is_required:
            return
        self._found.is_complete = False
        self._lost(by, f"{by.title} names a file that can't be read: {_words(error)}.")

    def _lost(self, location: Entity, message: str) -> None:
        """A Location names something that can't be read: what is missing may be there."""
        self._found.is_complete = False
        self._found.problems.append(
            Problem(location.file, location.line, "location", message, about=location.identity)
        )

    def _document(self, file: _File, document: yaml.YamlDocument) -> None:
        body = document.value
        wrong = list(faults(body))
        if any(_is_placeholder(body, fault.path) for fault in wrong):
            self._leave_out(file, document.line, _noun(body))
            return
        for fault in wrong:
            line = document.line_of(*fault.path)
            self._problem(file.path, line, fault.rule, fault.message)
        if wrong:
            self._found.broken.add(file.path)
            self._found.skipped.append(_noun(body))
            return
        assert isinstance(body, dict)
        entity = self._entity(file, document, body)
        first = self._found.entities.setdefault(entity.identity, entity)
        if first is not entity:
            self._twin(first, entity)
            return
        self._remark_unknown(entity, document)
        self._remark_lenience(entity, document)
        if entity.known.noun == "location":
            self._follow(entity, file)

    def _entity(self, file: _File, document: yaml.YamlDocument, body: dict[str, Any]) -> Entity:
        path = file.path
        resolved: dict[str, Any] = body
        failures: list[Failure] = []
        if file.substitutes:
            resolved, failures = self._substitutions.resolve(path, body)
        metadata = body["metadata"]
        known = kind_of(body["apiVersion"], body["kind"])
        entity = Entity(
            kind=body["kind"].lower(),
            key=entity_key(metadata["name"], metadata.get("namespace") or ""),
            known=known,
            body=body,
            resolved=resolved,
            path=path,
            file=self._show(path),
            line=document.line,
            edges=tuple(edges_of(known, body, document.line_of)),
            digest=digest_of(body, resolved),
            repository=self._repository(path),
            is_unresolved=bool(failures),
        )
        for failure in failures:
            self._found.problems.append(
                Problem(
                    entity.file,
                    document.line_of(*failure.path),
                    "substitution",
                    failure.message,
                    refused=False,
                    about=entity.identity,
                )
            )
        return entity

    def _twin(self, first: Entity, second: Entity) -> None:
        self._found.twins.append(Twin(first, second))
        self._found.broken.add(second.path)
        message = (
            f"{second.kind} {second.key} is defined twice: here and in {first.file}, line "
            f"{first.line}. The first one counts."
        )
        self._found.problems.append(Problem(second.file, second.line, "duplicate", message))

    def _remark_unknown(self, entity: Entity, document: yaml.YamlDocument) -> None:
        if entity.known is OTHER:
            message = (
                f"{entity.body['kind']} of {entity.body['apiVersion']} is no kind that has pages "
                "here; it is kept whole for the export."
            )
            self._remark(entity, document.line_of("kind"), "unknown-kind", message)
            return
        unknown = list(unknown_keys(entity.known, entity.body))
        if unknown:
            names = ", ".join(".".join(path) for path in unknown[:10])
            message = f"Keys without a meaning here are kept as they are: {names}."
            self._remark(entity, document.line_of(*unknown[0]), "unknown-key", message)

    def _remark_lenience(self, entity: Entity, document: yaml.YamlDocument) -> None:
        """Say where something is taken that Backstage would refuse."""
        kind, known = entity.body["kind"], entity.known
        if known is not OTHER and kind != known.name:
            message = f"{kind} is read as {known.name}; Backstage wants it written so."
            self._remark(entity, document.line_of("kind"), "kind-case", message)
        empty = sorted(empty_keys(known, entity.body))
        if empty:
            names = ", ".join(".".join(path) for path in empty[:10])
            message = f"Keys without a value are read as absent; Backstage refuses them: {names}."
            self._remark(entity, document.line_of(*empty[0]), "empty-key", message)

    def _remark(self, entity: Entity, line: int, rule: str, message: str) -> None:
        self._problem(entity.path, line, rule, message, refused=False)

    def _follow(self, location: Entity, file: _File) -> None:
        """Put the files that a Location names into the queue."""
        spec = location.resolved.get("spec") or {}
        is_required = spec.get("presence") != "optional"
        if file.is_export:
            message = "Locations of an export are not followed: what they name stands in it."
            self._found.problems.append(
                Problem(
                    location.file,
                    location.line,
                    "export",
                    message,
                    refused=False,
                    about=location.identity,
                )
            )
            return
        if file.level >= MOST_LEVELS:
            self._lost(location, f"Locations name each other more than {MOST_LEVELS} levels deep.")
            return
        for target in _targets(spec):
            for path in self._paths(location, target, is_required):
                if len(self._seen) >= MOST_FILES:
                    raise Unreadable(f"{self._place.title} names more than {MOST_FILES:,} files")
                self._enqueue(_Next(path, file.level + 1, is_required, location))

    def _paths(self, location: Entity, target: str, is_required: bool) -> list[str]:
        try:
            path = self._resolve(location.path, target)
            if "*" not in path:
                return [path]
            found = self._match(path)
        except Unreadable as error:
            self._lost(location, f"{location.title} names what can't be read: {_words(error)}.")
            return []
        if not found and is_required:
            message = f"{location.title} names {target[:200]}, and no file matches."
            self._remark(location, location.line, "location", message)
        return found

    def _refuse(self, path: str, line: int, rule: str, message: str) -> None:
        self._found.broken.add(path)
        self._found.skipped.append("other")
        self._problem(path, line, rule, message)

    def _problem(
        self, path: str, line: int, rule: str, message: str, *, refused: bool = True
    ) -> None:
        self._found.problems.append(Problem(self._show(path), line, rule, message, refused))

    def _show(self, path: str) -> str:
        return path if is_address(path) else self._place.show(path)


def _targets(spec: Mapping[str, Any]) -> Iterator[str]:
    target, targets = spec.get("target"), spec.get("targets")
    for value in [target, *(targets if isinstance(targets, list) else [])]:
        if isinstance(value, str) and value:
            yield value


def _noun(body: object) -> str:
    """What a refused document would have been."""
    if not isinstance(body, dict) or not isinstance(body.get("kind"), str):
        return "other"
    return kind_of(body.get("apiVersion"), body["kind"]).noun


def _is_placeholder(body: object, path: tuple[str | int, ...]) -> bool:
    """Whether the key at `path`, or its value, is one that a template has yet to fill in."""
    at: Any = body
    for step in path:
        if isinstance(at, dict):
            at = at.get(step)
        elif isinstance(at, list) and isinstance(step, int):
            at = at[step]
    return "{{" in f"{path}{at if isinstance(at, (str, dict, list)) else ''}"


def _is_placeholder_near(data: bytes, line: int) -> bool:
    """Whether a template's placeholder or block stands where a text stopped being YAML."""
    lines = data.split(b"\n")[max(0, line - 3) : line]
    return any(b"{{" in text or b"{%" in text for text in lines)


def _words(error: Unreadable) -> str:
    return str(error).rstrip(".")


def _sentence(error: Unreadable) -> str:
    """A full stop behind it, and a capital in front unless it begins with a path."""
    words = _words(error)
    begins_with_word = words.partition(" ")[0].isalpha()
    return f"{words[:1].upper() if begins_with_word else words[:1]}{words[1:]}."
