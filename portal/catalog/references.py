"""References between entities: `[kind:][namespace/]name`, compared lower-cased."""

import re
from dataclasses import dataclass

DEFAULT_NAMESPACE = "default"
LONGEST_KEY = 130
LONGEST_KIND = 63

_REF = re.compile(r"(?:([^:/]+):)?(?:([^:/]+)/)?([^:/]+)")


@dataclass(frozen=True, slots=True)
class Ref:
    """What a reference means: a kind and a key, both lower-cased."""

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class BadReference(ValueError):
    """The text is no reference; the message says why."""


def entity_key(name: str, namespace: str = "") -> str:
    """The key of a name: lower-cased, with `namespace:` before it outside `default`."""
    namespace = namespace.lower()
    if namespace in ("", DEFAULT_NAMESPACE):
        return name.lower()
    return f"{namespace}:{name.lower()}"


def split_key(key: str) -> tuple[str, str]:
    """A key's namespace and name."""
    namespace, _, name = key.rpartition(":")
    return namespace or DEFAULT_NAMESPACE, name


def parse_ref(text: str, *, kind: str = "", namespace: str = DEFAULT_NAMESPACE) -> Ref:
    """Read a reference, with the field's kind and the entity's own namespace as defaults."""
    match = _REF.fullmatch(text.strip())
    if match is None:
        raise BadReference(f"{text[:200]!r} is not of the form [kind:][namespace/]name")
    found_kind = (match[1] or kind).lower()
    if not found_kind:
        raise BadReference(f"{text[:200]!r} needs a kind in front, as in component:{text[:100]}")
    key = entity_key(match[3], match[2] or namespace)
    if len(key) > LONGEST_KEY or len(found_kind) > LONGEST_KIND:
        raise BadReference(f"{text[:60]!r}… is too long for a reference")
    return Ref(found_kind, key)
