"""Jobs in words."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any


def length_words(length: timedelta) -> str:
    """A length of time in its two largest units: "0.4 s", "12 s", "3 min 5 s", "2 h 10 min"."""
    seconds = length.total_seconds()
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole // 60, "min", whole % 60, "s")
    minutes = round(seconds / 60)
    return _two(minutes // 60, "h", minutes % 60, "min")


def summary_words(summary: Mapping[str, Any]) -> str:
    """A job's summary in one sentence; what did not happen is left out."""
    counts = [
        (summary.get("done", 0), "done"),
        (summary.get("unchanged", 0), "unchanged"),
        (summary.get("skipped", 0), "skipped"),
        (len(summary.get("failed", [])), "failed"),
    ]
    words = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"{words or 'Nothing to do'}."


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"
