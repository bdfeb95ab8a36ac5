"""What Git knows of a folder, without network and without running anything it is told to.

A checkout's own configuration is not trusted: only plumbing commands run, and what could make
Git start programs or fetch objects is switched off.
"""

import os
import subprocess
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SECONDS = 20
_SAFELY = (
    "--no-optional-locks",
    "-c",
    "safe.directory=*",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
)


class NoGit(Exception):
    """The folder is in no Git repository, or Git can't be asked; the message says which."""


@dataclass(frozen=True, kw_only=True)
class History:
    """`None` and "" where there is none: no commit yet, no tag."""

    branch: str = ""
    commit: str = ""
    committed_at: datetime | None = None
    tag: str = ""
    tagged_at: datetime | None = None


def history(folder: Path, *, below: Path) -> History:
    """Last commit, default branch and newest tag; raises `NoGit`."""
    try:
        commit = _git(folder, below, "rev-list", "--max-count=1", "--format=%cI", "HEAD", "--")
    except NoGit:
        _git(folder, below, "rev-parse", "--git-dir")  # tells an empty repository from none
        commit = ""
    lines = commit.splitlines()
    tag, _, tagged_at = _git(
        folder,
        below,
        "for-each-ref",
        "--sort=-creatordate",
        "--count=1",
        "--format=%(refname:strip=2)%00%(creatordate:iso-strict)",
        "refs/tags",
    ).partition("\0")
    return History(
        branch=_default_branch(folder, below),
        commit=lines[0].removeprefix("commit ") if lines else "",
        committed_at=_moment(lines[1]) if len(lines) > 1 else None,
        tag=tag,
        tagged_at=_moment(tagged_at.strip()),
    )


def listed(folder: Path, *, below: Path) -> list[str]:
    """The paths of files that are tracked, or new and not ignored; raises `NoGit`."""
    found = _git(folder, below, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [path for path in found.split("\0") if path]


def history_without_git(folder: Path) -> History:
    """What can be read from `.git` where the program is missing: branch and a loose commit."""
    git = folder / ".git"
    head = _text(git / "HEAD").strip()
    reference = head.removeprefix("ref: ") if head.startswith("ref: refs/heads/") else ""
    commit = _text(git / reference).strip() if reference else head
    branch = reference.removeprefix("refs/heads/")
    return History(branch=branch, commit=commit, committed_at=_loose_commit(git, commit))


def _default_branch(folder: Path, below: Path) -> str:
    """What the remote calls its default; else the branch that is checked out."""
    for reference in ("refs/remotes/origin/HEAD", "HEAD"):
        try:
            name = _git(folder, below, "symbolic-ref", "--short", "--quiet", reference).strip()
        except NoGit:
            continue
        return name.removeprefix("origin/") if reference != "HEAD" else name
    return ""


def _git(folder: Path, below: Path, *arguments: str) -> str:
    """Run one command; repositories above `below` are not looked for."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CEILING_DIRECTORIES": str(below.parent),
        "GIT_ALLOW_PROTOCOL": "none",  # beats whatever the checkout's own configuration allows
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    try:
        done = subprocess.run(  # noqa: S603 a fixed list, no shell
            ["git", *_SAFELY, *arguments],  # noqa: S607 the machine's own git, wherever it is
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
    except FileNotFoundError as error:
        raise NoGit("git is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise NoGit(f"git took longer than {SECONDS} seconds") from error
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip().splitlines()
        raise NoGit(words[-1] if words else "git gives no reason") from error
    return done.stdout.decode(errors="replace")


def _loose_commit(git: Path, commit: str) -> datetime | None:
    """The committer's date of a commit that is not packed."""
    if len(commit) < 40 or not commit.isalnum():
        return None
    try:
        packed = (git / "objects" / commit[:2] / commit[2:]).read_bytes()
        text = zlib.decompressobj().decompress(packed, 65536).decode(errors="replace")
    except (OSError, zlib.error):
        return None
    for line in text.splitlines():
        if line.startswith("committer "):
            seconds = line.rsplit(" ", 2)[-2]
            return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else None
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")[:4096]
    except OSError:
        return ""


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
