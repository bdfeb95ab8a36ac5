"""Refuse templates and code that would break the content security policy, or leave somebody out."""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from portal.shell.template_rules import Problem, problems_of

CODE = ("portal", "scorecards", "radar", "runbooks")
_MARK_SAFE = re.compile(r"^[^#\"']*\b(?:mark_safe\(|render_to_safe|SafeString\(f[\"'])")


class Command(BaseCommand):
    help = "Check all templates, and the code that makes markup. Prints file:line; exits 1 if any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="another folder of templates")

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        folder: Path = options["folder"] or root / "templates"
        found = template_problems(folder)
        if options["folder"] is None:
            for name in CODE:
                found += code_problems(root / name)
        for problem in found:
            self.stdout.write(f"{problem.path}:{problem.line}: {problem.message}")
        count = sum(1 for _ in folder.rglob("*.html"))
        if found:
            self.stderr.write(f"{len(found)} problems in {count} templates.")
            raise SystemExit(1)
        self.stdout.write(f"{count} templates are fine.")


def template_problems(folder: Path) -> list[Problem]:
    """The problems of every template below a folder, by file and line."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    known = {path.relative_to(folder).as_posix() for path in paths}
    return [
        problem
        for path in paths
        if path.suffix in (".html", ".txt", ".svg")
        for problem in problems_of(str(path), path.read_text(encoding="utf-8"), known)
    ]


def code_problems(folder: Path) -> list[Problem]:
    """Places where code declares markup safe without building it by format_html."""
    return [
        Problem(str(path), number, "mark_safe: build markup with format_html instead")
        for path in sorted(folder.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _MARK_SAFE.search(line)
    ]
