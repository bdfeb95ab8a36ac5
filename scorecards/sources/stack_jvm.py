"""Java and what runs on the JVM: pom.xml, Gradle's build files and its version catalogues."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from scorecards.sources.stack_base import (
    BLOCK_COMMENT,
    Contents,
    Dependency,
    child_text,
    children,
    load_toml,
    load_xml,
    local,
    mapping,
    sequence,
    version_of,
)

_PROPERTY = re.compile(r"\$\{([^}]+)\}")
_COMMENT = re.compile(rf"(?<!:)//[^\n]*|{BLOCK_COMMENT}")
_BLANKS = re.compile(r"\s+")  # made one, so that no pattern below walks over many
_NOTATION = re.compile(
    r"\b\w+\s*\(?\s*(?:platform|enforcedPlatform|testFixtures|kotlin)?\s*\(?\s*"
    r"[\"']([\w.-]{1,100}):([\w.-]{1,100})(?::([^\"':@]{0,60}))?[^\"'\n]{0,60}[\"']"
)
_NAMED = re.compile(
    r"group\s*[:=]\s*[\"']([\w.-]+)[\"']\s*,\s*name\s*[:=]\s*[\"']([\w.-]+)[\"']"
    r"(?:\s*,\s*version\s*[:=]\s*[\"']([^\"']+)[\"'])?"
)
_PLUGIN = re.compile(
    r"\bid\s*\(?\s*[\"']([\w.-]+)[\"']\s*\)?(?:\s*version\s*\(?\s*[\"']([^\"']+)[\"'])?"
)
_KOTLIN = re.compile(r"\bkotlin\s*\(\s*\"([\w.-]+)\"\s*\)(?:\s*version\s*\"([^\"]+)\")?")
_CATALOGUED = re.compile(r"\blibs\.(?!versions\.)([\w.]{1,200})")
_LOCKED = re.compile(r"^([\w.-]+):([\w.-]+):([^:=\s]+)=", re.MULTILINE)
_VARIABLE = re.compile(r"\b([\w.]{1,80})\s*=\s*[\"']([\w.+-]{1,60})[\"']")
_REFERENCE = re.compile(r"\$\{?([\w.]+)\}?")


def pom(text: str) -> Contents:
    """Dependencies, build plugins and the parent; properties and managed versions are filled in."""
    root = load_xml(text)
    if local(root) != "project":
        return Contents()
    properties = _properties(root)
    managed = {
        one.name: one.version
        for section in children(root, "dependencyManagement")
        for one in _artifacts(section, "dependencies", "dependency", properties)
    }
    found = [
        *_artifacts(root, "dependencies", "dependency", properties),
        *(_artifact(parent, properties) for parent in children(root, "parent")),
    ]
    for build in children(root, "build"):
        found += _artifacts(build, "plugins", "plugin", properties)
    for profile in _nested(root, "profiles", "profile"):
        found += _artifacts(profile, "dependencies", "dependency", properties)
    imported = [
        _artifact(item, properties)
        for section in children(root, "dependencyManagement")
        for item in _nested(section, "dependencies", "dependency")
        if child_text(item, "scope") == "import"
    ]
    named = {f"${{{name}}}": version_of(value) for name, value in properties.items()}
    return Contents((*found, *imported), named | managed)


def _properties(root: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for section in children(root, "properties"):
        found |= {local(item): (item.text or "").strip() for item in section}
    parent = next(children(root, "parent"), root)
    for name in ("groupId", "artifactId", "version"):
        own = child_text(root, name) or child_text(parent, name)
        found |= {f"project.{name}": own, f"pom.{name}": own}
        found[f"project.parent.{name}"] = child_text(parent, name)
    return found


def _nested(element: Element, outer: str, inner: str) -> Iterator[Element]:
    for section in children(element, outer):
        yield from children(section, inner)


def _artifacts(
    element: Element, outer: str, inner: str, properties: Mapping[str, str]
) -> Iterator[Dependency]:
    for item in _nested(element, outer, inner):
        yield _artifact(item, properties)


def _artifact(item: Element, properties: Mapping[str, str]) -> Dependency:
    def said(name: str) -> str:
        text = child_text(item, name)
        for _ in range(5):  # a property may name another
            if "${" not in text:
                break
            text = _PROPERTY.sub(lambda found: properties.get(found.group(1), ""), text)
        return text

    group = said("groupId") or ("org.apache.maven.plugins" if local(item) == "plugin" else "")
    version = version_of(said("version"))
    key = "" if version else child_text(item, "version")  # a property that a parent may set
    return Dependency(f"{group}/{said('artifactId')}", version, key)


def gradle(text: str) -> Contents:
    """The common notations of Groovy and Kotlin; nothing is run, so computed ones stay unseen."""
    code = _BLANKS.sub(" ", _COMMENT.sub("", text))
    variables = {name.rpartition(".")[2]: value for name, value in _VARIABLE.findall(code)}

    def filled(version: str) -> str:
        return version_of(
            _REFERENCE.sub(lambda m: variables.get(m.group(1).rpartition(".")[2], ""), version)
        )

    found = [
        Dependency(f"{group}/{name}", filled(version))
        for pattern in (_NOTATION, _NAMED)
        for group, name, version in pattern.findall(code)
        if "." in group or "-" in name or version
    ]
    found += [
        _plugin(name, filled(version))
        for name, version in _PLUGIN.findall(code)
        if "." in name  # those without come with Gradle
    ]
    found += [
        Dependency(f"org.jetbrains.kotlin/kotlin-{name}", filled(version))
        for name, version in _KOTLIN.findall(code)
    ]
    found += [Dependency("", key=key.removesuffix(".get")) for key in _CATALOGUED.findall(code)]
    return Contents(tuple(found))


def gradle_lock(text: str) -> Contents:
    """`group:name:version=configurations` by line.

    https://docs.gradle.org/current/userguide/dependency_locking.html
    """
    found = [
        Dependency(f"{group}/{name}", version_of(version))
        for group, name, version in _LOCKED.findall(text)
    ]
    return Contents(tuple(found), {one.name: one.version for one in found}, is_lock=True)


def _plugin(name: str, version: str) -> Dependency:
    """A plugin by its marker artifact, which is how Gradle itself looks it up."""
    return Dependency(f"{name}/{name}.gradle.plugin", version)


def version_catalog(text: str) -> Contents:
    """gradle/libs.versions.toml. https://docs.gradle.org/current/userguide/version_catalogs.html"""
    data = load_toml(text)
    versions = mapping(data.get("versions"))
    aliases: dict[str, tuple[Dependency, ...]] = {}
    for alias, entry in mapping(data.get("libraries")).items():
        library = mapping(entry)
        module = str(entry) if isinstance(entry, str) else str(library.get("module") or "")
        module = module or f"{library.get('group', '')}:{library.get('name', '')}"
        group, _, rest = module.partition(":")
        name, _, version = rest.partition(":")
        said = _catalogued(library.get("version"), versions) or version_of(version)
        aliases[_accessor(alias)] = (Dependency(f"{group}/{name}", said),)
    for alias, entry in mapping(data.get("plugins")).items():
        plugin = mapping(entry)
        name, _, version = str(plugin.get("id") or entry).partition(":")
        said = _catalogued(plugin.get("version"), versions) or version_of(version)
        aliases[f"plugins.{_accessor(alias)}"] = (_plugin(name, said),)
    found = [one for entries in aliases.values() for one in entries]
    for alias, entries in mapping(data.get("bundles")).items():
        parts = [aliases.get(_accessor(str(one)), ()) for one in sequence(entries)]
        aliases[f"bundles.{_accessor(alias)}"] = tuple(one for part in parts for one in part)
    return Contents(tuple(found), aliases=aliases)


def _accessor(alias: str) -> str:
    """How build files write an entry's name behind `libs.`."""
    return re.sub(r"[-_]", ".", alias)


def _catalogued(value: object, versions: Mapping[str, Any]) -> str:
    """A version as text, as `{ref = "name"}`, or rich (`strictly`, `require`, `prefer`)."""
    rich = mapping(value)
    if "ref" in rich:
        value = versions.get(str(rich["ref"]))
        rich = mapping(value)
    for key in ("strictly", "require", "prefer"):
        if key in rich:
            return version_of(rich[key])
    return version_of(value)
