"""One stylesheet of many files: the parts lie in `static/css/`, a page loads their sum.

There is no build step: whoever asks for the sum (the development server, `collectstatic`) gets it
as the parts are now.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

SHEET = "css/portal.css"
PARTS = (
    "tokens",
    "base",
    "layout",
    "components/controls",
    "components/state",
    "components/table",
    "components/figures",
    "components/lists",
    "components/notices",
    "components/menu",
    "components/prose",
    "components/scorecards",
    "components/radar",
    "components/radar_pages",
    "components/evaluations",
    "utilities",
)


def summed_up() -> str:
    """The parts in the order of their layers."""
    folder = Path(settings.BASE_DIR) / "static" / "css"
    return "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in PARTS)


class StylesFinder(BaseFinder):
    """Finds the sum, which is written to the data folder whenever a part changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=settings.DATA / "styles")
        super().__init__()

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != SHEET:
            return []
        found = str(self._write())
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        self._write()
        yield SHEET, self.storage

    def _write(self) -> Path:
        path = Path(self.storage.path(SHEET))
        text = summed_up()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}")
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        return path
