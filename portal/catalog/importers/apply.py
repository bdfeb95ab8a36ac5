"""Writing what a comparison found: documents, relations, typed rows and audit events.

Entities are written in batches, each in one transaction with everything that belongs to its
entities, so a crash leaves every entity either old or new. Where the database refuses a batch,
its entities are written one by one, and only the refused one is left out.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import Model

from portal.accounts.models import Team
from portal.audit.actions import Actor, Entry, record_many
from portal.catalog.importers import people
from portal.catalog.importers.changes import changes
from portal.catalog.importers.compare import Comparison, Item, State, Stored
from portal.catalog.importers.entity import Entity
from portal.catalog.importers.problems import Problem
from portal.catalog.importers.rows import PLANS, Rows, chunks, relink
from portal.catalog.importers.trees import Tree, by_level
from portal.catalog.kinds import KIND_OF_NOUN, KINDS, OTHER, noun_of
from portal.catalog.models import CatalogSource, Document, Domain, Relation, System
from portal.jobs.leases import Held
from portal.lib.bulk import insert_rows

_BATCH = 500
_ITEMS = 1000  # entities a transaction
_COLUMNS = (
    "kind",
    "key",
    "body",
    "digest",
    "source_id",
    "path",
    "line",
    "is_sample",
    "seen_at",
)
Identity = tuple[str, str]
Told = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """Who imports what when."""

    source: CatalogSource
    by: Actor
    now: datetime
    is_sample: bool
    github_hosts: Collection[str]
    held: Held
    told: Told | None = None


def apply(comparison: Comparison, at: Circumstances) -> list[Problem]:
    """Write a comparison; answers what the database refused, which is then `SKIPPED`."""
    return _Applying(comparison, at).run()


class _Applying:
    def __init__(self, comparison: Comparison, at: Circumstances) -> None:
        self._comparison = comparison
        self._at = at
        self._rows = Rows(is_sample=at.is_sample, github_hosts=at.github_hosts)
        self._problems: list[Problem] = []

    def run(self) -> list[Problem]:
        batches = list(_batches(self._comparison))
        total, done = sum(len(batch) for batch in batches), 0
        for batch in batches:
            self._write(batch)
            done += len(batch)
            self._at.held.renew()
            if self._at.told is not None:
                self._at.told(done, total, batch[-1].entity.title)
        self._move_teams()
        self._see_unchanged()
        self._mark_vanished()
        self._mark_conflicts()
        return self._problems

    def _write(self, items: Sequence[Item]) -> None:
        try:
            with transaction.atomic():
                self._write_items(items)
        except DatabaseError as error:
            self._rows = Rows(is_sample=self._at.is_sample, github_hosts=self._at.github_hosts)
            if len(items) > 1:
                for item in items:
                    self._write([item])
                return
            [item] = items
            item.state = State.SKIPPED
            words = str(error).strip().splitlines()[0]
            message = f"The database refuses {item.entity.kind} {item.entity.key}: {words}"
            self._problems.append(Problem(item.entity.file, item.entity.line, "database", message))

    def _write_items(self, items: Sequence[Item]) -> None:
        """Everything about some entities of one kind, inside one transaction."""
        entities = [item.entity for item in items]
        kind, noun = entities[0].kind, entities[0].known.noun
        replaced = [item.stored.pk for item in items if item.stored is not None]
        old = Document.objects.in_bulk(replaced)
        members = people.declared(replaced) if noun in ("team", "person") else set()
        documents = self._write_documents(items)
        self._write_relations(entities, documents, replaced)
        self._write_rows(items, entities, documents)
        if noun in ("team", "person"):
            people.keep_memberships(kind, [entity.key for entity in entities], members)
        events = [_event(item, old, self._at.source.title) for item in items]
        record_many(events, by=self._at.by, is_sample=self._at.is_sample)

    def _write_documents(self, items: Sequence[Item]) -> dict[Identity, int]:
        """Create or replace documents; answers their ids."""
        created = [item.entity for item in items if item.stored is None]
        insert_rows(Document, _COLUMNS, (self._document(entity) for entity in created))
        ids = {item.entity.identity: item.stored.pk for item in items if item.stored is not None}
        Document.objects.bulk_create(
            [
                Document(**dict(zip(_COLUMNS, self._document(item.entity), strict=True)))
                for item in items
                if item.stored is not None
            ],
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["kind", "key"],
            update_fields=[*_COLUMNS[2:], "vanished_at"],
        )
        for chunk in chunks([entity.key for entity in created], _BATCH):
            rows = Document.objects.filter(key__in=chunk).values_list("kind", "key", "pk")
            ids.update({(kind, key): pk for kind, key, pk in rows})
        return ids

    def _document(self, entity: Entity) -> tuple[object, ...]:
        """A document's values in the order of `_COLUMNS`."""
        return (
            entity.kind,
            entity.key,
            entity.body,
            entity.digest,
            self._at.source.pk,
            entity.path[:1000],
            entity.line,
            self._at.is_sample,
            self._at.now,
        )

    def _write_relations(
        self, entities: Sequence[Entity], documents: dict[Identity, int], replaced: Sequence[int]
    ) -> None:
        for chunk in chunks(replaced, _BATCH):
            Relation.objects.filter(document_id__in=chunk).delete()
        columns = ("document_id", "type", "from_kind", "from_key", "to_kind", "to_key", "is_sample")
        insert_rows(
            Relation,
            columns,
            (
                (
                    documents[entity.identity],
                    edge.type,
                    entity.kind,
                    entity.key,
                    edge.kind,
                    edge.key,
                    self._at.is_sample,
                )
                for entity in entities
                for edge in entity.edges
            ),
        )

    def _write_rows(
        self, items: Sequence[Item], entities: Sequence[Entity], documents: dict[Identity, int]
    ) -> None:
        kind, noun = entities[0].kind, entities[0].known.noun
        if noun == "person":
            self._problems += people.write_people(entities, is_sample=self._at.is_sample)
        elif noun == "team":
            self._rows.write_teams(entities, self._comparison.trees["group"])
        elif noun in PLANS:
            self._rows.write_entries(PLANS[noun], entities, documents)
        model = _REFERRED.get(noun)
        if model is not None:
            ids = self._rows.ids(model)
            created = [item.entity.key for item in items if item.stored is None]
            relink(kind, model, {key: ids[key] for key in created})

    def _move_teams(self) -> None:
        """Set the parents that other teams' documents changed, or that exist only now."""
        tree = self._comparison.trees.get("group")
        if tree is None:
            return
        with transaction.atomic():
            teams = {team.key: team for team in Team.objects.only("key", "parent")}
            managed = set(Document.objects.filter(kind="group").values_list("key", flat=True))
            moved = []
            for key in managed | tree.listed.keys():
                parent = teams.get(tree.parent(key))
                parent_id = None if parent is None else parent.pk
                if key in teams and teams[key].parent_id != parent_id:
                    teams[key].parent_id = parent_id
                    moved.append(teams[key])
            Team.objects.bulk_update(moved, ["parent"], batch_size=_BATCH)

    def _see_unchanged(self) -> None:
        """Note that unchanged documents were seen, and where they stand now."""
        source = self._at.source
        seen, moved = [], []
        for item in self._comparison.items:
            stored = item.stored
            if item.state is not State.UNCHANGED or item.is_foreign or stored is None:
                continue
            seen.append(stored.pk)
            place = (item.entity.path[:1000], item.entity.line, source.pk)
            if place != (stored.path, stored.line, stored.source_id):
                path, line, _ = place
                moved.append(Document(pk=stored.pk, path=path, line=line, source=source))
        Document.objects.bulk_update(moved, ["path", "line", "source"], batch_size=_BATCH)
        for chunk in chunks(seen, _ITEMS):
            Document.objects.filter(pk__in=chunk).update(seen_at=self._at.now)

    def _mark_vanished(self) -> None:
        """Mark what its source no longer has. Nothing is deleted."""
        for chunk in chunks(self._comparison.vanished, _BATCH):
            with transaction.atomic():
                documents = [stored.pk for stored in chunk]
                Document.objects.filter(pk__in=documents).update(vanished_at=self._at.now)
                for plan in PLANS.values():
                    gone = plan.model._default_manager.filter(document_id__in=documents)
                    gone.update(vanished_at=self._at.now)
                teams = [stored.key for stored in chunk if stored.kind == "group"]
                Team.objects.filter(key__in=teams).update(vanished_at=self._at.now)
                events = [_vanished(stored, self._at.source.title) for stored in chunk]
                record_many(events, by=self._at.by, is_sample=self._at.is_sample)

    def _mark_conflicts(self) -> None:
        """Keep on each document who else claims its name, and forget claims that ended."""
        conflicts, source = self._comparison.conflicts, self._at.source
        read = {item.entity.identity for item in self._comparison.items}
        changed = []
        for row in Document.objects.exclude(conflict=None).defer("body"):
            assert row.conflict is not None
            identity = (row.kind, row.key)
            is_ours = row.conflict["source_key"] == source.key
            is_over = identity in read or self._comparison.is_complete
            if is_ours and is_over and identity not in conflicts:
                row.conflict = None
                changed.append(row)
        for chunk in chunks([key for _, key in conflicts], _BATCH):
            for row in Document.objects.filter(key__in=chunk).defer("body"):
                if (row.kind, row.key) in conflicts:
                    row.conflict = self._claim(conflicts[row.kind, row.key])
                    changed.append(row)
        Document.objects.bulk_update(changed, ["conflict"], batch_size=_BATCH)

    def _claim(self, entity: Entity) -> dict[str, object]:
        return {
            "source": self._at.source.title,
            "source_key": self._at.source.key,
            "path": entity.path,
            "line": entity.line,
            "seen_at": self._at.now.isoformat(),
        }


