"""`export_catalog`: the catalogue as catalog-info.yaml, to the terminal, a file or a folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.catalog import exporters
from portal.catalog.kinds import KIND_OF_NOUN


class Command(BaseCommand):
    help = "Write every entity of the catalogue as YAML. Importing the result changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--output",
            metavar="FILE|DIR",
            help="a file for all entities, or a folder for a file each; without it, the terminal",
        )
        parser.add_argument(
            "--kind",
            action="append",
            default=[],
            help="only this kind, such as Component or service; may be given several times",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kinds = {KIND_OF_NOUN.get(kind.lower(), kind.lower()) for kind in options["kind"]}
        if options["output"] is None:
            for piece in exporters.pieces(kinds):
                self.stdout.write(piece, ending="")
            return
        output = Path(options["output"])
        try:
            if output.is_dir() or options["output"].endswith("/"):
                count = exporters.write_folder(output, kinds)
            else:
                count = exporters.write_file(output, kinds)
        except OSError as error:
            message = f"{output} can't be written: {error.strerror or error}"
            raise CommandError(message, returncode=2) from None
        self.stderr.write(f"{count} entities written to {output}")
