"""What the tests of imports share: reading a text, importing one, and what came of it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from portal.audit.actions import System
from radar.importers.bundle import Bundle
from radar.importers.document import Document
from radar.importers.files import source_of, source_of_text
from radar.importers.formats import FORMATS, guess
from radar.importers.run import Options, Result, import_radar
from radar.importers.targets import Wanted
from radar.models import Edition, Placement

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = date(2026, 11, 24)
BYOR = "name,ring,quadrant,isNew,status,description\n"


def read(text: str, name: str, format: str = "") -> Document:  # noqa: A002
    """The one edition of a file, by its guessed format."""
    [document] = read_all({name: text}, format)
    return document


def read_all(files: Mapping[str, str], format: str = "") -> list[Document]:  # noqa: A002
    path, text = next(iter(files.items()))
    key = format or guess(path, text)
    return FORMATS[key].read(Bundle(key, files, beside=files.get))


def rules(document: Document | Result, *, refused: bool | None = None) -> list[str]:
    return [
        problem.rule
        for problem in document.problems
        if refused is None or problem.refused == refused
    ]


def take(text: str, name: str = "radar.csv", **options: object) -> Result:
    """Import a text as a file of a name."""
    return _import(source_of_text(text, name), options)


def take_path(path: Path, **options: object) -> Result:
    return _import(source_of(str(path)), options)


def _import(source: object, options: dict[str, object]) -> Result:
    now = options.pop("now", NOW)
    title, day = options.pop("edition", ""), options.pop("day", None)
    options.setdefault("radar", "tech")
    chosen = Options(edition=Wanted(title, day), **options)
    return import_radar(source, chosen, by=System("test"), now=now)


def counts(result: Result, kind: str) -> dict[str, int]:
    """What is not nothing of a kind."""
    return {state: count for state, count in result.counts().get(kind, {}).items() if count}


def placed(edition: Edition) -> dict[str, tuple[str, str, str]]:
    """Sector, ring and movement of everything in an edition."""
    rows = Placement.objects.filter(edition=edition).order_by("technology__name_key")
    return {
        name: (sector, ring, movement)
        for name, sector, ring, movement in rows.values_list(
            "technology__name", "sector__title", "ring__title", "movement"
        )
    }


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root
