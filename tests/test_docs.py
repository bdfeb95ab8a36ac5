"""What the Markdown files say is so: links, files, settings, targets, commands, examples."""

import inspect
import re
import subprocess
import sys
import textwrap
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from django.core.management import get_commands
from django.db import transaction

from portal.environment import BASE_DIR, Environment
from portal.lib.registry import facts
from scorecards.pack_files import read_pack
from scorecards.publishing import PACKS

LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
    cwd=BASE_DIR,
    capture_output=True,
    text=True,
    check=False,
).stdout.split()
PAGES = sorted(BASE_DIR / name for name in LISTED) or sorted(
    [*BASE_DIR.glob("*.md"), *(BASE_DIR / "docs").rglob("*.md")]
)
DECISIONS = sorted((BASE_DIR / "docs" / "decisions").glob("*.md"))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def read(name: str) -> str:
    return (BASE_DIR / name).read_text()


def prose(text: str) -> str:
    """The text without blocks of code."""
    return FENCE.sub("", text)


def anchors(text: str) -> set[str]:
    """The addresses of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_there_are_pages() -> None:
    assert BASE_DIR / "README.md" in PAGES
    assert len(PAGES) > 15


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BASE_DIR)))
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for target in LINK.findall(prose(page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            dead.append(target)
    assert dead == []


def test_every_page_of_docs_is_in_its_index() -> None:
    index = LINK.findall(read("docs/README.md"))
    pages = {str(page.relative_to(BASE_DIR / "docs")) for page in (BASE_DIR / "docs").rglob("*.md")}
    assert pages - {"README.md"} - set(index) == set()


# Files

# Files that CONTRIBUTING tells people to add.
ADDED = {
    "scorecards/sources/status.py",
    "tests/scorecards/sources/test_status.py",
    "portal/catalog/views/lifecycles.py",
    "templates/catalog/lifecycles.html",
}
# Names that many apps have.
EVERYWHERE = {
    "actions.py",
    "api.py",
    "forms.py",
    "panels.py",
    "registration.py",
    "search.py",
    "urls.py",
    "views.py",
}


def named_files(text: str) -> set[str]:
    named = re.findall(r"`([\w./-]+\.(?:py|md|yaml|yml|html|css|js|toml|sh|env))`", text)
    return {name for name in named if name not in EVERYWHERE}


def test_files_that_contributing_names_exist() -> None:
    text = read("CONTRIBUTING.md")
    missing = {name for name in named_files(text) if not (BASE_DIR / name).exists()}
    folders = set(
        re.findall(r"`((?:portal|scorecards|tests|docs|templates|static)/[\w/-]*/)`", text)
    )
    assert missing == ADDED
    assert {name for name in folders if not (BASE_DIR / name).is_dir()} == set()


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_files_that_decisions_name_exist(page: Path) -> None:
    named = {name for name in named_files(page.read_text()) if "/" in name}
    assert {name for name in named if not (BASE_DIR / name).exists()} == set()


# Decisions


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(page.name.partition("-")[0]) for page in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_decision_has_the_form_of_the_others(page: Path) -> None:
    _, front, body = page.read_text().split("---\n", 2)
    matter = yaml.safe_load(front)
    assert set(matter) == {"status", "date"}
    assert matter["status"] in {"proposed", "accepted", "rejected", "deprecated", "superseded"}
    headings = re.findall(r"^#+ .*$", body, re.MULTILINE)
    assert re.match(r"# \S", headings[0])
    assert headings[1:5] == [
        "## Context and problem statement",
        "## Considered options",
        "## Decision outcome",
        "### Consequences",
    ]
    assert "\nChosen option: " in body


def test_index_has_the_decisions_titles() -> None:
    index = read("docs/README.md")
    for page in DECISIONS:
        title = next(line for line in page.read_text().splitlines() if line.startswith("# "))
        row = f"| [{page.name[:4]}](decisions/{page.name}) | {title.removeprefix('# ')} |"
        assert row in index


# Settings

# Read by the tests themselves, by tools, or by Python's own programs; settings.md has them too.
OTHERS = {"TEST_DATABASE_URL", "TEST_POSTGRES_URL", "TEST_REDIS_URL", "AUDIT_REQUIRED", "COVERAGE"}
VARIABLE = re.compile(
    r"`((?:PORTAL|GITHUB|PROMETHEUS|EMAIL|CATALOG|TEST|DATABASE|REDIS)_[A-Z_]+|PORT)`"
)


def variables() -> set[str]:
    return {name.upper() for name in Environment.model_fields}


def described() -> set[str]:
    """The variables in the first cells of settings.md's tables."""
    cells = re.findall(r"^\| (`[^|]+) \|", read("docs/settings.md"), re.MULTILINE)
    return set(re.findall(r"`([A-Z_]+)`", " ".join(cells)))


