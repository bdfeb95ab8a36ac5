"""The project's own files say the same thing, and keep the rules the portal checks others by."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import portal
from portal.environment import BASE_DIR

BIN = Path(sys.executable).parent


def read(name: str) -> str:
    return (BASE_DIR / name).read_text()


def load(name: str) -> Any:
    return yaml.safe_load(read(name))


def test_version_is_the_same_everywhere() -> None:
    assert tomllib.loads(read("pyproject.toml"))["project"]["version"] == portal.__version__
    assert f"PORTAL_VERSION:-{portal.__version__}" in read("docker-compose.yml")


def test_every_dependency_has_its_reason() -> None:
    lists = re.findall(r"^(?:dependencies|dev) = \[\n(.*?)^\]", read("pyproject.toml"), re.M | re.S)
    listed = "".join(lists).splitlines()
    assert len(listed) > 30
    assert [line for line in listed if not re.search(r"# \S+", line)] == []


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("vendor.compose-spec", "docker-compose.yml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
        ("vendor.dependabot", ".github/dependabot.yml"),
    ],
)
def test_file_follows_its_published_schema(schema: str, name: str) -> None:
    command = [BIN / "check-jsonschema", "--builtin-schema", schema, BASE_DIR / name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_actions_are_pinned_by_commit_and_get_no_more_than_they_need() -> None:
    workflow = load(".github/workflows/ci.yml")
    used = [
        step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step
    ]
    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in used)
    assert workflow["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


def test_the_workflow_runs_what_everybody_runs() -> None:
    steps = load(".github/workflows/ci.yml")["jobs"]["ci"]["steps"]
    assert ".ci/run" in [step.get("run") for step in steps]
    assert re.findall(r"^make (\w+)", read(".ci/run"), flags=re.MULTILINE) == ["check", "test"]
    assert (BASE_DIR / ".ci/run").stat().st_mode & 0o111


def test_make_explains_every_target() -> None:
    makefile = read("Makefile")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert phony is not None
    explained = re.findall(r"^#   make (\w+)", makefile, flags=re.MULTILINE)
    assert sorted(phony[1].split()) == sorted(["help", *explained])


def test_hooks_run_from_the_project_itself() -> None:
    repos = load(".pre-commit-config.yaml")["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    hooks = [hook["id"] for hook in repos[0]["hooks"]]
    assert hooks == ["lint", "format", "types", "secrets", "tests"]


def test_the_licence_is_the_one_that_is_declared() -> None:
    assert tomllib.loads(read("pyproject.toml"))["project"]["license"] == "Apache-2.0"
    assert "Apache License" in read("LICENSE")[:100]
    assert "END OF TERMS AND CONDITIONS" in read("LICENSE")


def test_the_changelog_has_this_version_or_is_before_its_release() -> None:
    headings = re.findall(r"^## (.+)$", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert headings[0] == "Unreleased"


def test_no_tracked_file_names_where_packages_come_from() -> None:
    listed = subprocess.run(
        [
            "git",
            "grep",
            "-lIiE",
            r"https?://(files|registry)\.[a-z]+\.org|(extra-)?index-url +http",
        ],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert listed.stdout.split() == []
