"""JavaScript: package.json, and the lock files of npm, yarn, pnpm and bun."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scorecards.sources.stack_base import (
    Contents,
    Dependency,
    load_json,
    load_json_with_comments,
    load_yaml,
    mapping,
    sequence,
    version_of,
)

_GROUPS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_ALIAS = re.compile(r"npm:(@?[^@]+)@(.+)")
_MODULES = "node_modules/"


def package_json(text: str) -> Contents:
    data = load_json(text)
    manager = str(data.get("packageManager") or "").partition("+")[0]
    name, _, version = manager.partition("@")
    engines = [Dependency(name, version_of(version))] if name and version else []
    versions = {**_catalogs(data), **_catalogs(mapping(data.get("workspaces")))}  # bun's
    return Contents((*_asked(data), *engines), versions)


def pnpm_workspace(text: str) -> Contents:
    """It asks for nothing itself. https://pnpm.io/catalogs"""
    return Contents(versions={k: v for data in load_yaml(text) for k, v in _catalogs(data).items()})


def _catalogs(data: Mapping[str, Any]) -> dict[str, str]:
    """The versions that `catalog:` and `catalog:name` stand for, by `name@catalog:…`."""
    catalogs = {"": data.get("catalog"), **mapping(data.get("catalogs"))}
    return {
        f"{name}@{_catalog_key(str(catalog))}": version_of(wanted)
        for catalog, entries in catalogs.items()
        for name, wanted in mapping(entries).items()
    }


def _catalog_key(catalog: str) -> str:
    return f"catalog:{'' if catalog == 'default' else catalog}"


def _asked(data: Mapping[str, Any]) -> Iterator[Dependency]:
    """What a package asks for; an alias counts as what it stands for."""
    for group in _GROUPS:
        for name, wanted in mapping(data.get(group)).items():
            yield _dependency(name, wanted)


def _dependency(name: str, wanted: object) -> Dependency:
    text = wanted if isinstance(wanted, str) else ""
    if text.startswith("catalog:"):
        return Dependency(name, key=_catalog_key(text.removeprefix("catalog:").strip()))
    if alias := _ALIAS.fullmatch(text):
        return Dependency(alias.group(1), version_of(alias.group(2)))
    return Dependency(name, version_of(text.removeprefix("npm:").removeprefix("workspace:")))


def package_lock(text: str) -> Contents:
    """Versions 1 to 3: `packages` by folder, or a tree of `dependencies`."""
    data = load_json(text)
    packages = mapping(data.get("packages"))
    if not packages:
        tree = mapping(data.get("dependencies"))
        versions = {name: version_of(mapping(one).get("version")) for name, one in tree.items()}
        return _lock(versions, versions)
    versions = {}
    for path, entry in packages.items():
        folder, marker, name = path.rpartition(_MODULES)
        if marker and _MODULES not in folder:
            found = version_of(mapping(entry).get("version"))
            if not folder:
                versions[name] = found  # what lies on top counts before what a workspace has
            else:
                versions.setdefault(name, found)
    own = packages.get("")
    direct = [one.name for one in _asked(mapping(own))] if own else list(versions)
    return _lock(versions | _of_workspaces(packages), direct)


def _of_workspaces(packages: Mapping[str, Any]) -> dict[str, str]:
    """What each workspace got for the ranges that it asks for: its own, else what lies on top."""
    found: dict[str, str] = {}
    for path, entry in packages.items():
        if _MODULES in path:
            continue
        for asked in _asked(mapping(entry)):
            places = (f"{path}/{_MODULES}{asked.name}", f"{_MODULES}{asked.name}")
            got = next((packages[place] for place in places if place in packages), None)
            if asked.version and (version := version_of(mapping(got).get("version"))):
                found.setdefault(f"{asked.name}@{asked.version}", version)
    return found


def yarn_lock(text: str) -> Contents:
    """Both kinds: `a@^1, a@^1.2:` and, below it, `version "1.2.3"` or `version: 1.2.3`."""
    versions: dict[str, str] = {}
    keys: list[str] = []
    for line in text.splitlines():
        if line and not line[0].isspace() and line.rstrip().endswith(":"):
            keys = [key.strip(' "') for key in line.rstrip()[:-1].split(",")]
        elif keys and line.startswith("  version"):
            version = version_of(line.partition("version")[2].strip(' :"'))
            for key in keys if "local" not in version else ():
                at = key.find("@", 1)
                if at < 0:
                    continue  # "__metadata"
                name, wanted = key[:at], key[at + 1 :].removeprefix("npm:")
                versions[f"{name}@{wanted}"] = versions[name] = version
            keys = []
    return _lock(versions, [name for name in versions if "@" not in name[1:]])


def pnpm_lock(text: str) -> Contents:
    """The part that says what each project asks for and got; the rest is what those ask for."""
    head = re.split(r"^(?:packages|snapshots):", text, maxsplit=1, flags=re.MULTILINE)[0]
    versions: dict[str, str] = {}
    for data in load_yaml(head):
        projects = [data, *(mapping(one) for one in mapping(data.get("importers")).values())]
        for project in projects:
            asked = mapping(project.get("specifiers"))
            for group in _GROUPS:
                for name, entry in mapping(project.get(group)).items():
                    got = entry if isinstance(entry, str) else mapping(entry).get("version")
                    wanted = mapping(entry).get("specifier") or asked.get(name, "")
                    version = version_of(re.split(r"[(_]", str(got))[0])
                    versions[f"{name}@{wanted}"] = version
                    versions.setdefault(name, version)
    return _lock(versions, [name for name in versions if "@" not in name[1:]])


def bun_lock(text: str) -> Contents:
    data = load_json_with_comments(text)
    versions: dict[str, str] = {}
    for key, entry in mapping(data.get("packages")).items():
        first = str(sequence(entry)[0]) if sequence(entry) else ""
        name, _, version = first.rpartition("@")
        if name == key:
            versions[name] = version_of(version)
    projects = mapping(data.get("workspaces")).values()
    return _lock(versions, [one.name for project in projects for one in _asked(mapping(project))])


def _lock(versions: Mapping[str, str], direct: Any) -> Contents:
    found = tuple(Dependency(name, versions[name]) for name in direct if name in versions)
    return Contents(found, versions, is_lock=True)
