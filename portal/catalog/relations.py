"""How entities relate, as pages draw it: both directions, with what dangles."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    F,
    Model,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse

from portal.accounts.models import Person, Team
from portal.catalog.kinds import NOUN_WORDS, noun_of
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
    """Everything an entity is related to, apart from owner and system: one query."""
    titles: defaultdict[tuple[str, bool], dict[Identity, str | None]] = defaultdict(dict)
    for relation, is_ours, end_kind, end_key, title in _ends(kind, key):
        titles[relation, is_ours][end_kind, end_key] = title
    groups = []
    for group, sides in _GROUPS:
        ends: dict[Identity, str | None] = {}
        for side in sides:
            ends |= titles[side]
        if ends:
            shown = [_target(*end, ends[end]) for end in sorted(ends)[:most]]
            groups.append(RelationGroup(group, shown, len(ends)))
    return groups


def _ends(kind: str, key: str) -> Iterable[tuple[str, bool, str, str, str | None]]:
    """Relation type, whether it starts here, and the other end with its title where it exists."""
    ours, theirs = Q(from_kind=kind, from_key=key), Q(to_kind=kind, to_key=key)
    ends = Relation.objects.filter(ours | theirs, type__in=_SHOWN).annotate(
        is_ours=Case(When(ours, then=True), default=False, output_field=BooleanField()),
        end_kind=Case(When(ours, then="to_kind"), default="from_kind"),
        end_key=Case(When(ours, then="to_key"), default="from_key"),
    )
    titled = (
        When(
            end_kind=name,
            then=Subquery(
                model._default_manager.filter(key=OuterRef("end_key"))
                .order_by()
                .values_list(_title_of(name))[:1]
            ),
        )
        for name, model in _MODELS.items()
    )
    rows = ends.annotate(title=Case(*titled, default=None))
    return rows.values_list("type", "is_ours", "end_kind", "end_key", "title")


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
    return Target(noun, title, reverse(f"catalog:{noun}", args=[key]))
