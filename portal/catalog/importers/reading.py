"""The typed reading of an entity: what its columns hold. Pure; `body` is resolved and valid."""

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from portal.catalog.importers.entity import Entity
from portal.catalog.rules import is_substitution
from portal.lib import yaml

Fields = dict[str, Any]

_TIER = re.compile(r"(?:tier)?[\s_-]*([1-4])", re.IGNORECASE)
_SLUG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_WEB = re.compile(r"https?://[^\s]+", re.IGNORECASE)

# Annotations that say who is on call, in order of preference, and how they are read to people.
_ON_CALL = (
    ("command-center/on-call", "{}"),
    ("pagerduty.com/service-id", "PagerDuty service {}"),
    ("pagerduty.com/integration-key", "PagerDuty"),  # the key itself is a secret
    ("opsgenie.com/team", "Opsgenie team {}"),
    ("opsgenie.com/component-selector", "Opsgenie {}"),
    ("splunk.com/on-call-team", "Splunk On-Call team {}"),
)


def common(entity: Entity) -> Fields:
    """What every noun has, from the metadata."""
    metadata, spec = entity.resolved["metadata"], entity.resolved.get("spec") or {}
    return {
        "name": metadata["name"],
        "title": _cut(metadata.get("title"), 200),
        "description": _text(metadata.get("description")),
        "type": _cut(spec.get("type"), 63),
        "links": links(metadata.get("links")),
    }


def entry(entity: Entity) -> Fields:
    """The columns of a service, system, domain, API or resource, references apart."""
    metadata, spec = entity.resolved["metadata"], entity.resolved.get("spec") or {}
    return common(entity) | {
        "namespace": (metadata.get("namespace") or "default").lower(),
        "owner_ref": _cut(spec.get("owner"), 200),
        "tags": [tag for tag in metadata.get("tags") or [] if isinstance(tag, str)],
        "annotations": annotations(metadata),
    }


def service(entity: Entity, github_hosts: Collection[str]) -> Fields:
    metadata, spec = entity.resolved["metadata"], entity.resolved["spec"]
    notes = annotations(metadata)
    repository, path = _repository(entity, notes, github_hosts)
    return entry(entity) | {
        "lifecycle": _cut(spec.get("lifecycle"), 63),
        "tier": tier(notes, metadata.get("labels") or {}, spec),
        "repository": repository[:200],
        "repository_path": path[:300],
        "on_call": on_call(notes)[:300],
    }


def api(entity: Entity) -> Fields:
    spec = entity.resolved["spec"]
    definition = spec.get("definition")
    if is_substitution(definition):  # what it names could not be read
        definition = ""
    if isinstance(definition, dict):  # $json and $yaml answer what the file holds, not its text
        definition = yaml.dump(definition)
    return entry(entity) | {
        "lifecycle": _cut(spec.get("lifecycle"), 63),
        "definition": _text(definition),
    }


def team(entity: Entity) -> Fields:
    profile = _profile(entity)
    fields = common(entity)
    fields["title"] = fields["title"] or _cut(profile.get("displayName"), 200)
    email = _text(profile.get("email"))
    fields["email"] = email if _EMAIL.fullmatch(email) and len(email) <= 254 else ""
    return fields


def person(entity: Entity) -> Fields:
    """Name, picture and email; the email is lower-cased and empty where it is none."""
    profile, metadata = _profile(entity), entity.resolved["metadata"]
    email = _text(profile.get("email")).lower()
    picture = _text(profile.get("picture"))
    name = profile.get("displayName") or metadata.get("title") or metadata["name"]
    return {
        "name": _cut(name, 200) or metadata["name"],
        "email": email if _EMAIL.fullmatch(email) and len(email) <= 254 else "",
        "picture": picture if _WEB.fullmatch(picture) and len(picture) <= 500 else "",
    }


def annotations(metadata: Mapping[str, Any]) -> dict[str, str]:
    pairs = metadata.get("annotations") or {}
    return {key: value for key, value in pairs.items() if isinstance(value, str)}


def links(value: object) -> list[dict[str, str]]:
    """The links as pages draw them: only web and mail addresses, each with a title."""
    found = []
    for link in value if isinstance(value, list) else []:
        url = _text(link.get("url")) if isinstance(link, dict) else ""
        if not _WEB.fullmatch(url) and not url.lower().startswith("mailto:"):
            continue
        title = _text(link.get("title")) or urlsplit(url).hostname or url
        parts = {"icon": _text(link.get("icon")), "type": _text(link.get("type"))}
        found.append({"url": url, "title": title, **parts})
    return found


def tier(
    notes: Mapping[str, str], labels: Mapping[str, Any], spec: Mapping[str, Any]
) -> int | None:
    """The tier, 1 the most important to 4, wherever the file says it: `1`, `tier-1`, `Tier 1`."""
    for value in (notes.get("command-center/tier"), notes.get("tier"), labels.get("tier")):
        match = _TIER.fullmatch(_text(value).strip())
        if match:
            return int(match[1])
    value = spec.get("tier")
    match = None if isinstance(value, bool) else _TIER.fullmatch(str(value or "").strip())
    return int(match[1]) if match else None


def on_call(notes: Mapping[str, str]) -> str:
    """Who is on call, or where that can be read."""
    for key, words in _ON_CALL:
        value = notes.get(key, "").strip()
        if value:
            return words.format(value)
    return ""


def slug_of(text: str) -> str:
    """`owner/name` where the text is one, else empty."""
    text = text.strip().removesuffix(".git")
    return text if _SLUG.fullmatch(text) else ""


def location_repository(location: str, hosts: Collection[str]) -> tuple[str, str]:
    """The repository and the path in it that a source location names, else two empty texts.

    `url:https://github.com/acme/shop/tree/main/services/cart/` is `("acme/shop", "services/cart")`.
    """
    parts = urlsplit(location.strip().removeprefix("url:"))
    if parts.scheme not in ("http", "https") or (parts.hostname or "") not in hosts:
        return "", ""
    steps = [unquote(step) for step in parts.path.split("/") if step]
    slug = slug_of("/".join(steps[:2]))
    if not slug or len(steps) == 1:
        return "", ""
    inside = steps[4:] if len(steps) > 4 and steps[2] in ("tree", "blob") else []
    if inside and steps[2] == "blob":
        inside = inside[:-1]
    return slug, "/".join(inside)


def _repository(
    entity: Entity, notes: Mapping[str, str], hosts: Collection[str]
) -> tuple[str, str]:
    slug = slug_of(notes.get("github.com/project-slug", ""))
    located, path = location_repository(notes.get("backstage.io/source-location", ""), hosts)
    if slug:
        return slug, path if located.lower() == slug.lower() else ""
    return (located, path) if located else entity.repository


def _profile(entity: Entity) -> Mapping[str, Any]:
    profile = (entity.resolved.get("spec") or {}).get("profile")
    return profile if isinstance(profile, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _cut(value: object, longest: int) -> str:
    """The text, cut to a column's length; the document keeps the whole."""
    return _text(value)[:longest]
