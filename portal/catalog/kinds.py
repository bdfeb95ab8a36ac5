"""The kinds of Backstage that the portal knows, what they are called here, and what they need.

From `docs/features/software-catalog/descriptor-format.md` and the JSON schemas of Backstage's
catalogue model. A kind that is not in the table is kept whole and shown as "other".
"""

from collections.abc import Mapping
from dataclasses import dataclass


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
    Kind(name="Location", noun="location", rank=7),
)

KINDS: Mapping[str, Kind] = {kind.name.lower(): kind for kind in _KINDS}
OTHER = Kind(name="", noun="other", rank=8)
API_VERSIONS = frozenset({"backstage.io/v1alpha1", "backstage.io/v1beta1"})

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


def kind_of(api_version: object, kind: str) -> Kind:
    """The known kind, or `OTHER`: a `Component` of somebody else's API is not one of ours."""
    return KINDS.get(kind.lower(), OTHER) if api_version in API_VERSIONS else OTHER


def noun_of(kind: str) -> str:
    """What a kind, in any case, is called here: "service" for `Component`."""
    return KINDS.get(kind.lower(), OTHER).noun
