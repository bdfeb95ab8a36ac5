"""Go, Ruby, PHP and Rust: manifests and lock files."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scorecards.sources.stack_base import (
    Contents,
    Dependency,
    Malformed,
    load_json,
    load_toml,
    mapping,
    sequence,
    version_of,
)

# -- Go -----------------------------------------------------------------------------------------

_GO_REQUIRE = re.compile(r"^\s*(?:require\s+)?([\w.~/-]+\.[\w.~/-]+)\s+(v[\w.+-]+)\s*(//.*)?$")
_GO_REPLACE = re.compile(r"(?:replace\s+)?(\S+)(?:\s+v\S+)?\s+=>\s+([^\s./]\S*)\s+(v\S+)")
_GO_VERSION = re.compile(r"^go\s+(\d[\w.]*)\s*$", re.MULTILINE)


def go_mod(text: str) -> Contents:
    """Requirements without the mark `// indirect`, with what they are replaced by; a folder that
    replaces one changes nothing. What Go calls a lock is this file itself.

    https://go.dev/ref/mod#go-mod-file-replace
    """
    if not re.search(r"^[ \t]*module[ \t]", text, re.MULTILINE):
        raise Malformed("names no module")
    found = []
    replaced: dict[str, Dependency] = {}
    block = ""
    for line in text.splitlines():
        stripped = line.strip()
        if opened := re.match(r"(\w+)\s*\($", stripped):
            block = opened.group(1)
        elif stripped == ")":
            block = ""
        elif block == "require" or stripped.startswith("require "):
            asked = _GO_REQUIRE.match(stripped)
            if asked and "indirect" not in (asked.group(3) or ""):
                found.append(Dependency(asked.group(1), version_of(asked.group(2))))
        elif swap := _GO_REPLACE.match(stripped):  # no other line has an arrow
            name, new_name, version = swap.groups()
            replaced[name] = Dependency(new_name, version_of(version))
    found = [replaced.get(one.name, one) for one in found]
    if said := _GO_VERSION.search(text):
        found.append(Dependency("stdlib", said.group(1)))
    return Contents(tuple(found))


# -- Ruby ---------------------------------------------------------------------------------------

_GEM = re.compile(
    r"""^[ \t]*gem(?:[ \t]+|[ \t]*\([ \t]*)["']([\w.-]+)["']((?:[ \t]*,\s*["'][^"'\n]*["'])*)""",
    re.MULTILINE,
)
_QUOTED = re.compile(r"""["']([^"']*)["']""")
_LOCKED_GEM = re.compile(r"^    ([\w.-]+) \(([\w.]+)", re.MULTILINE)
_ASKED_GEM = re.compile(r"^  ([\w.-]+)!?(?: \(([^)]+)\))?$")


def gemfile(text: str) -> Contents:
    return Contents(
        tuple(
            Dependency(name, version_of(", ".join(_QUOTED.findall(wanted))))
            for name, wanted in _GEM.findall(text)
        )
    )


def gemfile_lock(text: str) -> Contents:
    versions = dict(_LOCKED_GEM.findall(text))
    asked = text.partition("\nDEPENDENCIES\n")[2].partition("\n\n")[0].splitlines()
    names = [gem.group(1) for line in asked if (gem := _ASKED_GEM.match(line))]
    found = tuple(Dependency(name, versions.get(name, "")) for name in names)
    return Contents(found, versions, is_lock=True)


# -- PHP ----------------------------------------------------------------------------------------


def composer_json(text: str) -> Contents:
    """Packages, and PHP itself; extensions and the tool's own interface are no packages."""
    data = load_json(text)
    return Contents(
        tuple(
            Dependency(name.lower(), version_of(wanted))
            for group in ("require", "require-dev")
            for name, wanted in mapping(data.get(group)).items()
            if "/" in name or name == "php"
        )
    )


def composer_lock(text: str) -> Contents:
    data = load_json(text)
    packages = [*sequence(data.get("packages")), *sequence(data.get("packages-dev"))]
    found = [
        Dependency(str(mapping(one).get("name", "")).lower(), _php_version(mapping(one)))
        for one in packages
    ]
    return Contents(tuple(found), {one.name: one.version for one in found}, is_lock=True)


def _php_version(package: Mapping[str, Any]) -> str:
    return version_of(package.get("version")).removeprefix("v")


# -- Rust ---------------------------------------------------------------------------------------

_CARGO_GROUPS = ("dependencies", "dev-dependencies", "build-dependencies")


def cargo_toml(text: str) -> Contents:
    data = load_toml(text)
    workspace = mapping(data.get("workspace"))
    found = [*_crates(data), *_crates(workspace)]
    for target in mapping(data.get("target")).values():
        found += _crates(mapping(target))
    return Contents(tuple(found), {one.name: one.version for one in _crates(workspace)})


def _crates(data: Mapping[str, Any]) -> Iterator[Dependency]:
    for group in _CARGO_GROUPS:
        for name, value in mapping(data.get(group)).items():
            details = mapping(value)
            if "path" in details and "version" not in details:
                continue  # a crate of the same repository
            wanted = value if isinstance(value, str) else details.get("version")
            yield Dependency(str(details.get("package") or name), version_of(wanted))


def cargo_lock(text: str) -> Contents:
    """Packages without a source are the repository's own; what those ask for is direct."""
    packages = [mapping(one) for one in sequence(load_toml(text).get("package"))]
    versions: dict[str, str] = {}
    asked: list[str] = []
    for package in packages:
        name, version = str(package.get("name", "")), version_of(package.get("version"))
        if "source" not in package:
            asked += [str(one) for one in sequence(package.get("dependencies"))]
        else:
            versions[name] = version  # the newest of several comes last
    direct: dict[str, str] = {}
    for one in asked:
        name, _, rest = one.partition(" ")  # with its version where there are several
        if name in versions:
            direct[name] = versions[name] = rest.partition(" ")[0] or versions[name]
    return Contents(
        tuple(Dependency(name, version) for name, version in direct.items()), versions, is_lock=True
    )
