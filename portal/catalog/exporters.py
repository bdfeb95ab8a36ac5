"""The catalogue as `catalog-info.yaml`: what was read comes back as it was written.

Entries without a document (made by hand, or by other programs) get an entity that says what
their row says.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from portal.accounts.models import Team
from portal.catalog.kinds import EXPORT_MARK, KIND_OF_NOUN, KINDS
from portal.catalog.models import API, Document, Domain, Resource, Service, System
from portal.catalog.models.entry import Entry
from portal.catalog.references import split_key
from portal.lib import yaml

API_VERSION = "backstage.io/v1alpha1"
FILE_NAME = "catalog-info.yaml"
_CHUNK = 500
_RELATED = ("owner", "system", "domain", "parent")
_MODELS: tuple[type[Entry], ...] = (Domain, System, API, Resource, Service)

Entity = dict[str, Any]


def entities(kinds: Collection[str] = ()) -> Iterator[tuple[str, str, Entity]]:
    """Every entity as (kind, key, body): documents first, then entries that have none.

    `kinds` are lower-cased kinds; empty means all. Vanished entities are left out.
    """
    documents = Document.objects.filter(vanished_at=None).order_by("kind", "key")
    if kinds:
        documents = documents.filter(kind__in=kinds)
    rows = documents.values_list("kind", "key", "body")
    yield from rows.iterator(chunk_size=_CHUNK)
    for kind, key, body in entities_without_document():
        if not kinds or kind in kinds:
            yield kind, key, body


def entities_without_document() -> Iterator[tuple[str, str, Entity]]:
    """What entries say that no file is behind, as (kind, key, body)."""
    for model in _MODELS:
        kind = KIND_OF_NOUN[model._meta.model_name or ""]
        related = [name for name in _RELATED if hasattr(model, name)]
        rows = model._default_manager.filter(document=None, vanished_at=None)
        for row in rows.select_related(*related).order_by("key").iterator(chunk_size=_CHUNK):
            yield kind, row.key, entity_of(row)
    for team in _teams_without_document().iterator(chunk_size=_CHUNK):
        yield "group", team.key, group_of(team)


def entity_of(row: Entry) -> Entity:
    """An entity that says what a row says."""
    kind = KINDS[KIND_OF_NOUN[row._meta.model_name or ""]]
    spec: Entity = {"type": row.type or "other"} if "type" in kind.texts or row.type else {}
    lifecycle = getattr(row, "lifecycle", "")
    if "lifecycle" in kind.texts:
        spec["lifecycle"] = lifecycle or "unknown"
    spec["owner"] = _reference(row.owner.key) if row.owner else row.owner_ref or "unknown"
    for column in ("system", "domain"):
        target = getattr(row, column, None)
        if target is not None:
            spec[column] = _reference(target.key)
    if isinstance(row, Domain) and row.parent is not None:
        spec["subdomainOf"] = _reference(row.parent.key)
    if isinstance(row, API):
        spec["definition"] = row.definition or "unknown"
    return _entity(kind.name, row, spec, annotations=_annotations(row), tags=row.tags)


def group_of(team: Team) -> Entity:
    """A Group that says what a team's row says."""
    spec: Entity = {"type": team.type or "team", "children": []}
    if team.email:
        spec["profile"] = {"email": team.email}
    if team.parent is not None:
        spec["parent"] = _reference(team.parent.key)
    members = sorted(person.key for person in team.members.all())
    if members:
        spec["members"] = [_reference(key) for key in members]
    return _entity("Group", team, spec)


def write_file(path: Path, kinds: Collection[str] = ()) -> int:
    """All entities as documents of one file; answers how many."""
    written = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for piece in pieces(kinds):
            file.write(piece)
            written += 1
    return written - 1  # the first piece is no entity


def write_folder(folder: Path, kinds: Collection[str] = ()) -> int:
    """A file per entity, `component/checkout-api/catalog-info.yaml`; answers how many."""
    count = 0
    for kind, key, body in entities(kinds):
        place = folder / kind / key.replace(":", "/")
        place.mkdir(parents=True, exist_ok=True)
        text = EXPORT_MARK + yaml.dump(body)
        (place / FILE_NAME).write_text(text, encoding="utf-8", newline="\n")
        count += 1
    return count


def pieces(kinds: Collection[str] = ()) -> Iterator[str]:
    """The first line of an export, then all entities as YAML documents, one at a time."""
    yield EXPORT_MARK
    yield from yaml.dump_documents(body for _, _, body in entities(kinds))


def _teams_without_document() -> QuerySet[Team]:
    written = Document.objects.filter(kind="group").values("key")
    teams = Team.objects.filter(vanished_at=None).exclude(key__in=written)
    return teams.select_related("parent").prefetch_related("members").order_by("key")


def _entity(kind: str, row: Any, spec: Entity, **more: Any) -> Entity:
    namespace, _ = split_key(row.key)
    metadata: Entity = {"name": row.name}
    if namespace != "default":
        metadata["namespace"] = namespace
    metadata |= {
        key: value
        for key, value in {
            "title": row.title,
            "description": row.description,
            "links": [_link(link) for link in row.links],
            **more,
        }.items()
        if value
    }
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _annotations(row: Entry) -> dict[str, str]:
    notes = dict(row.annotations)
    if isinstance(row, Service):
        if row.repository:
            notes.setdefault("github.com/project-slug", row.repository)
        if row.tier is not None:
            notes.setdefault("command-center/tier", str(row.tier))
        if row.on_call:
            notes.setdefault("command-center/on-call", row.on_call)
    return notes


def _link(link: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in link.items() if value}


def _reference(key: str) -> str:
    """A key as files name it: `namespace/name`, or the name alone in `default`."""
    return key.replace(":", "/", 1)
