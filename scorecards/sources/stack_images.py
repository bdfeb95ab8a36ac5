"""Container images: of Dockerfiles, compose files, Kubernetes manifests and Helm values."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scorecards.sources.stack_base import Contents, Dependency, load_yaml, mapping, sequence

_CONTINUED = re.compile(r"[\\`][ \t\r]*\n")
_ARG = re.compile(r"ARG\s+(\w+)=[\"']?([^\"'\s]*)", re.IGNORECASE)
_FROM = re.compile(r"FROM\s+(?:--\w+=\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_COPY_FROM = re.compile(r"(?:COPY|ADD)\s+(?:--(?!from)\S+\s+)*--from=(\S+)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^{}]*))?\}|(\w+))")
_MOUNT_FROM = re.compile(r"--mount=\S{0,500}?\bfrom=([^,\s]+)", re.IGNORECASE)
_UNKNOWN_REGISTRY = re.compile(r"^\$(?:\w+|\{[^{}]*\})/")
_UNKNOWN_TAG = re.compile(r"[:@][^/:@$]*\$.*$")
_REFERENCE = re.compile(r"[\w.$-]+(?::\d+)?(?:/[\w.-]+)*(?::[\w.+-]+)?(?:@sha\d+:[0-9a-f]+)?")
_OFFICIAL = ("docker.io/library/", "index.docker.io/library/", "docker.io/", "library/")
_DEEPEST = 12


def image(reference: str) -> Dependency | None:
    """An image's name, and its tag (with its digest behind, where it is pinned to one).

    Names of Docker Hub lose what is the same for all of them; `scratch` is no image. A registry
    or a tag that only a build knows is left out; where all of the name is, there is no image.
    """
    text = _UNKNOWN_REGISTRY.sub("", reference.strip().strip("\"'"))
    text = _UNKNOWN_TAG.sub("", text)
    if not _REFERENCE.fullmatch(text) or "$" in text:
        return None
    name, _, digest = text.partition("@")
    folder, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    name = f"{folder}{slash}{last}"
    for prefix in _OFFICIAL:
        if name.startswith(prefix):
            name = name.removeprefix(prefix)
            break
    if not last or name == "scratch":
        return None
    return Dependency(name, f"{tag}@{digest}" if digest else tag)


def dockerfile(text: str) -> Contents:
    """What stages start from, and what is copied out of; stages themselves are left out.

    https://docs.docker.com/reference/dockerfile/#from
    """
    defaults: dict[str, str] = {}
    stages: set[str] = set()
    found: list[Dependency | None] = []
    for line in _CONTINUED.sub(" ", text).splitlines():
        stripped = line.strip()
        if argument := _ARG.match(stripped):
            defaults.setdefault(argument.group(1), _filled(argument.group(2), defaults))
        elif start := _FROM.match(stripped):
            reference = _filled(start.group(1), defaults)
            if reference.lower() not in stages:
                found.append(image(reference))
            if start.group(2):
                stages.add(start.group(2).lower())
        elif copy := _COPY_FROM.match(stripped):
            reference = _filled(copy.group(1), defaults)
            if reference.lower() not in stages and not reference.isdigit():
                found.append(image(reference))
        for mounted in _MOUNT_FROM.findall(stripped):
            reference = _filled(mounted, defaults)
            if reference.lower() not in stages and not reference.isdigit():
                found.append(image(reference))
    return _contents(found)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Variables by their values or by the default written with them; unknown ones stay."""

    def value(found: re.Match[str]) -> str:
        name, default, plain = found.groups()
        return values.get(name or plain) or default or found.group()

    return _VARIABLE.sub(value, text)


def compose(text: str) -> Contents:
    found = []
    for data in load_yaml(text):
        for service in mapping(data.get("services")).values():
            reference = mapping(service).get("image")
            if isinstance(reference, str) and "build" not in service:  # else: it names its own
                found.append(image(_filled(reference, {})))
    return _contents(found)


def manifests(text: str) -> Contents:
    """Kubernetes objects (with `apiVersion` and `kind`), also kustomize's; others tell nothing."""
    found = [
        one
        for data in load_yaml(text)
        if "kind" in data and ("apiVersion" in data or "images" in data)
        for one in _images(data, 0)
    ]
    return _contents(found)


def helm_values(text: str) -> Contents:
    return _contents([one for data in load_yaml(text) for one in _images(data, 0)])


def _images(value: Any, depth: int) -> Iterator[Dependency | None]:
    """Every `image:` as a reference, or as repository and tag as charts write it."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _images(item, depth + 1)
    for key, item in mapping(value).items():
        if key.lower() == "image" and isinstance(item, str):
            yield image(item)
        elif key.lower().endswith("image") and mapping(item).get("repository"):
            yield _of_values(mapping(item))
        elif key == "images":
            yield from (_of_kustomize(mapping(one)) for one in sequence(item))
        else:
            yield from _images(item, depth + 1)


def _of_values(item: Mapping[str, Any]) -> Dependency | None:
    registry = str(item.get("registry") or "")
    name = "/".join(part for part in (registry, str(item["repository"])) if part)
    tag = item.get("tag")
    return image(f"{name}:{tag}" if tag else name)


def _of_kustomize(item: Mapping[str, Any]) -> Dependency | None:
    name, tag = str(item.get("newName") or item.get("name") or ""), item.get("newTag")
    return image(f"{name}:{tag}" if tag else name)


def _contents(found: list[Dependency | None]) -> Contents:
    return Contents(tuple(one for one in found if one is not None))
