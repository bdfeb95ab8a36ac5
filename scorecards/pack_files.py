"""Reading rule packs: a scorecard with its checks as one YAML file. Pure.

Every mistake of a file is reported at once, each with its line: unknown and missing keys, wrong
types, unknown levels, duplicates, expressions that don't parse or read facts nobody measures.
`docs/checks.md` describes the format.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from portal.lib.errors import Invalid
from portal.lib.yaml import YamlDocument, YamlError, load_document
from scorecards.expressions import ExpressionError, compile_expression, rehearse
from scorecards.words import web_address

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BLOCK = re.compile(r":\s*[|>][-+\d]*\s*(?:#.*)?$")
SLUG_LENGTH = 80
MAX_WEIGHT = 100
MAX_LEVELS = 6

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """Something wrong in a file, at a line (from 1)."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class PackError(Invalid):
    """A pack that can't be used, with everything that is wrong in it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            "\n".join(map(str, problems)), context={"problems": [vars(item) for item in problems]}
        )
        self.problems = list(problems)


@dataclass(frozen=True, kw_only=True)
class CheckDraft:
    """What a check says; the fields of `CheckVersion` that make a new version when they change."""

    slug: str
    title: str
    level: str
    weight: int
    expression: str
    filter: str
    why: str
    fix: str
    fix_link: str
    fix_minutes: int | None
    effective_from: datetime | None


@dataclass(frozen=True, kw_only=True)
class Pack:
    slug: str
    digest: str
    title: str
    description: str
    order: int
    filter: str
    levels: list[dict[str, str]]
    checks: list[CheckDraft]


def read_pack(name: str, text: str, kinds: Mapping[str, str]) -> Pack:
    """Read the pack `name` (its file's name is the scorecard's slug plus `.yaml`).

    `kinds` maps every fact that some source measures to its type. Raises `PackError`.
    """
    try:
        document = load_document(text)
    except YamlError as error:
        raise PackError([Problem(name, error.line, error.message)]) from None
    reader = _Reader(name, text, document, kinds)
    pack = reader.pack()
    if reader.problems:
        raise PackError(sorted(reader.problems, key=lambda problem: problem.line))
    return pack


def refuse_duplicates(packs: Iterable[Pack]) -> None:
    """A check's slug is its address: no two packs may use the same one. Raises `PackError`."""
    owner: dict[str, str] = {}
    problems = []
    for pack in packs:
        for check in pack.checks:
            first = owner.setdefault(check.slug, pack.slug)
            if first != pack.slug:
                message = f"the check {check.slug} is in {first}.yaml already"
                problems.append(Problem(f"{pack.slug}.yaml", 1, message))
    if problems:
        raise PackError(problems)


