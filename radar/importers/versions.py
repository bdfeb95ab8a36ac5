"""Every version of one file that a Git repository remembers."""

import os
import subprocess
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from portal.catalog.importers.mirrors import is_mirror
from portal.catalog.importers.problems import WrongCall

MOST_VERSIONS = 2_000
_SECONDS = 60
_SAFELY = ("-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")


@dataclass(frozen=True)
class Version:
    """What the file was from a day on."""

    commit: str
    on: date
    data: bytes


def versions_of(root: Path, path: str) -> list[Version]:
    """The last version of each day, oldest first. Raises `WrongCall` where Git knows of none.

    Nothing is fetched from a remote, and nothing runs that the repository asks for.
    """
    log = _git(root, "log", f"--max-count={MOST_VERSIONS}", "--format=%H %cI", "--", path)
    last_of_day: dict[date, str] = {}
    for line in reversed(log.decode().splitlines()):
        commit, _, at = line.partition(" ")
        last_of_day[datetime.fromisoformat(at).date()] = commit
    if not last_of_day:
        raise WrongCall(f"Git knows no version of {path} in {root}.")
    prefix = "" if is_mirror(root) else "./"
    asked = "".join(f"{commit}:{prefix}{path}\n" for commit in last_of_day.values())
    answer = _git(root, "cat-file", "--batch", given=asked.encode())
    found = []
    for on, commit in last_of_day.items():
        header, _, answer = answer.partition(b"\n")
        words = header.split(b" ")
        if len(words) != 3:  # the file was deleted in that commit
            continue
        size = int(words[2])
        found.append(Version(commit, on, answer[:size]))
        answer = answer[size + 1 :]
    return sorted(found, key=lambda version: version.on)


def _git(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }
    if is_mirror(root):
        environment["GIT_DIR"] = str(root.resolve())
    try:
        done = subprocess.run(  # noqa: S603 fixed words, a path after --, and object names
            ["git", *_SAFELY, *arguments],  # noqa: S607 the machine's own git, wherever it is
            cwd=root,
            env=environment,
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
    except FileNotFoundError:
        raise WrongCall("git is not installed, and a history needs it.") from None
    except subprocess.TimeoutExpired:
        raise WrongCall(f"git took longer than {_SECONDS} seconds.") from None
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip().splitlines()
        raise WrongCall(f"Git can't read {root}: {words[-1] if words else 'no reason'}.") from None
    return done.stdout
