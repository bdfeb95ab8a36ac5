"""What makes an entity valid, by Backstage's own rules.

`faults()` names everything that is wrong with a document, each with the path of the key it is
about. Any text is fine as a type or a lifecycle, unknown keys and kinds are fine everywhere, and
a key without a value counts as absent. References are only read here; whether their target
exists is another question.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.catalog.kinds import STRUCTURE_KEYS, STRUCTURED_APIS, Kind, kind_of
from portal.catalog.references import BadReference, parse_ref

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    rule: str
    message: str
    path: Path = ()


_KIND = re.compile(r"[a-zA-Z][a-zA-Z0-9]*")
_API_VERSION = re.compile(r"(?:[a-z0-9][a-z0-9.-]*/)?[a-zA-Z0-9]+")
_NAME = re.compile(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_NAMESPACE = re.compile(r"[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*")
_DNS_PREFIX = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*")
_TAG = re.compile(r"[a-z0-9:+#]+(?:-[a-z0-9:+#]+)*")

SUBSTITUTIONS = ("$text", "$json", "$yaml", "$openapi", "$asyncapi")


def faults(body: object) -> Iterator[Fault]:
    """Everything that keeps `body` from being an entity."""
    if not isinstance(body, dict):
        yield Fault("envelope", "An entity has to be a mapping with apiVersion, kind and metadata.")
        return
    if not body.keys() & {"apiVersion", "kind", "metadata"}:
        yield Fault("envelope", "It is no entity: apiVersion, kind and metadata are missing.")
        return
    envelope = list(_envelope(body))
    yield from envelope
    metadata = body.get("metadata")
    if isinstance(metadata, dict):
        yield from _metadata(metadata)
    spec = body.get("spec")
    if spec is not None and not isinstance(spec, dict):
        yield Fault("spec", "spec has to be a mapping.", ("spec",))
    elif not envelope:
        kind = kind_of(body["apiVersion"], body["kind"])
        namespace = _text(metadata.get("namespace")) if isinstance(metadata, dict) else ""
        yield from _spec(kind, spec or {}, namespace)


def is_substitution(value: object) -> bool:
    """Whether a value stands for another file: `{"$text": "./openapi.yaml"}`."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    ((key, target),) = value.items()
    return key in SUBSTITUTIONS and isinstance(target, str)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _envelope(body: Mapping[str, Any]) -> Iterator[Fault]:
    version, kind, metadata = body.get("apiVersion"), body.get("kind"), body.get("metadata")
    if not isinstance(version, str) or not version:
        yield Fault("apiVersion", "apiVersion is missing.", ("apiVersion",))
    elif not _API_VERSION.fullmatch(version):
        yield Fault("apiVersion", f"{version[:80]!r} is no apiVersion.", ("apiVersion",))
    if not isinstance(kind, str) or not kind:
        yield Fault("kind", "kind is missing.", ("kind",))
    elif len(kind) > 63 or not _KIND.fullmatch(kind):
        yield Fault("kind", f"{kind[:80]!r} is no kind: letters and digits, at most 63.", ("kind",))
    if not isinstance(metadata, dict):
        yield Fault("metadata", "metadata is missing.", ("metadata",))


def _metadata(metadata: Mapping[str, Any]) -> Iterator[Fault]:
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not isinstance(name, str) or not name:
        yield Fault("name", "metadata.name is missing or no text.", ("metadata", "name"))
    elif len(name) > 63 or not _NAME.fullmatch(name):
        yield Fault(
            "name",
            f"{name[:80]!r} is no name: 1 to 63 letters and digits, separated by - _ or a dot.",
            ("metadata", "name"),
        )
    if namespace is not None and not _matches(namespace, _NAMESPACE, 63):
        message = f"{str(namespace)[:80]!r} is no namespace: letters and digits, separated by -."
        yield Fault("namespace", message, ("metadata", "namespace"))
    for key in ("title", "description"):
        value = metadata.get(key)
        if value is not None and not isinstance(value, str) and not is_substitution(value):
            yield Fault(key, f"metadata.{key} has to be text.", ("metadata", key))
    yield from _pairs(metadata.get("labels"), "labels")
    yield from _pairs(metadata.get("annotations"), "annotations")
    yield from _tags(metadata.get("tags"))
    yield from _links(metadata.get("links"))


