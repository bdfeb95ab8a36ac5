"""Charts. The only module that knows plotly.

A chart is drawn by the server as SVG; "Explore" opens the same numbers in plotly, whose script is
served from the installed package and loaded only then. `docs/decisions/` says how plotly runs
under the content security policy.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import plotly
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

PLOTLY_STATIC = "plotly/plotly.min.js"
_FOLDER = Path(plotly.__file__).parent / "package_data"
_STYLE_GUARD = re.compile(r'document\.getElementById\("([0-9a-f]{64})"\)')


@dataclass(frozen=True, kw_only=True)
class Point:
    """One measured value; None is a gap. `note` says what happened then."""

    at: datetime
    value: float | None
    note: str = ""
    kind: str = ""  # of the note: "rule", "list" or ""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A line over time, with its words and its table.

    `key` must be unique on the page; `unit` stands behind every value.
    """

    key: str
    title: str
    points: Sequence[Point]
    unit: str = ""

    @property
    def known(self) -> list[tuple[datetime, float]]:
        return [(point.at, point.value) for point in self.points if point.value is not None]

    @property
    def summary(self) -> str:
        """The line in one or two sentences, for those who don't see it."""
        known = self.known
        if not known:
            return "Nothing was measured yet."
        values = [value for _, value in known]
        (first_at, first), (last_at, last) = known[0], known[-1]
        span = f"between {self.words(min(values))} and {self.words(max(values))}"
        text = (
            f"From {self.words(first)} on {first_at:%-d %b %Y} to {self.words(last)} "
            f"on {last_at:%-d %b %Y}, {span}."
        )
        gaps = len(self.points) - len(known)
        return f"{text} {gaps} of {len(self.points)} values are missing." if gaps else text

    @property
    def picture(self) -> list[dict[str, object]]:
        """The points as the `trend` tag draws them."""
        return [
            {"at": point.at, "value": point.value, "note": point.note, "kind": point.kind}
            for point in self.points
        ]

    @property
    def figure(self) -> dict[str, Any]:
        """The same line as a plotly figure; colours are set by the page's theme."""
        noted = [point for point in self.points if point.note and point.value is not None]
        traces: list[dict[str, object]] = [
            {
                "type": "scatter",
                "mode": "lines",
                "name": self.title,
                "x": [point.at for point in self.points],
                "y": [point.value for point in self.points],
                "hovertemplate": f"%{{y}}{self.unit and ' ' + self.unit}<extra></extra>",
            }
        ]
        if noted:
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": "Events",
                    "x": [point.at for point in noted],
                    "y": [point.value for point in noted],
                    "text": [point.note for point in noted],
                    "hovertemplate": "%{text}<extra></extra>",
                }
            )
        layout = {"xaxis": {"type": "date"}, "yaxis": {"title": {"text": self.unit}}}
        return chart_json({"data": traces, "layout": layout})

    def words(self, value: float) -> str:
        return f"{value:,.1f}".removesuffix(".0") + (f" {self.unit}" if self.unit else "")


def chart_json(figure: Mapping[str, object]) -> dict[str, Any]:
    """A plotly figure as plain JSON: moments become ISO text, NaN and infinity become gaps."""
    plain = _plain(figure)
    assert isinstance(plain, dict)
    return plain


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


@lru_cache(maxsize=1)
def style_guards() -> tuple[str, ...]:
    """The ids that plotly's bundled parts look for before they add a `<style>` of their own.

    An element with such an id on the page keeps them from it; the policy would refuse it.
    """
    script = (_FOLDER / "plotly.min.js").read_text(encoding="utf-8")
    return tuple(sorted(set(_STYLE_GUARD.findall(script))))


class PlotlyFinder(BaseFinder):
    """Serves plotly's script from the installed package; no third-party file is committed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=_FOLDER)
        self.storage.prefix = "plotly"  # type: ignore[attr-defined]  # the finders' protocol
        super().__init__()

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != PLOTLY_STATIC:
            return []
        found = self.storage.path("plotly.min.js")
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        yield "plotly.min.js", self.storage
