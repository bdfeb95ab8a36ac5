"""Facts from folders on disk."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.catalog.models import Service
from scorecards.sources import checkout, git
from scorecards.sources.base import Measured, Outcome
from scorecards.sources.checkout import ANNOTATION, CheckoutSource, Misplaced, locate, read_folder

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
COMMITTED = "2026-02-20T10:00:00+01:00"


def service(folder: str, key: str = "web") -> Service:
    return Service(pk=1, key=key, name=key, annotations={ANNOTATION: folder})


def run_git(folder: Path, *arguments: str) -> None:
    environment = os.environ | {
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
        "GIT_AUTHOR_DATE": COMMITTED,
        "GIT_COMMITTER_DATE": COMMITTED,
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }
    subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "checkouts"
    folder.mkdir()
    return folder


@pytest.fixture
def repository(root: Path) -> Path:
    """A Git repository with one commit and a tag."""
    folder = root / "web"
    folder.mkdir()
    files = {
        "README.md": "# Web\n",
        "LICENSE": "Apache License\nVersion 2.0\n",
        "web/app.py": "print(1)\n",
        ".gitignore": "ignored/\ncoverage.xml\n",
        "ignored/made.js": "x" * 5000,
        "coverage.xml": '<coverage line-rate="0.83">',
        "node_modules/left/pad.js": "x" * 5000,
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    run_git(folder, "init", "-q", "-b", "trunk")
    run_git(folder, "add", "README.md", "LICENSE", "web", ".gitignore")
    run_git(folder, "commit", "-qm", "Start")
    run_git(folder, "tag", "v1.0")
    return folder


def values(folder: Path, below: Path, **options: Any) -> dict[str, object]:
    found = read_folder(folder, below=below, now=NOW, **options)
    return {
        name.removeprefix("repo."): reading.value
        for name, reading in found.items()
        if isinstance(reading, Measured)
    }


def test_checkout_tells_files_and_history(repository: Path, root: Path) -> None:
    facts = values(repository, root)

    assert facts["has_readme"] is True
    assert facts["license"] == "Apache-2.0"
    assert facts["default_branch"] == "trunk"
    assert facts["last_commit_at"] == "2026-02-20T09:00:00+00:00"
    assert (facts["latest_release"], facts["last_release_at"]) == (
        "v1.0",
        "2026-02-20T09:00:00+00:00",
    )
    assert facts["languages"] == {"Python": 9.0}
    assert facts["coverage"] == 83.0


def test_checkout_says_nothing_of_what_a_folder_cannot_tell(repository: Path, root: Path) -> None:
    found = read_folder(repository, below=root, now=NOW)

    assert not {name for name in found if name.startswith("alerts.")}
    assert "repo.branch_protected" not in found
    assert "repo.ci_state" not in found


def test_checkout_counts_new_files_that_are_not_ignored(repository: Path, root: Path) -> None:
    (repository / "CONTRIBUTING.md").write_text("x")

    assert values(repository, root)["has_contributing"] is True


def test_checkout_without_commits_has_no_history(root: Path) -> None:
    folder = root / "new"
    folder.mkdir()
    run_git(folder, "init", "-q", "-b", "main")
    (folder / "README.md").write_text("x")

    facts = values(folder, root)

    assert facts["default_branch"] == "main"
    assert "last_commit_at" not in facts
    assert facts["has_readme"] is True


def test_folder_without_git_is_walked(root: Path) -> None:
    folder = root / "plain"
    (folder / "node_modules/x").mkdir(parents=True)
    (folder / "node_modules/x/index.js").write_text("x" * 999)
    (folder / "src").mkdir()
    (folder / "src/app.ts").write_text("xx")

    facts = values(folder, root)

    assert facts["languages"] == {"TypeScript": 2.0}
    assert "default_branch" not in facts


def test_folder_below_no_repository_takes_no_history_from_above_the_root(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "-b", "outer")
    folder = tmp_path / "checkouts" / "web"
    folder.mkdir(parents=True)

    assert "default_branch" not in values(folder, tmp_path / "checkouts")


def test_checkout_where_git_is_missing_still_tells_branch_and_commit(
    repository: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(root))

    facts = values(repository, root)

    assert facts["default_branch"] == "trunk"
    assert facts["last_commit_at"] == "2026-02-20T09:00:00+00:00"
    assert facts["has_readme"] is True


def test_checkout_runs_nothing_that_its_configuration_names(repository: Path, root: Path) -> None:
    trap = root / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {root}/sprung\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "gpg.program", "core.sshCommand"):
        run_git(repository, "config", name, str(trap))
    run_git(repository, "config", "log.showSignature", "true")

    values(repository, root)

    assert not (root / "sprung").exists()


def test_links_are_not_followed_out_of_the_checkout(repository: Path, root: Path) -> None:
    secret = root.parent / "secret.toml"
    secret.write_text("[tool.ruff]\n")
    (repository / "pyproject.toml").symlink_to(secret)
    (repository / "docs").symlink_to(root.parent)

    facts = values(repository, root)

    assert facts["has_linter_config"] is False
    assert facts["manifests"] == []


def test_large_file_is_left_out_and_named(repository: Path, root: Path) -> None:
    (repository / "setup.cfg").write_text("[flake8]\n" + "#" * 1_100_000)
    notes: list[str] = []

    facts = values(repository, root, note=notes.append)

    assert notes == ["web: setup.cfg is larger than 1 MB and is not read."]
    assert "has_linter_config" not in facts  # it may stand there


def test_files_beyond_the_cap_are_not_looked_at(
    repository: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout, "MOST_FILES", 2)
    notes: list[str] = []

    values(repository, root, note=notes.append)

    assert notes == ["web has more than 2 files; the rest is not looked at."]


def test_text_that_is_not_utf8_is_left_out(repository: Path, root: Path) -> None:
    (repository / "pyproject.toml").write_bytes(b"[tool.ruff]\xff\xfe")

    assert "has_linter_config" not in values(repository, root)


# -- where the folder is ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("gone", "PORTAL_CHECKOUTS holds no folder 'gone'"),
        ("../outside", "leads out of PORTAL_CHECKOUTS"),
        ("web/../../outside", "leads out of PORTAL_CHECKOUTS"),
        ("link", "leads out of PORTAL_CHECKOUTS"),
        (".", "must name a folder below"),
        ("web/..", "leads out of PORTAL_CHECKOUTS"),
        ("/etc", "must name a folder below"),
        ("file", "is no folder"),
        ("a\0b", "holds no folder"),
    ],
)
def test_locate_refuses_what_is_not_below_the_root(root: Path, named: str, sentence: str) -> None:
    (root.parent / "outside").mkdir()
    (root / "web").mkdir()
    (root / "file").write_text("x")
    (root / "link").symlink_to(root.parent / "outside")

    with pytest.raises(Misplaced, match=sentence):
        locate(service(named), root, Path("/own"))


def test_locate_without_the_setting_names_it(tmp_path: Path) -> None:
    with pytest.raises(Misplaced, match="PORTAL_CHECKOUTS, where it should lie, is not set"):
        locate(service("web"), None, tmp_path)


def test_locate_gives_its_own_folder_to_the_portal_alone(tmp_path: Path, root: Path) -> None:
    own = service(".", key=checkout.OWN_SERVICE)

    assert locate(own, None, tmp_path) == (tmp_path.resolve(), tmp_path.resolve())
    with pytest.raises(Misplaced):
        locate(service(".", key="other"), root, tmp_path)


# -- the source ---------------------------------------------------------------------------------


def measure(*services: Service, settings: Any, checkouts: Path) -> list[Outcome]:
    settings.ENV = settings.ENV.model_copy(update={"portal_checkouts": checkouts})
    outcomes: list[Outcome] = []
    CheckoutSource().measure(services, {}, now=NOW, report=outcomes.extend, note=lambda text: None)
    return outcomes


def test_source_reports_each_service_with_its_own_outcome(
    repository: Path, root: Path, settings: Any
) -> None:
    good, missing = service("web"), service("gone", key="gone")
    missing.pk = 2

    first, second = measure(good, missing, settings=settings, checkouts=root)

    assert first.failure == ""
    assert isinstance(first.readings["repo.has_readme"], Measured)
    assert second.failure == "PORTAL_CHECKOUTS holds no folder 'gone'."


@pytest.mark.parametrize(
    ("named", "path", "size"),
    [("web", "", 6), ("web", "parts/pay/", 12), ("web/parts/pay", "parts/pay", 12)],
)
def test_service_in_a_folder_of_a_checkout_is_told_of_it(
    repository: Path, root: Path, settings: Any, named: str, path: str, size: int
) -> None:
    (repository / "parts" / "pay").mkdir(parents=True)
    (repository / "parts" / "pay" / "README").write_text("# Payments.\n")
    one = service(named)
    one.repository_path = path

    (outcome,) = measure(one, settings=settings, checkouts=root)

    readme = outcome.readings["repo.readme_bytes"]
    assert isinstance(readme, Measured)
    assert readme.value == size


def test_source_applies_to_annotated_services_alone() -> None:
    assert CheckoutSource().applies_to(service("web"))
    assert not CheckoutSource().applies_to(Service(key="x", annotations={}))


def test_the_portal_measures_its_own_folder(settings: Any) -> None:
    own = service(".", key=checkout.OWN_SERVICE)

    (outcome,) = measure(own, settings=settings, checkouts=None)  # type: ignore[arg-type]

    assert outcome.failure == ""
    tests = outcome.readings["repo.has_tests"]
    assert isinstance(tests, Measured)
    assert tests.value is True


def test_history_of_no_repository_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(git.NoGit, match="not a git repository"):
        git.history(tmp_path, below=tmp_path)
