"""What an import would change: entities as read against documents as stored. Writes nothing."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from portal.accounts.models import Person, Team
from portal.catalog.exporters import entities_without_document
from portal.catalog.importers.entity import Entity
from portal.catalog.importers.gather import Gathered
from portal.catalog.importers.places import Place, folder_of
from portal.catalog.importers.problems import Problem
from portal.catalog.importers.trees import DOWN, UP, Tree
from portal.catalog.models import CatalogSource, Document, Relation, SourceKind

_FEW = 500  # names that are asked for one by one; beyond, reading all is quicker


class State(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    SKIPPED = "skipped"


class Stored(NamedTuple):
    """A document as far as comparing needs it."""

    pk: int
    kind: str
    key: str
    digest: str
    source_id: int
    path: str
    line: int
    is_vanished: bool
    has_conflict: bool
    is_sample: bool


@dataclass(slots=True, eq=False)
class Item:
    entity: Entity
    state: State
    stored: Stored | None = None
    is_foreign: bool = False  # unchanged, and another source's

    @property
    def is_written(self) -> bool:
        return self.state in (State.CREATED, State.CHANGED)


@dataclass
class Comparison:
    """`trees` holds the accepted tree of each kind that has one.

    `is_complete`: what the source holds was read without a gap, so what is missing is gone.
    """

    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    vanished: list[Stored] = field(default_factory=list)
    conflicts: dict[tuple[str, str], Entity] = field(default_factory=dict)  # who else claims it
    trees: dict[str, Tree] = field(default_factory=dict)
    is_complete: bool = True


def compare(
    gathered: Gathered,
    place: Place,
    *,
    is_sample: bool = False,
    take_over: bool = False,
) -> Comparison:
    """Compare what was read from a place with what is stored."""
    return _Comparing(gathered, place, is_sample, take_over).run()


class _Comparing:
    def __init__(
        self,
        gathered: Gathered,
        place: Place,
        is_sample: bool,
        take_over: bool,
    ) -> None:
        self._gathered = gathered
        self._place = place
        self._is_sample = is_sample
        self._take_over = take_over
        is_page = place.kind == SourceKind.PAGE  # what is missing from pasted text says nothing
        self._result = Comparison(is_complete=gathered.is_complete and not is_page)
        self._sources = {row.pk: row for row in CatalogSource.objects.all()}
        self._source = next((row for row in self._sources.values() if row.key == place.key), None)
        self._stored = {(row.kind, row.key): row for row in _stored(self._names(), self._source)}

    def run(self) -> Comparison:
        for entity in self._gathered.entities.values():
            self._result.items.append(self._item(entity))
        self._note_twins()
        self._refuse_cycles()
        self._note_dangling()
        self._find_vanished()
        return self._result

    @cached_property
    def _bare(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What entries without a document would say in a file: an export may come back."""
        return {(kind, key): body for kind, key, body in entities_without_document()}

    def _names(self) -> set[str]:
        names = set()
        for entity in self._gathered.entities.values():
            names.add(entity.key)
            names.update(edge.key for edge in entity.edges)
        return names

    def _item(self, entity: Entity) -> Item:
        stored = self._stored.get(entity.identity)
        if stored is None:
            same = self._bare.get(entity.identity) == entity.body
            return Item(entity, State.UNCHANGED if same else State.CREATED, is_foreign=same)
        same = stored.digest == entity.digest or (
            entity.is_unresolved and Document.objects.get(pk=stored.pk).body == entity.body
        )
        is_ours = self._source is not None and stored.source_id == self._source.pk
        if is_ours or self._is_same_place(entity, stored):
            is_new = not same or stored.is_vanished or stored.is_sample != self._is_sample
            return Item(entity, State.CHANGED if is_new else State.UNCHANGED, stored)
        if self._is_sample and not stored.is_sample:
            return Item(entity, State.UNCHANGED, stored, is_foreign=True)
        if stored.is_vanished or self._take_over or stored.is_sample != self._is_sample:
            return Item(entity, State.CHANGED, stored)
        if same:
            return Item(entity, State.UNCHANGED, stored, is_foreign=True)
        self._conflict(entity, stored)
        return Item(entity, State.CONFLICT, stored)

    def _is_same_place(self, entity: Entity, stored: Stored) -> bool:
        """Whether another source read the very same file: a folder, and a file in it."""
        theirs = _file_of(self._sources[stored.source_id].key, stored.path)
        return theirs != "" and theirs == _file_of(self._place.key, entity.path)

    def _conflict(self, entity: Entity, stored: Stored) -> None:
        other = self._sources[stored.source_id]
        message = (
            f"{entity.kind} {entity.key} belongs to {other.title} ({stored.path}, line "
            f"{stored.line}), which says something else. That one is kept; remove it from one of "
            "the two, or import with --take-over."
        )
        self._result.problems.append(Problem(entity.file, entity.line, "conflict", message))
        self._result.conflicts[entity.identity] = entity

    def _note_twins(self) -> None:
        for twin in self._gathered.twins:
            self._result.conflicts[twin.first.identity] = twin.second

    def _refuse_cycles(self) -> None:
        for kind in ("group", "domain"):
            items = [item for item in self._result.items if item.entity.kind == kind]
            if items:
                self._result.trees[kind] = self._tree(kind, items)

    def _tree(self, kind: str, items: Collection[Item]) -> Tree:
        """The tree of a kind once this import is done; what would close a cycle is refused."""
        keeps = {item.entity.key for item in items if item.state is not State.CONFLICT}
        tree = Tree()
        theirs: dict[str, list[tuple[str, str]]] = {}
        rows = Relation.objects.filter(from_kind=kind, type__in=[*UP, DOWN])
        for key, relation, other in rows.values_list("from_key", "type", "to_key"):
            theirs.setdefault(key, []).append((relation, other))
        for key, edges in theirs.items():
            if key not in keeps:
                tree.add(key, edges)
        for item in items:
            if item.state is State.CONFLICT:
                continue
            entity = item.entity
            cycle = tree.add_without_cycle(
                entity.key, [(edge.type, edge.key) for edge in entity.edges]
            )
            if cycle:
                tree.add_without_cycle(entity.key, theirs.get(entity.key, []))
                item.state = State.SKIPPED
                way = " is below ".join([*cycle, cycle[0]])
                message = f"{entity.kind} {entity.key} would close a cycle: {way}."
                self._result.problems.append(Problem(entity.file, entity.line, "cycle", message))
        return tree

    def _note_dangling(self) -> None:
        """A remark for each reference to something that neither this import nor anyone has."""
        known = {item.entity.identity for item in self._result.items}
        known |= self._stored.keys()
        known |= {("group", key) for key in Team.objects.values_list("key", flat=True)}
        missing: list[tuple[Entity, str, str, int]] = []
        for item in self._result.items:
            if item.is_foreign or item.state in (State.CONFLICT, State.SKIPPED):
                continue
            missing.extend(
                (item.entity, edge.kind, edge.key, edge.line)
                for edge in item.entity.edges
                if (edge.kind, edge.key) not in known
            )
        people = {key for _, kind, key, _ in missing if kind == "user"}
        people = set(_chunked_keys(people)) if people else set()
        for entity, kind, key, line in missing:
            if kind == "user" and key in people:
                continue
            message = f"{kind}:{key} does not exist; the reference is kept and shown as dangling."
            self._result.problems.append(
                Problem(entity.file, line or entity.line, "dangling", message, refused=False)
            )

    def _find_vanished(self) -> None:
        """Documents of this source that a complete reading did not meet again."""
        if self._source is None or not self._result.is_complete:
            return
        self._result.vanished = [
            stored
            for identity, stored in self._stored.items()
            if stored.source_id == self._source.pk
            and identity not in self._gathered.entities
            and stored.path not in self._gathered.broken
            and not stored.is_vanished
        ]


