"""Terraform's providers and Helm's charts."""

import re
from itertools import islice

from scorecards.sources.stack_base import (
    BLOCK_COMMENT,
    Contents,
    Dependency,
    load_yaml,
    mapping,
    sequence,
    version_of,
)

_COMMENT = re.compile(rf"(\"(?:[^\"\\\n]|\\.)*(?:\"|\\?(?=\n|\Z)))|(?:#|//)[^\n]*|{BLOCK_COMMENT}")
_REQUIRED = re.compile(r"\brequired_providers\s*\{")
_PROVIDER = re.compile(r"(?<![\w-])([\w-]+)\s*=\s*(?:\{([^{}]*)\}|\"([^\"]*)\")")
_SETTING = re.compile(r"\b(\w+)\s*=\s*\"([^\"]*)\"")
_CORE = re.compile(r"\brequired_version\s*=\s*\"([^\"]+)\"")
_LOCKED = re.compile(
    r'^provider\s+"([^"]+)"\s*\{[^}]{0,2000}?^[ \t]*version\s*=\s*"([^"]+)"', re.MULTILINE
)
_REGISTRIES = ("registry.terraform.io/", "registry.opentofu.org/")
_MOST_BLOCKS = 10
CORE = "terraform"


def terraform(text: str) -> Contents:
    """`required_providers` of the terraform block, and the version of Terraform it wants.

    https://developer.hashicorp.com/terraform/language/providers/requirements
    """
    code = _COMMENT.sub(lambda found: found.group(1) or "", text)
    found = [Dependency(CORE, version_of(wanted)) for wanted in _CORE.findall(code)[:1]]
    for start in islice(_REQUIRED.finditer(code), _MOST_BLOCKS):
        for name, block, wanted in _PROVIDER.findall(_block(code, start.end())):
            settings = dict(_SETTING.findall(block))
            source = settings.get("source") or f"hashicorp/{name}"
            version = version_of(settings.get("version") or wanted)
            found.append(Dependency(_provider(source), version))
    return Contents(tuple(found))


def _block(code: str, start: int) -> str:
    """From here to the bracket that closes the block."""
    depth = 1
    for found in re.finditer(r"[{}]", code[start:]):
        depth += 1 if found.group() == "{" else -1
        if depth == 0:
            return code[start : start + found.start()]
    return code[start:]


def terraform_lock(text: str) -> Contents:
    found = [Dependency(_provider(name), version) for name, version in _LOCKED.findall(text)]
    return Contents(tuple(found), {one.name: one.version for one in found}, is_lock=True)


def _provider(source: str) -> str:
    for registry in _REGISTRIES:
        source = source.removeprefix(registry)
    return source.lower()


def chart(text: str) -> Contents:
    """Chart.yaml: the chart itself, and those it depends on; requirements.yaml: the latter."""
    found = []
    for data in load_yaml(text):
        if "apiVersion" in data and isinstance(data.get("name"), str):
            found.append(Dependency(data["name"], version_of(data.get("version"))))
        for one in sequence(data.get("dependencies")):
            entry = mapping(one)
            if isinstance(entry.get("name"), str):
                found.append(Dependency(entry["name"], version_of(entry.get("version"))))
    return Contents(tuple(found))


def chart_lock(text: str) -> Contents:
    found = [
        Dependency(str(mapping(one).get("name", "")), version_of(mapping(one).get("version")))
        for data in load_yaml(text)
        for one in sequence(data.get("dependencies"))
    ]
    return Contents(tuple(found), {one.name: one.version for one in found}, is_lock=True)
