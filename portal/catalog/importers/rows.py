"""Writing typed rows: services, systems, teams and their like, many with one statement."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from portal.accounts.models import Team
from portal.catalog.importers import reading
from portal.catalog.importers.entity import Entity
from portal.catalog.importers.trees import Tree
from portal.catalog.models import API, Domain, Relation, Resource, Service, System
from portal.catalog.models.entry import Entry
from portal.lib.bulk import insert_rows

_BATCH = 500
_KEPT = frozenset({"id", "key", "created_at"})  # columns that an update leaves alone


@dataclass(frozen=True)
class Reference:
    """A column that holds the row a relation names."""

    column: str
    relation: str
    kind: str
    model: type[Model]


@dataclass(frozen=True)
class Plan:
    """How entities of a noun become rows: the model, its reading, its references."""

    model: type[Entry]
    read: Callable[[Entity, Collection[str]], dict[str, Any]]
    references: tuple[Reference, ...]


_OWNER = Reference("owner_id", "ownedBy", "group", Team)
_SYSTEM = Reference("system_id", "partOf", "system", System)

PLANS: Mapping[str, Plan] = {
    "service": Plan(Service, reading.service, (_OWNER, _SYSTEM)),
    "api": Plan(API, lambda entity, hosts: reading.api(entity), (_OWNER, _SYSTEM)),
    "resource": Plan(Resource, lambda entity, hosts: reading.entry(entity), (_OWNER, _SYSTEM)),
    "system": Plan(
        System,
        lambda entity, hosts: reading.entry(entity),
        (_OWNER, Reference("domain_id", "partOf", "domain", Domain)),
    ),
    "domain": Plan(
        Domain,
        lambda entity, hosts: reading.entry(entity),
        (_OWNER, Reference("parent_id", "subdomainOf", "domain", Domain)),
    ),
}


@dataclass
class Rows:
    """Writes typed rows and remembers the ids of what others refer to."""

    is_sample: bool
    github_hosts: Collection[str]
    _ids: dict[type[Model], dict[str, int]] = field(default_factory=dict)

    def ids(self, model: type[Model]) -> dict[str, int]:
        """Ids by key of a kind that others refer to."""
        if model not in self._ids:
            self._ids[model] = dict(model._default_manager.values_list("key", "pk"))
        return self._ids[model]

    def write_entries(
        self, plan: Plan, entities: Sequence[Entity], documents: Mapping[tuple[str, str], int]
    ) -> None:
        """Create or update services and their like; `documents` has their document ids."""
        rows = []
        unresolved = [entity.key for entity in entities if entity.is_unresolved]
        last = _definitions(unresolved) if plan.model is API and unresolved else {}
        for entity in entities:
            columns = plan.read(entity, self.github_hosts)
            if entity.key in last:
                columns["definition"] = columns["definition"] or last[entity.key]
            for reference in plan.references:
                columns[reference.column] = self._target(entity, reference)
            columns["key"] = entity.key
            columns["document_id"] = documents[entity.identity]
            columns["is_sample"] = self.is_sample
            rows.append(columns)
        self._write(plan.model, rows)

    def write_teams(self, entities: Sequence[Entity], tree: Tree) -> None:
        """Create or update teams, whose parents are written already."""
        ids = self.ids(Team)
        rows = []
        for entity in entities:
            columns = reading.team(entity)
            columns["parent_id"] = ids.get(tree.parent(entity.key))
            columns["key"] = entity.key
            columns["is_sample"] = self.is_sample
            rows.append(columns)
        self._write(Team, rows)

    def _target(self, entity: Entity, reference: Reference) -> int | None:
        for edge in entity.edges:
            if edge.type == reference.relation and edge.kind == reference.kind:
                return self.ids(reference.model).get(edge.key)
        return None

    def _write(self, model: type[Model], rows: list[dict[str, Any]]) -> None:
        """Insert rows, or update those whose key exists. Sample data never touches real rows."""
        if self.is_sample:
            real = model._default_manager.filter(is_sample=False)
            taken = set(real.values_list("key", flat=True))
            rows = [row for row in rows if row["key"] not in taken]
        keys = [row["key"] for row in rows]
        known = _ids(model, keys)
        created = [row for row in rows if row["key"] not in known]
        if created:
            columns = list(created[0])
            insert_rows(model, columns, (tuple(row.values()) for row in created))
        names = [column.name for column in model._meta.concrete_fields]
        model._default_manager.bulk_create(
            [model(**row) for row in rows if row["key"] in known],
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=[name for name in names if name not in _KEPT],
        )
        if model in self._ids:
            self._ids[model] |= _ids(model, keys)


def _ids(model: type[Model], keys: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in chunks(keys, _BATCH):
        rows = model._default_manager.filter(key__in=chunk)
        found.update(rows.values_list("key", "pk"))
    return found


def _definitions(keys: Sequence[str]) -> dict[str, str]:
    """The definitions of APIs as last read."""
    found: dict[str, str] = {}
    for chunk in chunks(keys, _BATCH):
        found.update(API.objects.filter(key__in=chunk).values_list("key", "definition"))
    return found


def relink(kind: str, model: type[Model], ids: Mapping[str, int]) -> None:
    """Point entries at rows that exist only now: what their files named dangled until then."""
    for plan in PLANS.values():
        for reference in plan.references:
            if reference.kind == kind and reference.model is model:
                _relink(plan.model, reference, ids)


def _relink(model: type[Entry], reference: Reference, ids: Mapping[str, int]) -> None:
    keys = sorted(ids)
    for chunk in chunks(keys, _BATCH):
        named = dict(
            Relation.objects.filter(
                type=reference.relation, to_kind=reference.kind, to_key__in=chunk
            ).values_list("document_id", "to_key")
        )
        for documents in chunks(sorted(named), _BATCH):
            waiting = model._default_manager.filter(
                document_id__in=documents, **{f"{reference.column}__isnull": True}
            ).only("pk", "document_id", reference.column)
            rows = list(waiting)
            for row in rows:
                assert row.document_id is not None
                setattr(row, reference.column, ids[named[row.document_id]])
            model._default_manager.bulk_update(rows, [reference.column], batch_size=_BATCH)


def chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[begin : begin + size] for begin in range(0, len(items), size))