_REFERRED: dict[str, type[Model]] = {"team": Team, "system": System, "domain": Domain}


def _batches(comparison: Comparison) -> Iterator[list[Item]]:
    """What has to be written, one noun at a time, what others refer to first."""
    by_noun: dict[str, dict[str, Item]] = {}
    for item in comparison.items:
        if item.is_written:
            entity = item.entity
            by_noun.setdefault(entity.known.noun, {})[f"{entity.kind} {entity.key}"] = item
    ranks = {kind.noun: kind.rank for kind in (*KINDS.values(), OTHER)}
    for noun in sorted(by_noun, key=ranks.__getitem__):
        items = by_noun[noun]
        for level in _levels(noun, items, comparison.trees):
            yield from (list(chunk) for chunk in chunks(level, _ITEMS))


def _levels(noun: str, items: dict[str, Item], trees: dict[str, Tree]) -> Iterator[list[Item]]:
    """Teams and domains with parents before children, everything else as it comes."""
    kind = KIND_OF_NOUN.get(noun, "")
    if kind not in trees:
        yield list(items.values())
        return
    by_key = {item.entity.key: item for item in items.values()}
    parents = {key: trees[kind].parent(key) for key in by_key}
    for level in by_level(by_key, parents):
        yield [by_key[key] for key in level]


def _event(item: Item, old: dict[int, Document], source: str) -> Entry:
    entity = item.entity
    subject = (entity.known.noun, entity.key, entity.title)
    place: dict[str, object] = {
        "source": source,
        "path": entity.path,
        "line": entity.line,
        "digest": entity.digest[:16],
    }
    if item.stored is None or item.stored.pk not in old:
        return Entry(verb="catalog.created", subject=subject, after=place)
    before, after = changes(old[item.stored.pk].body, entity.body)
    verb = "catalog.reappeared" if item.stored.is_vanished else "catalog.changed"
    digest = {"digest": item.stored.digest[:16]}
    return Entry(verb=verb, subject=subject, before=before | digest, after=after | place)


def _vanished(stored: Stored, source: str) -> Entry:
    subject = (noun_of(stored.kind), stored.key, stored.key)
    before = {"source": source, "path": stored.path, "line": stored.line}
    return Entry(verb="catalog.vanished", subject=subject, before=before)
