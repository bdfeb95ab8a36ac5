""".NET: project files, central package versions, packages.config and packages.lock.json."""

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from scorecards.sources.stack_base import (
    Contents,
    Dependency,
    child_text,
    children,
    load_json,
    load_xml,
    local,
    mapping,
    version_of,
)

_PROPERTY = re.compile(r"\$\(([\w.]+)\)")
_REFERENCES = {"PackageReference", "GlobalPackageReference", "DotNetCliToolReference"}


def project(text: str) -> Contents:
    """A project file, or properties shared by several."""
    root = load_xml(text)
    properties = _properties(root)
    sdk, _, version = root.get("Sdk", "").partition("/")
    found = [Dependency(sdk, version_of(version))] if sdk else []
    for item in root.iter():
        if local(item) == "FrameworkReference" or local(item) in _REFERENCES:
            if name := item.get("Include", ""):
                found.append(Dependency(name, _version(item, properties)))
        elif local(item) in ("TargetFramework", "TargetFrameworks"):
            found += _frameworks(_filled(item.text or "", properties))
    return Contents(tuple(found))


def _frameworks(text: str) -> Iterator[Dependency]:
    """What a project is built for, as the package of its runtime: net8.0 or net48.

    https://learn.microsoft.com/en-us/dotnet/standard/frameworks
    """
    for moniker in text.strip().split(";"):
        name, _, _platform = moniker.strip().lower().partition("-")
        if name.startswith("netcoreapp"):
            yield Dependency("Microsoft.NETCore.App", version_of(name.removeprefix("netcoreapp")))
        elif name.startswith("net") and "." in name and not name.startswith("netstandard"):
            yield Dependency("Microsoft.NETCore.App", version_of(name.removeprefix("net")))
        elif name.removeprefix("net").isdigit():
            version = ".".join(name.removeprefix("net"))
            yield Dependency("Microsoft.NETFramework", version_of(version))


def _properties(root: Element) -> dict[str, str]:
    """The properties that the file sets itself; those of files it imports are not known."""
    return {
        local(item): (item.text or "").strip()
        for group in children(root, "PropertyGroup")
        for item in group
    }


def _filled(text: str, properties: Mapping[str, str]) -> str:
    return _PROPERTY.sub(lambda found: properties.get(found.group(1), found.group()), text)


def _version(item: Element, properties: Mapping[str, str]) -> str:
    for name in ("VersionOverride", "Version"):
        if said := item.get(name) or child_text(item, name):
            return version_of(_filled(said, properties).strip("[]"))
    return ""


def central_versions(text: str) -> Contents:
    """Directory.Packages.props: it asks for nothing itself, but says which versions."""
    root = load_xml(text)
    properties = _properties(root)
    versions = {
        item.get("Include", "").lower(): _version(item, properties)
        for item in root.iter()
        if local(item) == "PackageVersion"
    }
    asked = [
        Dependency(item.get("Include", ""), _version(item, properties))
        for item in root.iter()
        if local(item) == "GlobalPackageReference"
    ]
    return Contents(tuple(asked), versions)


def packages_config(text: str) -> Contents:
    return Contents(
        tuple(
            Dependency(item.get("id", ""), version_of(item.get("version", "")))
            for item in load_xml(text).iter()
            if local(item) == "package"
        )
    )


def packages_lock(text: str) -> Contents:
    versions: dict[str, str] = {}
    direct: list[str] = []
    for framework in mapping(load_json(text).get("dependencies")).values():
        for name, entry in mapping(framework).items():
            versions[name.lower()] = version_of(mapping(entry).get("resolved"))
            if mapping(entry).get("type") == "Direct":
                direct.append(name)
    found = tuple(Dependency(name, versions[name.lower()]) for name in dict.fromkeys(direct))
    return Contents(found, versions, is_lock=True)
