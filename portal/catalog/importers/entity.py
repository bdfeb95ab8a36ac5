"""An entity as it was read, before anything is known about the database."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from portal.catalog.kinds import Kind
from portal.catalog.models.fields import to_json
from portal.catalog.references import parse_ref


class Edge(NamedTuple):
    """A relation as declared: its type, the kind and key it names, and the line that says so."""

    type: str
    kind: str
    key: str
    line: int = 0


@dataclass(slots=True, eq=False)
class Entity:
    """`body` is as written; `resolved` has `$text` and its like replaced by what they hold.

    `repository` is the repository the file was found in, with the path inside it.
    """

    kind: str  # lower-cased
    key: str
    known: Kind
    body: dict[str, Any]
    resolved: dict[str, Any]
    path: str
    file: str  # the path as shown to people
    line: int
    edges: tuple[Edge, ...]
    digest: str
    repository: tuple[str, str] = ("", "")
    is_unresolved: bool = False  # something it stands for could not be read

    @property
    def identity(self) -> tuple[str, str]:
        return (self.kind, self.key)

    @property
    def title(self) -> str:
        metadata = self.resolved["metadata"]
        title = metadata.get("title")
        return title if isinstance(title, str) and title else str(metadata["name"])


def digest_of(body: Mapping[str, Any], resolved: Mapping[str, Any]) -> str:
    """SHA-256 of the body as written, and of what its substitutions hold where it has any."""
    text = to_json(body)
    if resolved is not body:
        text += to_json(resolved)
    return hashlib.sha256(text.encode()).hexdigest()


def edges_of(
    known: Kind, body: Mapping[str, Any], line_of: Callable[..., int] = lambda *path: 0
) -> Iterator[Edge]:
    """The relations that a valid body declares, each once."""
    spec = body.get("spec") or {}
    namespace = body["metadata"].get("namespace") or "default"
    seen = set()
    for field in known.refs:
        value = spec.get(field.name)
        if value is None:
            continue
        for index, item in enumerate(value if field.is_list else [value]):
            ref = parse_ref(item, kind=field.kind, namespace=namespace)
            if (field.relation, ref) in seen:
                continue
            seen.add((field.relation, ref))
            path = ("spec", field.name, index) if field.is_list else ("spec", field.name)
            yield Edge(field.relation, ref.kind, ref.key, line_of(*path))
