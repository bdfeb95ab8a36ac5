"""The kinds of Backstage that the portal knows, what they are called here, and what they need.

From `docs/features/software-catalog/descriptor-format.md` and the JSON schemas of Backstage's
catalogue model. A kind that is not in the table is kept whole and shown as "other".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True, slots=True)
class RefField:
    """A field of `spec` that names other entities.

    `kind` is what a reference without a kind means; empty where it has to name one.
    """

    name: str
    relation: str
    kind: str
    is_list: bool = False


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`noun` is the word in summaries, addresses and links; `rank` the order of writing."""

    name: str
    noun: str
    rank: int
    texts: tuple[str, ...] = ()  # required text fields of `spec`
    optional_texts: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()  # required lists of text, which may be empty
    refs: tuple[RefField, ...] = ()
    others: tuple[str, ...] = ()  # further keys of `spec` that mean something here

    @cached_property
    def spec_keys(self) -> frozenset[str]:
        """Every key of `spec` that has a meaning here."""
        refs = (field.name for field in self.refs)
        return frozenset({*self.texts, *self.optional_texts, *self.lists, *self.others, *refs})


_OWNER = RefField("owner", "ownedBy", "group")
_SYSTEM = RefField("system", "partOf", "system")
_DEPENDS = (
    RefField("dependsOn", "dependsOn", "", is_list=True),
    RefField("dependencyOf", "dependencyOf", "", is_list=True),
)

_KINDS = (
    Kind(
        name="Group",
        noun="team",
        rank=0,
        others=("profile",),
        texts=("type",),
        lists=("children",),
        refs=(
            RefField("parent", "childOf", "group"),
            RefField("children", "parentOf", "group", is_list=True),
            RefField("members", "hasMember", "user", is_list=True),
        ),
    ),
    Kind(
        name="User",
        noun="person",
        rank=1,
        others=("profile",),
        lists=("memberOf",),
        refs=(RefField("memberOf", "memberOf", "group", is_list=True),),
    ),
    Kind(
        name="Domain",
        noun="domain",
        rank=2,
        texts=("owner",),
        optional_texts=("type",),
        refs=(_OWNER, RefField("subdomainOf", "subdomainOf", "domain")),
    ),
    Kind(
        name="System",
        noun="system",
        rank=3,
        texts=("owner",),
        optional_texts=("type",),
        refs=(_OWNER, RefField("domain", "partOf", "domain")),
    ),
    Kind(
        name="API",
        noun="api",
        rank=4,
        others=("definition",),
        texts=("type", "lifecycle", "owner"),
        refs=(_OWNER, _SYSTEM),
    ),
    Kind(
        name="Resource",
        noun="resource",
        rank=5,
        texts=("type", "owner"),
        refs=(_OWNER, _SYSTEM, *_DEPENDS),
    ),
    Kind(
        name="Component",
        noun="service",
        rank=6,
        others=("tier",),
        texts=("type", "lifecycle", "owner"),
        refs=(
            _OWNER,
            _SYSTEM,
            RefField("subcomponentOf", "subcomponentOf", "component"),
            RefField("providesApis", "providesApi", "api", is_list=True),
            RefField("consumesApis", "consumesApi", "api", is_list=True),
            *_DEPENDS,
        ),
    ),
    Kind(
        name="Location", noun="location", rank=7, others=("type", "target", "targets", "presence")
    ),
)

KINDS: Mapping[str, Kind] = {kind.name.lower(): kind for kind in _KINDS}
OTHER = Kind(name="", noun="other", rank=8)
API_VERSIONS = frozenset({"backstage.io/v1alpha1", "backstage.io/v1alpha2", "backstage.io/v1beta1"})

# APIs of these types are described by one of these keys instead of a definition.
STRUCTURED_APIS = frozenset({"mcp-server", "ai-model-server"})
STRUCTURE_KEYS = ("remotes", "serverUrl")

# The first line of an export: what its Locations name stands in it.
EXPORT_MARK = "# An export of Command Center: everything that its Locations name stands in it.\n"

KIND_OF_NOUN: Mapping[str, str] = {kind.noun: name for name, kind in KINDS.items()}
NOUNS = (
    "service",
    "system",
    "domain",
    "api",
    "resource",
    "team",
    "person",
    "location",
    "other",
)

NOUN_WORDS: Mapping[str, str] = {"api": "API"}  # where the word is written otherwise


def kind_of(api_version: object, kind: str) -> Kind:
    """The known kind, or `OTHER`: a `Component` of somebody else's API is not one of ours."""
    return KINDS.get(kind.lower(), OTHER) if api_version in API_VERSIONS else OTHER


def noun_of(kind: str) -> str:
    """What a kind, in any case, is called here: "service" for `Component`."""
    return KINDS.get(kind.lower(), OTHER).noun


_ROOT_KEYS = frozenset({"apiVersion", "kind", "metadata", "spec", "relations", "status"})
_METADATA_KEYS = frozenset(
    {
        "name",
        "namespace",
        "title",
        "description",
        "labels",
        "annotations",
        "tags",
        "links",
        "uid",
        "etag",
        "generation",
    }
)


def unknown_keys(kind: Kind, body: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The paths of keys in a valid body that the portal reads nothing from."""
    yield from ((key,) for key in body if key not in _ROOT_KEYS)
    yield from (("metadata", key) for key in body["metadata"] if key not in _METADATA_KEYS)
    yield from (("spec", key) for key in body.get("spec") or () if key not in kind.spec_keys)


def empty_keys(kind: Kind, body: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The paths of keys in a valid body that mean something here and have no value."""
    spec, metadata = body.get("spec") or {}, body["metadata"]
    yield from (
        ("metadata", key) for key in _METADATA_KEYS & metadata.keys() if metadata[key] is None
    )
    yield from (("spec", key) for key in kind.spec_keys & spec.keys() if spec[key] is None)
