"""`import_catalog SOURCE…`: read catalogue files from files, folders, checkouts, addresses."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from portal.audit.actions import System
from portal.catalog.importers.places import Place
from portal.catalog.importers.problems import Problem, WrongCall
from portal.catalog.importers.run import Result, as_json, import_place
from portal.catalog.importers.sources import fetch, github_hosts, place_of
from portal.lib.errors import Conflict

_MOST_REMARKS = 20  # of one rule, on a terminal


class Command(BaseCommand):
    help = (
        "Read catalog-info.yaml files from a file, a folder, a Git checkout or bare repository, "
        "an http(s) address, or a GitHub organisation (github:OWNER). "
        "Exit status: 0 all was taken, 1 something was refused, 2 the call was wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sources", nargs="+", metavar="SOURCE")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would happen and write nothing"
        )
        parser.add_argument(
            "--strict", action="store_true", help="refuse the whole run at the first problem"
        )
        parser.add_argument(
            "--format",
            choices=["backstage"],
            help="read every YAML file of a folder, whatever its name, in this format",
        )
        parser.add_argument(
            "--take-over",
            action="store_true",
            help="take entities over that another source holds, instead of noting a conflict",
        )
        parser.add_argument("--json", action="store_true", help="print only counts and problems")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            places = [
                place_of(source, every=options["format"] is not None)
                for source in options["sources"]
            ]
        except WrongCall as error:
            raise CommandError(str(error), returncode=2) from None
        try:
            if options["strict"]:
                results = self._import_strictly(places, options)
            else:
                results = [self._import(place, options) for place in places]
        except Conflict as error:
            raise CommandError(error.message) from None
        if options["json"]:
            self.stdout.write(json.dumps(as_json(results), ensure_ascii=False, indent=2))
        else:
            for result in results:
                self._tell(result, dry_run=options["dry_run"])
        if any(result.has_refusals for result in results):
            raise SystemExit(1)

    def _import(self, place: Place, options: Mapping[str, Any]) -> Result:
        return import_place(
            place,
            by=System("import_catalog"),
            now=timezone.now(),
            dry_run=options["dry_run"],
            strict=options["strict"],
            take_over=options["take_over"],
            fetch=fetch(),
            github_hosts=github_hosts(),
        )

    def _import_strictly(self, places: list[Place], options: Mapping[str, Any]) -> list[Result]:
        """All sources or none: the first refusal takes back what was written before it."""
        results: list[Result] = []
        with transaction.atomic():
            for place in places:
                results.append(self._import(place, options))
                if results[-1].has_refusals:
                    transaction.set_rollback(True)
                    for result in results:
                        result.refuse()
                    break
        return results

    def _tell(self, result: Result, *, dry_run: bool) -> None:
        suffix = " (dry run, nothing is written)" if dry_run else ""
        self.stdout.write(f"{result.title}{suffix}")
        for noun, states in result.counts().items():
            words = ", ".join(f"{count} {state}" for state, count in states.items() if count)
            self.stdout.write(f"  {noun}: {words}")
        if result.vanished:
            self.stdout.write(f"  {result.vanished} no longer there, marked as vanished")
        self._tell_problems([problem for problem in result.problems if problem.refused])
        self._tell_problems([problem for problem in result.problems if not problem.refused])
        if result.is_refused:
            self.stdout.write("  Refused as a whole (--strict); nothing was written.")

    def _tell_problems(self, problems: list[Problem]) -> None:
        told: dict[str, int] = {}
        for problem in problems:
            told[problem.rule] = told.get(problem.rule, 0) + 1
            if told[problem.rule] <= _MOST_REMARKS or problem.refused:
                word = "refused" if problem.refused else "note"
                self.stdout.write(f"  {word}: {problem}")
        for rule, count in told.items():
            if count > _MOST_REMARKS and not problems[0].refused:
                self.stdout.write(f"  note: {count - _MOST_REMARKS} more of {rule}; see --json")
