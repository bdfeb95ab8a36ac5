"""The texts that a reader is given: files of one format, with what lies beside them. Pure."""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from radar.importers.dates import NoSuchDate, day_of, day_of_file, title_of
from radar.importers.document import Carries, Document

Beside = Callable[[str], str | None]


def nothing_beside(path: str) -> str | None:
    """For text without a folder around it."""
    return None


@dataclass(frozen=True)
class Bundle:
    """Texts by path, in order. `show` says a path as people know it; `beside` reads another file
    of the same place, where there is one."""

    format: str
    files: Mapping[str, str]
    show: Callable[[str], str] = str
    beside: Beside = nothing_beside

    def documents(self, carries: frozenset[Carries]) -> Iterator[tuple[str, str, Document]]:
        """Path, text and a document to fill, for every file; it knows what the name tells."""
        for path, text in self.files.items():
            stem = posixpath.splitext(posixpath.basename(path))[0]
            document = Document(self.show(path), self.format, carries)
            document.day = day_of_file(stem)
            try:
                day_of(stem)
            except NoSuchDate as error:
                document.remark(1, "date-invalid", f"In the file's name, {error}")
            document.title = title_of(stem)
            yield path, text, document
