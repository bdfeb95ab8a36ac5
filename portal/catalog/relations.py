"""How entities relate, as pages draw it: both directions, with what dangles."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse

from portal.accounts.models import Person, Team
from portal.catalog.kinds import noun_of
from portal.catalog.models import API, Domain, Relation, Resource, Service, System

Identity = tuple[str, str]  # kind and key, lower-cased

_MODELS: Mapping[str, type[Model]] = {
    "component": Service,
    "system": System,
    "domain": Domain,
    "api": API,
    "resource": Resource,
    "group": Team,
    "user": Person,
}

# Title of a group of lines, and the relations in it: (type, whether we are the one it starts at).
_GROUPS: Sequence[tuple[str, frozenset[tuple[str, bool]]]] = (
    ("Depends on", frozenset({("dependsOn", True), ("dependencyOf", False)})),
    ("Used by", frozenset({("dependsOn", False), ("dependencyOf", True)})),
    ("Provides", frozenset({("providesApi", True)})),
    ("Consumes", frozenset({("consumesApi", True)})),
    ("Provided by", frozenset({("providesApi", False)})),
    ("Consumed by", frozenset({("consumesApi", False)})),
    ("Part of", frozenset({("subcomponentOf", True)})),
    ("Parts", frozenset({("subcomponentOf", False)})),
)
_SHOWN = frozenset(relation for _, relations in _GROUPS for relation, _ in relations)


@dataclass(frozen=True)
class Target:
    """The other end of a relation; `url` is empty where it dangles."""

    noun: str
    title: str
    url: str

    @property
    def is_dangling(self) -> bool:
        return not self.url


@dataclass(frozen=True)
class RelationGroup:
    """Related things under one heading: the first few, and how many there are in all."""

    title: str
    targets: list[Target]
    total: int

    @property
    def hidden(self) -> int:
        return self.total - len(self.targets)


def related(kind: str, key: str, *, most: int = 50) -> list[RelationGroup]:
    """Everything an entity is related to, apart from owner and system: two queries."""
    rows = Relation.objects.filter(
        Q(from_kind=kind, from_key=key) | Q(to_kind=kind, to_key=key), type__in=_SHOWN
    ).values_list("type", "from_kind", "from_key", "to_kind", "to_key")
    found: dict[tuple[str, bool], set[Identity]] = {}
    for relation, from_kind, from_key, to_kind, to_key in rows:
        if (from_kind, from_key) == (kind, key):
            found.setdefault((relation, True), set()).add((to_kind, to_key))
        if (to_kind, to_key) == (kind, key):
            found.setdefault((relation, False), set()).add((from_kind, from_key))
    ends = {
        title: sorted(set().union(*(found.get(relation, set()) for relation in relations)))
        for title, relations in _GROUPS
    }
    targets = resolve(end for some in ends.values() for end in some[:most])
    return [
        RelationGroup(title, [targets[end] for end in some[:most]], len(some))
        for title, some in ends.items()
        if some
    ]


def resolve(identities: Iterable[Identity]) -> dict[Identity, Target]:
    """Title and address of entities of any kind, with one query; what is nowhere dangles."""
    wanted: dict[str, set[str]] = {}
    for kind, key in identities:
        wanted.setdefault(kind, set()).add(key)
    parts = [_titles(kind, keys) for kind, keys in sorted(wanted.items()) if kind in _MODELS]
    titles: dict[Identity, str] = {}
    if parts:
        for kind, key, title in parts[0].union(*parts[1:], all=True):
            titles[kind, key] = title
    return {
        (kind, key): _target(kind, key, titles.get((kind, key)))
        for kind, keys in wanted.items()
        for key in keys
    }


def _titles(kind: str, keys: Collection[str]) -> Any:
    model = _MODELS[kind]
    rows = model._default_manager.filter(key__in=keys).order_by()
    title = F("name") if kind == "user" else Coalesce(NullIf("title", Value("")), "name")
    annotated = rows.annotate(row_kind=Value(kind), row_title=title)
    return annotated.values_list("row_kind", "key", "row_title")


def _target(kind: str, key: str, title: str | None) -> Target:
    noun = noun_of(kind)
    if title is None:
        return Target(kind if noun == "other" else noun, key, "")
    return Target(noun, title, reverse(f"catalog:{noun}", args=[key]))
