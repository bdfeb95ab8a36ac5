"""`import_radar SOURCE`: read radar files of other programs, and our own exports."""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.audit.actions import System
from portal.catalog.importers.problems import Problem, WrongCall
from portal.catalog.importers.sources import fetch
from portal.lib.errors import PortalError
from radar.importers.files import source_of
from radar.importers.formats import FORMATS
from radar.importers.run import Options, Result, as_json, import_radar
from radar.importers.targets import Wanted

_MOST_REMARKS = 20  # of one rule, on a terminal


class Command(BaseCommand):
    help = (
        "Read a radar from a file, a folder, a Git checkout or bare repository, or an http(s) "
        "address. The format is guessed by content. "
        "Exit status: 0 all was taken, 1 something was refused, 2 the call was wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="SOURCE")
        parser.add_argument(
            "--radar",
            metavar="SLUG",
            default="",
            help="into this radar, which is created where it is not there; without it, the first",
        )
        parser.add_argument(
            "--edition",
            metavar="TITLE",
            default="",
            help="which edition the file is, such as 2026-Q4; without it, as the file says",
        )
        parser.add_argument(
            "--date", metavar="YYYY-MM-DD", default="", help="the day that the edition counts from"
        )
        parser.add_argument("--format", choices=sorted(FORMATS), default="")
        parser.add_argument(
            "--history",
            action="store_true",
            help="read every version that Git has of the one file as an edition",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would happen and write nothing"
        )
        parser.add_argument(
            "--strict", action="store_true", help="refuse the whole run at the first problem"
        )
        parser.add_argument("--json", action="store_true", help="print only counts and problems")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = import_radar(
                source_of(options["source"], fetch=fetch()),
                Options(
                    radar=options["radar"],
                    format=options["format"],
                    edition=Wanted(" ".join(options["edition"].split()), _day(options["date"])),
                    history=options["history"],
                    dry_run=options["dry_run"],
                    strict=options["strict"],
                ),
                by=System("import_radar"),
                now=timezone.now(),
            )
        except WrongCall as error:
            raise CommandError(str(error), returncode=2) from None
        except PortalError as error:
            raise CommandError(error.message) from None
        if options["json"]:
            self.stdout.write(json.dumps(as_json(result), ensure_ascii=False, indent=2))
        else:
            self._tell(result, dry_run=options["dry_run"])
        if result.has_refusals:
            raise SystemExit(1)

    def _tell(self, result: Result, *, dry_run: bool) -> None:
        suffix = " (dry run, nothing is written)" if dry_run else ""
        self.stdout.write(f"{result.title}{suffix}")
        if result.radar is not None:
            format_ = FORMATS[result.format].title
            self.stdout.write(f"  {format_}, into {result.radar.title} ({result.radar.slug})")
        for kind, states in result.counts().items():
            words = ", ".join(f"{count} {state}" for state, count in states.items() if count)
            self.stdout.write(f"  {kind}: {words}")
        self._tell_problems("refused", [one for one in result.problems if one.refused])
        self._tell_problems("note", [one for one in result.problems if not one.refused])
        if result.is_refused:
            self.stdout.write("  Refused as a whole (--strict); nothing was written.")

    def _tell_problems(self, word: str, problems: Sequence[Problem]) -> None:
        told: Counter[str] = Counter()
        for problem in problems:
            told[problem.rule] += 1
            if told[problem.rule] <= _MOST_REMARKS or problem.refused:
                self.stdout.write(f"  {word}: {problem}")
        for rule, count in told.items():
            if count > _MOST_REMARKS and word == "note":
                self.stdout.write(f"  note: {count - _MOST_REMARKS} more of {rule}; see --json")


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text[:40]} is no date such as 2026-11-24.", returncode=2) from None