def test_settings_page_describes_every_variable_and_no_other() -> None:
    assert described() - OTHERS == variables()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BASE_DIR)))
def test_variables_that_pages_name_exist(page: Path) -> None:
    text = page.read_text()
    named = set(VARIABLE.findall(text)) | set(re.findall(r"^([A-Z]+_[A-Z_]+)=", text, re.MULTILINE))
    in_containers = {"PORTAL_OWNER_PASSWORD", "PORTAL_DB_PASSWORD"}  # deploy/postgres/roles.sh
    asked_for = {"PORTAL_PASSWORD"}  # create_person
    added = {"STATUS_URL"}  # the example of CONTRIBUTING.md
    assert named - variables() - OTHERS - in_containers - asked_for - added == set()


# Targets and commands


def code(text: str) -> Iterator[str]:
    """What stands in code: blocks and spans."""
    for _, _, block in FENCE.findall(text):
        yield block
    yield from re.findall(r"`([^`\n]+)`", prose(text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BASE_DIR)))
def test_targets_of_make_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    asked = {
        name
        for piece in code(page.read_text())
        for name in re.findall(r"(?:^|\s|\d )make ([a-z]+)", piece)
    }
    assert asked - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(BASE_DIR)))
def test_commands_of_manage_exist(page: Path) -> None:
    asked = {
        name
        for piece in code(page.read_text())
        for name in re.findall(r"manage\.py ([a-z_]+)", piece)
    }
    assert asked - set(get_commands()) == set()


# The examples of CONTRIBUTING


def examples(language: str) -> list[str]:
    text = read("CONTRIBUTING.md")
    return [textwrap.dedent(block) for _, kind, block in FENCE.findall(text) if kind == language]


def test_example_of_a_check_fits_into_a_pack() -> None:
    [entry] = examples("yaml")
    pack = (PACKS / "quality-gates.yaml").read_text() + "\n" + textwrap.indent(entry, "  ")

    found = read_pack("quality-gates.yaml", pack, {spec.key: spec.type for spec in facts})

    assert found.checks[-1].slug == "released-lately"


def module(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    found = types.ModuleType(name)
    monkeypatch.setitem(sys.modules, name, found)
    exec(compile(text, f"{name} of CONTRIBUTING.md", "exec"), found.__dict__)
    return found


@pytest.mark.django_db
def test_example_of_a_source_passes_its_own_tests(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, tests = examples("python")[:2]
    module("scorecards.sources.status", source, monkeypatch)
    example = module("test_status", tests, monkeypatch)

    ran = 0
    for name, test in vars(example).items():
        if name.startswith("test_"):
            for values in _parameters(test):
                _run(test, values, request)
                ran += 1
    assert ran == 5


def _parameters(test: Any) -> list[dict[str, Any]]:
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    if not marks:
        return [{}]
    names, rows = marks[0].args
    return [dict(zip(names, row, strict=True)) for row in rows]


def _run(test: Any, values: dict[str, Any], request: pytest.FixtureRequest) -> None:
    fixtures = {
        name: request.getfixturevalue(name)
        for name in inspect.signature(test).parameters
        if name not in values
    }
    with transaction.atomic():
        test(**fixtures, **values)
        transaction.set_rollback(True)
