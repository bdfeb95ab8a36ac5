"""Facts that results kept, in the words of pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.lib.registry import facts as fact_registry
from scorecards.sources.base import sources
from scorecards.words import web_address

LONGEST_VALUE = 200  # characters of a text that pages show
_CATALOGUE = "Catalogue"


@dataclass(frozen=True)
class FactLine:
    """A fact that a result saw: what, its value in words, and where and when it was measured."""

    title: str
    words: str
    moment: str  # a timestamp's value, drawn as a day; then `words` is empty
    evidence: str
    url: str
    source: str
    measured_at: str
    error: str


def fact_line(
    name: str, entry: Mapping[str, Any], measured: Mapping[Any, str] | None = None
) -> FactLine:
    """A kept fact in words; `measured` says when the source measured that very value last."""
    spec = fact_registry.get(name)
    kind = spec.type if spec else "string"
    value = entry.get("value")
    source = entry.get("source", "")
    found = sources.get(source)
    at = (measured or {}).get((source, name, repr(value))) or entry.get("measured_at", "")
    is_moment = kind == "timestamp" and isinstance(value, str)
    return FactLine(
        title=spec.title if spec else name,
        words="" if is_moment or value is None else value_words(value, spec.unit if spec else ""),
        moment=str(value) if is_moment else "",
        evidence=str(entry.get("evidence", "")),
        url=web_address(str(entry.get("url", ""))),
        source=found.title if found else (_CATALOGUE if source == "catalogue" else source),
        measured_at=at,
        error=str(entry.get("error", "")),
    )


def value_words(value: object, unit: str = "") -> str:
    """A fact's value as people read it: "yes", "78.6 %", "go.mod, Dockerfile and 2 more"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return (
            f"{value:,.6g} {unit}".rstrip()
            if isinstance(value, float)
            else (f"{value:,} {unit}".rstrip())
        )
    if isinstance(value, dict):
        value = list(value)
    if isinstance(value, list):
        shown = ", ".join(_short(str(item)) for item in value[:3])
        more = f" and {len(value) - 3} more" if len(value) > 3 else ""
        return f"{shown}{more}" or "none"
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
