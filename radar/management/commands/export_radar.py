"""`export_radar`: a radar in one of the open formats, to the terminal, a file or a folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.lib.errors import NotFound
from radar.exporters import aoe
from radar.exporters.formats import EXPORTS, export
from radar.importers.run import radar_of
from radar.models import Radar
from radar.state import Snapshot, current, snapshot

_BY_ENDING = {
    ".yaml": "handbook",
    ".yml": "handbook",
    ".csv": "byor-csv",
    ".json": "byor-json",
    ".zip": "aoe",
    ".svg": "svg",
}


class Command(BaseCommand):
    help = (
        "Write a radar in an open format. Importing the result into the same radar changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "output",
            nargs="?",
            metavar="OUTPUT",
            help="a file, or a folder for aoe; without it, the terminal",
        )
        parser.add_argument("--radar", metavar="SLUG", default="", help="without it, the first")
        parser.add_argument(
            "--edition",
            metavar="KEY",
            default="",
            help="such as 2026-q4; without it, the draft, else the latest edition",
        )
        parser.add_argument(
            "--format",
            choices=sorted(EXPORTS),
            default="",
            help="without it, by the ending of OUTPUT, else handbook",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        output = options["output"]
        try:
            radar = radar_of(options["radar"])
        except NotFound as error:
            raise CommandError(error.message, returncode=2) from None
        format_ = options["format"] or _by_output(output)
        if output is None:
            if EXPORTS[format_].ending == ".zip":
                raise CommandError("A ZIP is no text: name a file or folder.", returncode=2)
            _, data = export(self._snapshot(radar, options["edition"]), format_)
            self.stdout.write(data.decode(), ending="")
            return
        try:
            folder = Path(output).is_dir() or output.endswith("/")
            self._write(radar, Path(output), options["edition"], format_, is_folder=folder)
        except OSError as error:
            message = f"{output} can't be written: {error.strerror or error}"
            raise CommandError(message, returncode=2) from None

    def _write(
        self, radar: Radar, output: Path, edition: str, format_: str, *, is_folder: bool
    ) -> None:
        if format_ == "aoe" and output.suffix != ".zip":
            count = aoe.write_folder(radar, output)
            self.stderr.write(f"{count} files written to {output}")
            return
        name, data = export(self._snapshot(radar, edition), format_)
        if is_folder:
            output.mkdir(parents=True, exist_ok=True)
            output /= name
        output.write_bytes(data)
        self.stderr.write(f"{radar.title} written to {output}")

    def _snapshot(self, radar: Radar, edition: str) -> Snapshot:
        key = edition
        if not key:
            newest = current(radar)
            key = newest.key if newest else ""
        today = timezone.localdate(timezone.now(), timezone.get_default_timezone())
        shown = snapshot(radar, edition=key, today=today) if key else None
        if shown is None:
            editions = ", ".join(radar.editions.values_list("key", flat=True)) or "none yet"
            message = f"{radar.title} has no edition “{edition}”; there are: {editions}."
            raise CommandError(message, returncode=2)
        return shown


def _by_output(output: str | None) -> str:
    return _BY_ENDING.get(Path(output).suffix.lower(), "handbook") if output else "handbook"