@dataclass
class _Reader:
    name: str
    text: str
    document: YamlDocument
    kinds: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def pack(self) -> Pack:
        top = self.section((), {"title", "levels", "checks"}, {"description", "order", "filter"})
        slug = self.name.removesuffix(".yaml")
        self.check_slug(slug, ())
        levels = [
            {
                "key": self.text_of(item, ("levels", index), "key", 40),
                "title": self.text_of(item, ("levels", index), "title", 40),
            }
            for index, item in enumerate(self.items(top, "levels", {"key", "title"}, set()))
        ]
        if len(levels) > MAX_LEVELS:
            self.problem(("levels",), f"at most {MAX_LEVELS} levels")
        self.refuse_repeats([level["key"] for level in levels], "levels", "level")
        required = {"slug", "title", "level", "weight", "expression", "why", "fix"}
        optional = {"filter", "fix_minutes", "fix_link", "effective_from"}
        checks = [
            self.check(item, ("checks", index), [level["key"] for level in levels])
            for index, item in enumerate(self.items(top, "checks", required, optional))
        ]
        self.refuse_repeats([check.slug for check in checks], "checks", "check")
        return Pack(
            slug=slug,
            digest=hashlib.sha256(self.text.encode()).hexdigest(),
            title=self.text_of(top, (), "title", 120),
            description=self.text_of(top, (), "description", 2000),
            order=self.number(top, (), "order", 0, 1000) or 0,
            filter=self.expression(top, (), "filter", "service."),
            levels=levels,
            checks=checks,
        )

    def check(self, item: Mapping[str, Any], path: Path, levels: Sequence[str]) -> CheckDraft:
        slug = self.text_of(item, path, "slug", SLUG_LENGTH)
        self.check_slug(slug, (*path, "slug"))
        level = self.text_of(item, path, "level", 40)
        if level and level not in levels:
            known = ", ".join(levels)
            self.problem((*path, "level"), f"there is no level {level!r}; there are {known}")
        return CheckDraft(
            slug=slug,
            title=self.text_of(item, path, "title", 120),
            level=level,
            weight=self.number(item, path, "weight", 1, MAX_WEIGHT) or 1,
            expression=self.expression(item, path, "expression"),
            filter=self.expression(item, path, "filter"),
            why=self.text_of(item, path, "why", 4000),
            fix=self.text_of(item, path, "fix", 4000),
            fix_link=self.link(item, path),
            fix_minutes=self.number(item, path, "fix_minutes", 1, 10_000),
            effective_from=self.day(item, path),
        )

    def section(self, path: Path, required: set[str], optional: set[str]) -> Mapping[str, Any]:
        """The mapping at `path`; unknown and missing keys are problems."""
        at: Any = self.document.value
        for step in path:
            at = at[step]
        if not isinstance(at, dict):
            self.problem(path, "this must be a mapping of keys to values")
            return {}
        for key in at:
            if key not in required | optional:
                self.problem((*path, key), f"there is no key {key!r} here")
        for key in sorted(required - set(at)):
            self.problem(path, f"{key} is missing")
        return at

    def items(
        self, top: Mapping[str, Any], key: str, required: set[str], optional: set[str]
    ) -> list[Mapping[str, Any]]:
        found = top.get(key, [])
        if key in top and (not isinstance(found, list) or not found):
            self.problem((key,), f"{key} must be a list of at least one entry")
            return []
        return [self.section((key, index), required, optional) for index in range(len(found))]

    def text_of(self, item: Mapping[str, Any], path: Path, key: str, longest: int) -> str:
        value = item.get(key, "")
        if not isinstance(value, str) or (key in item and not value.strip()):
            self.problem((*path, key), f"{key} must be a text")
            return ""
        if len(value) > longest:
            self.problem((*path, key), f"{key} is longer than {longest:,} characters")
        return " ".join(value.split())

    def number(
        self, item: Mapping[str, Any], path: Path, key: str, low: int, high: int
    ) -> int | None:
        if key not in item:
            return None
        value = item[key]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.problem((*path, key), f"{key} must be a whole number from {low} to {high:,}")
            return None
        return value

    def link(self, item: Mapping[str, Any], path: Path) -> str:
        value = self.text_of(item, path, "fix_link", 500)
        if value and not web_address(value):
            self.problem((*path, "fix_link"), "fix_link must be a web address or start with /")
        return value

    def day(self, item: Mapping[str, Any], path: Path) -> datetime | None:
        if "effective_from" not in item:
            return None
        try:
            day = date.fromisoformat(str(item["effective_from"]))
        except ValueError:
            self.problem((*path, "effective_from"), "effective_from must be a day: 2026-01-31")
            return None
        return datetime.combine(day, time(), UTC)

    def expression(self, item: Mapping[str, Any], path: Path, key: str, only: str = "") -> str:
        """An expression that compiles, over facts that exist (all of them under `only`)."""
        if key not in item:
            return ""
        value = item[key]
        if not isinstance(value, str) or not value.strip():
            self.problem((*path, key), f"{key} must be a CEL expression in quotes or a block")
            return ""
        source = value.strip()
        try:
            compiled = compile_expression(source, frozenset(self.kinds))
            rehearse(compiled, self.kinds)
        except ExpressionError as error:
            self.problem((*path, key), f"{key}: {error.message}", error.line)
            return source
        for name in compiled.facts:
            if not name.startswith(only):
                self.problem((*path, key), f"{key} may read facts of {only}* only, not {name}")
        return source

    def check_slug(self, slug: str, path: Path) -> None:
        if slug and (not _SLUG.fullmatch(slug) or len(slug) > SLUG_LENGTH):
            self.problem(path, f"{slug!r} is no slug: lower-case letters, digits and hyphens")

    def refuse_repeats(self, keys: Sequence[str], section: str, noun: str) -> None:
        for index, key in enumerate(keys):
            if key and key in keys[:index]:
                self.problem((section, index), f"the {noun} {key} is there twice")

    def problem(self, path: Path, message: str, line_within: int = 0) -> None:
        """Note a problem at a key; `line_within` counts from 1 within the text it holds."""
        line = self.document.line_of(*path, *self.first_key(path))
        if line_within:
            lines = self.text.splitlines()
            is_block = 0 < line <= len(lines) and _BLOCK.search(lines[line - 1]) is not None
            line += line_within if is_block else line_within - 1
        self.problems.append(Problem(self.name, line, message))

    def first_key(self, path: Path) -> Path:
        """Where an entry of a list begins: at the first of its keys."""
        if not path or not isinstance(path[-1], int):
            return ()
        at: Any = self.document.value
        for step in path:
            at = at[step]
        return (next(iter(at)),) if isinstance(at, dict) and at else ()
