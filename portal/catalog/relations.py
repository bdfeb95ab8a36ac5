"""How entities relate, as pages draw it: both directions, with what dangles."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, Q, Value
from django.db.models.functions import Coalesce, NullIf

from portal.accounts.models import Person, Team
from portal.catalog.kinds import NOUN_WORDS, noun_of
from portal.catalog.models import API, Domain, Relation, Resource, Service, System
from portal.lib.addresses import address_of

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

    @property
    def word(self) -> str:
        """The noun as people write it."""
        return NOUN_WORDS.get(self.noun, self.noun)


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
    """Everything an entity is related to, apart from owner and system: two queries, or one where
    nothing is."""
    sides = _ends(kind, key)
    found = []
    for title, relations in _GROUPS:
        if ends := sorted(set[Identity]().union(*(sides[relation] for relation in relations))):
            found.append((title, ends[:most], len(ends)))
    targets = resolve(identity for _, shown, _ in found for identity in shown)
    return [
        RelationGroup(title, [targets[identity] for identity in shown], total)
        for title, shown, total in found
    ]


def _ends(kind: str, key: str) -> Mapping[tuple[str, bool], set[Identity]]:
    """The other ends, by the type of the relation and whether it starts here."""
    ours, theirs = Q(from_kind=kind, from_key=key), Q(to_kind=kind, to_key=key)
    rows = Relation.objects.filter(ours | theirs, type__in=_SHOWN)
    found: defaultdict[tuple[str, bool], set[Identity]] = defaultdict(set)
    for relation, *ends in rows.values_list("type", "from_kind", "from_key", "to_kind", "to_key"):
        start, end = (ends[0], ends[1]), (ends[2], ends[3])
        is_ours = start == (kind, key)
        found[relation, is_ours].add(end if is_ours else start)
    return found


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
    rows = _MODELS[kind]._default_manager.filter(key__in=keys).order_by()
    annotated = rows.annotate(row_kind=Value(kind), row_title=_title_of(kind))
    return annotated.values_list("row_kind", "key", "row_title")


def _title_of(kind: str) -> Any:
    """What a row of a kind is called: its title, or its name without one."""
    return F("name") if kind == "user" else Coalesce(NullIf("title", Value("")), "name")


def _target(kind: str, key: str, title: str | None) -> Target:
    noun = noun_of(kind)
    if title is None:
        return Target(kind if noun == "other" else noun, key, "")
    return Target(noun, title, address_of(f"catalog:{noun}", key))