def _matches(value: object, pattern: re.Pattern[str], longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest and bool(pattern.fullmatch(value))


def _pairs(pairs: object, rule: str) -> Iterator[Fault]:
    if pairs is None:
        return
    if not isinstance(pairs, dict):
        yield Fault(rule, f"metadata.{rule} has to be a mapping.", ("metadata", rule))
        return
    for key, value in pairs.items():
        path = ("metadata", rule, key)
        prefix, slash, name = key.rpartition("/")
        if not _matches(name, _NAME, 63) or (slash and not _matches(prefix, _DNS_PREFIX, 253)):
            message = f"{key[:80]!r} is no key: a name, with a lower-case domain and / before it."
            yield Fault(rule, message, path)
        if is_substitution(value):
            continue
        if not isinstance(value, str):
            message = f"{key[:80]} has to be text{_in_quotes(value)}."
            yield Fault(rule, message, path)
        elif rule == "labels" and value and not _matches(value, _NAME, 63):
            message = f"{value[:80]!r} is no label value: at most 63 letters, digits, - _ and dots."
            yield Fault(rule, message, path)


def _in_quotes(value: object) -> str:
    """How to write a number or a truth value as text."""
    if isinstance(value, (bool, int, float)):
        return f'; write "{str(value).lower()}" in quotes'
    return ""


def _tags(tags: object) -> Iterator[Fault]:
    if tags is None:
        return
    if not isinstance(tags, list):
        yield Fault("tags", "metadata.tags has to be a list.", ("metadata", "tags"))
        return
    for index, tag in enumerate(tags):
        if not _matches(tag, _TAG, 63):
            message = f"{str(tag)[:80]!r} is no tag: lower-case letters, digits and : + # -."
            yield Fault("tags", message, ("metadata", "tags", index))


def _links(links: object) -> Iterator[Fault]:
    if links is None:
        return
    if not isinstance(links, list):
        yield Fault("links", "metadata.links has to be a list.", ("metadata", "links"))
        return
    for index, link in enumerate(links):
        path = ("metadata", "links", index)
        if not isinstance(link, dict) or not _text(link.get("url")):
            yield Fault("links", "A link needs a url.", path)
            continue
        for key in ("title", "icon", "type"):
            if link.get(key) is not None and not isinstance(link[key], str):
                yield Fault("links", f"{key} of a link has to be text.", (*path, key))


def _spec(kind: Kind, spec: Mapping[str, Any], namespace: str) -> Iterator[Fault]:
    for key in kind.texts:
        value = spec.get(key)
        if not isinstance(value, str) or not value:
            words = "is missing" if value in (None, "") else "has to be text"
            yield Fault("required", f"spec.{key} {words}; {kind.name} needs it.", ("spec", key))
    for key in kind.optional_texts:
        if spec.get(key) is not None and not isinstance(spec[key], str):
            yield Fault("spec", f"spec.{key} has to be text.", ("spec", key))
    for key in kind.lists:
        if not isinstance(spec.get(key), list):
            message = f"spec.{key} is missing; {kind.name} needs it, and it may be an empty list."
            yield Fault("required", message, ("spec", key))
    if kind.name == "API":
        yield from _definition(spec)
    profile = spec.get("profile")
    if kind.noun in ("team", "person") and profile is not None and not isinstance(profile, dict):
        yield Fault("spec", "spec.profile has to be a mapping.", ("spec", "profile"))
    yield from _references(kind, spec, namespace)


def _definition(spec: Mapping[str, Any]) -> Iterator[Fault]:
    value = spec.get("definition")
    if value in (None, ""):
        if _text(spec.get("type")) in STRUCTURED_APIS and any(map(spec.get, STRUCTURE_KEYS)):
            return
        yield Fault("required", "spec.definition is missing; API needs it.", ("spec", "definition"))
    elif not isinstance(value, (str, dict)):
        message = "spec.definition has to be text, or $text with the file that holds it."
        yield Fault("spec", message, ("spec", "definition"))


def _references(kind: Kind, spec: Mapping[str, Any], namespace: str) -> Iterator[Fault]:
    for ref in kind.refs:
        value = spec.get(ref.name)
        if value is None:
            continue
        if ref.is_list and not isinstance(value, list):
            if ref.name not in kind.lists:
                yield Fault("spec", f"spec.{ref.name} has to be a list.", ("spec", ref.name))
            continue
        for index, item in enumerate(value if ref.is_list else [value]):
            path: Path = ("spec", ref.name, index) if ref.is_list else ("spec", ref.name)
            if not isinstance(item, str) or not item:
                if ref.is_list or ref.name not in kind.texts:
                    yield Fault("reference", f"spec.{ref.name} has to name an entity.", path)
                continue
            try:
                parse_ref(item, kind=ref.kind, namespace=namespace or "default")
            except BadReference as error:
                yield Fault("reference", f"spec.{ref.name}: {error}.", path)
