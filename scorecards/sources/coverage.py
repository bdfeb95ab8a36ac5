"""Test coverage as a percentage of lines, from report files and from what CI reports. Pure."""

import json
import re

# A tag ends at the next "<" at the latest, so that a file of unclosed tags is read once over.
_COBERTURA = re.compile(r"<coverage\b[^<>]*?\bline-rate=[\"']([0-9.eE+-]{1,30})[\"']")
_CLOVER = re.compile(r"<metrics\b[^<>]*>")
_JACOCO = re.compile(r"<counter\b[^<>]*>")
_OF_LINES = re.compile(r"\btype=[\"']LINE[\"']")
_ATTRIBUTE = re.compile(r"\b([\w-]+)=[\"'](\d{1,15})[\"']")
_COUNT = re.compile(r"\d{1,15}")
_PERCENT = re.compile(r"(?<![-+\d.])(\d{1,3}(?:\.\d+)?)\s?%")
_REPORTERS = ("codecov", "coverage", "coveralls", "codacy", "sonar", "codeclimate", "qlty")
_OTHERS = ("patch", "of diff", "changes", "new code")


def of_report(path: str, text: str) -> float | None:
    """The line coverage that a report says; None where it is no report of a known kind.

    Known: Cobertura (also coverage.py), JaCoCo, Clover, LCOV, Istanbul's summary.
    """
    name = path.rpartition("/")[2].lower()
    if name.endswith(".json"):
        return _istanbul(text)
    if not name.endswith(".xml"):
        return _lcov(text)
    if cobertura := _COBERTURA.search(text):
        return _rate(cobertura.group(1))
    if counters := [tag for tag in _JACOCO.findall(text) if _OF_LINES.search(tag)]:
        # The report's own counters come last.
        values = {key: int(value) for key, value in _ATTRIBUTE.findall(counters[-1])}
        if not {"covered", "missed"} <= values.keys():
            return None
        return _percent(values["covered"], values["covered"] + values["missed"])
    if metrics := _CLOVER.findall(text):
        # The project's own metrics are the largest.
        found = [{k: int(v) for k, v in _ATTRIBUTE.findall(metric)} for metric in metrics]
        largest = max(found, key=lambda values: values.get("statements", 0))
        return _percent(largest.get("coveredstatements", 0), largest.get("statements", 0))
    return None


def of_status(name: str, *words: str | None) -> float | None:
    """The coverage in a commit status or check run, such as codecov's "78.6% (+0.1%)".

    None where the name is no coverage reporter's, or speaks of the change alone.
    """
    if not any(word in name.lower() for word in _REPORTERS) or _is_of_change(name):
        return None
    for text in words:
        if _is_of_change(text or ""):
            continue
        found = _PERCENT.search(_total_part(text or ""))
        if found and float(found.group(1)) <= 100:
            return float(found.group(1))
    return None


def _is_of_change(text: str) -> bool:
    return any(word in text.lower() for word in _OTHERS)


def _total_part(text: str) -> str:
    """Coveralls writes "increased (+0.1%) to 78.6%": the figure behind the last "to" is meant."""
    text = text[:500]
    _, to, after = text.rpartition(" to ")
    return after if to and _PERCENT.search(after) and text.lower().startswith("coverage") else text


def _istanbul(text: str) -> float | None:
    try:
        return _percent(float(json.loads(text)["total"]["lines"]["pct"]), 100.0)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return None


def _lcov(text: str) -> float | None:
    found = hit = 0
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key in {"LF", "LH"} and _COUNT.fullmatch(value.strip()):
            found += int(value) if key == "LF" else 0
            hit += int(value) if key == "LH" else 0
    return _percent(hit, found)


def _rate(text: str) -> float | None:
    try:
        return _percent(float(text), 1.0)
    except ValueError:
        return None


def _percent(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 2) if whole > 0 and 0 <= part <= whole else None
