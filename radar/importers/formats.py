"""The formats: what each carries, how it is recognised, who reads it. Pure."""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from radar.importers import aoe, backstage, byor, handbook, qiwi, sap, zalando
from radar.importers.bundle import Bundle
from radar.importers.document import Carries, Document
from radar.importers.texts import Malformed, load_json, load_yaml, mapping

SUFFIXES = (".csv", ".json", ".yaml", ".yml", ".md", ".mdx", ".toml", ".html", ".htm", ".js")


@dataclass(frozen=True)
class Format:
    """`is_folder`: all its files together are the radar; else each file is an edition."""

    key: str
    title: str
    read: Callable[[Bundle], list[Document]]
    carries: frozenset[Carries]
    is_folder: bool = False


# In this order one of them is chosen where a folder has as many files of each.
FORMATS: Mapping[str, Format] = {
    one.key: one
    for one in (
        Format("handbook", "Handbook YAML", handbook.read, handbook.CARRIES),
        Format("aoe", "AOE and Porsche Markdown", aoe.read, aoe.CARRIES, is_folder=True),
        Format(
            "thoughtworks-json", "Thoughtworks volume, JSON", byor.read_json, byor.CARRIES_RELATED
        ),
        Format("thoughtworks-csv", "Thoughtworks volume, CSV", byor.read_csv, byor.CARRIES_RELATED),
        Format("backstage", "Backstage JSON", backstage.read, backstage.CARRIES),
        Format("zalando", "Zalando config.json or page", zalando.read, zalando.CARRIES),
        Format("qiwi-csv", "QIWI CSV", qiwi.read_csv, qiwi.CARRIES),
        Format("qiwi", "QIWI YAML or JSON", qiwi.read_tree, qiwi.CARRIES),
        Format("byor-json", "Build Your Own Radar, JSON", byor.read_json, byor.CARRIES),
        Format("byor-csv", "Build Your Own Radar, CSV", byor.read_csv, byor.CARRIES),
        Format("sap", "SAP TOML", sap.read, sap.CARRIES, is_folder=True),
    )
}

_TOML_PARTS = re.compile(r"^\[config\]\s*$", re.MULTILINE)


def guess(path: str, text: str) -> str:
    """The key of the format of one file by what is in it; empty where it is none."""
    ending = posixpath.splitext(path)[1].lower()
    if aoe.PATH.fullmatch(path):
        return "aoe"
    if ending == ".toml":
        return "sap" if _TOML_PARTS.search(text) and "ring" in text else ""
    if ending in (".html", ".htm", ".js"):
        return "zalando" if _calls_zalando(text) else ""
    start = text.lstrip()[:1]
    if start in ("{", "[") and ending not in (".csv", ".yaml", ".yml"):
        return _json_format(text)
    if ending in (".yaml", ".yml"):
        return _yaml_format(text)
    if ending == ".csv":
        return _csv_format(text)
    if ending in (".md", ".mdx", ".json"):
        return ""
    if start == "<":
        return "zalando" if _calls_zalando(text) else ""
    return _csv_format(text) or _yaml_format(text)


def _calls_zalando(text: str) -> bool:
    return re.search(rf"(?<!function ){zalando.CALL}\s*\(\s*\{{", text) is not None


def _json_format(text: str) -> str:
    try:
        value = load_json(text)
    except Malformed:
        return _by_words(text)
    if isinstance(value, list):
        items = [mapping(item) for item in value]
        keys = {key.lower() for item in items for key in item}
        if not {"name", "ring"} <= keys:
            return ""
        return "thoughtworks-json" if "relatedblips" in keys else "byor-json"
    if qiwi.is_tree(value):
        return "qiwi"
    if backstage.is_response(value):
        return "backstage"
    entries = mapping(value).get("entries")
    if isinstance(entries, list) and any("label" in mapping(entry) for entry in entries):
        return "zalando"
    return ""


def _by_words(text: str) -> str:
    """What broken JSON was probably meant to be, so that the break is reported."""
    if '"timeline"' in text and '"entries"' in text:
        return "backstage"
    if '"label"' in text and '"entries"' in text:
        return "zalando"
    if '"quadrant"' in text and '"ring"' in text:
        return "thoughtworks-json" if '"relatedBlips"' in text else "byor-json"
    return ""


def _yaml_format(text: str) -> str:
    try:
        value = load_yaml(text).value
    except Malformed:
        return "handbook" if re.search(r"^(?:adopt|hold)\s*:", text, re.MULTILINE) else ""
    if qiwi.is_tree(value):
        return "qiwi"
    is_ours = text.startswith(handbook.HEAD) and isinstance(value, dict)
    return "handbook" if is_ours or handbook.is_handbook(value) else ""


def _csv_format(text: str) -> str:
    if qiwi.is_sections(text):
        return "qiwi-csv"
    try:
        columns = byor.header_of(text)
    except Malformed:
        return ""
    if "name" not in columns or "ring" not in columns:
        return ""
    return "thoughtworks-csv" if "relatedBlips" in columns else "byor-csv"