def _stored(names: Collection[str], source: CatalogSource | None) -> Iterator[Stored]:
    fields = ("pk", "kind", "key", "digest", "source_id", "path", "line")
    rows = Document.objects.values_list(*fields, "vanished_at", "conflict", "is_sample")
    if len(names) <= _FEW:
        found = list(rows.filter(key__in=names))
        if source is not None:
            found.extend(rows.filter(source=source).exclude(key__in=names))
    else:
        found = list(rows)
    for row in found:
        vanished_at, conflict, is_sample = row[7:]
        yield Stored._make((*row[:7], vanished_at is not None, conflict is not None, is_sample))


def _chunked_keys(keys: Iterable[str]) -> Iterator[str]:
    """Those of the keys that are a person's, whether a document says so or not."""
    wanted = sorted(keys)
    for begin in range(0, len(wanted), _FEW):
        chunk = wanted[begin : begin + _FEW]
        yield from Person.objects.filter(key__in=chunk).values_list("key", flat=True)


def _file_of(key: str, path: str) -> str:
    """Where on disk a path of a source lies; empty where the source is none on disk."""
    kind, _, root = key.partition(":")
    if kind == SourceKind.FILE:
        return f"{folder_of(root)}/{path}"
    return f"{root}/{path}" if kind in (SourceKind.FOLDER, SourceKind.CHECKOUT) else ""
