"""A bare Git repository as a place: read at HEAD, without a work tree."""

import os
import posixpath
import subprocess
from pathlib import Path

from portal.catalog.importers.places import YAML_NAMES, by_pattern, first_files
from portal.catalog.importers.problems import Unreadable
from portal.catalog.models import SourceKind
from portal.lib.yaml import LIMITS

_SECONDS = 60
_SYMBOLIC_LINK = "120000"


def is_mirror(root: Path) -> bool:
    """Whether a folder is a Git directory itself, as `git clone --mirror` makes it."""
    return (root / "HEAD").is_file() and (root / "objects").is_dir() and (root / "refs").is_dir()


class MirrorPlace:
    """The files at HEAD. Symbolic links are not followed, nothing is fetched from a remote."""

    kind = SourceKind.CHECKOUT

    def __init__(self, root: Path, *, shown: str, every: bool = False) -> None:
        self._root = root.resolve()
        self._shown = shown
        self._every = every
        self._blobs: dict[str, str] = {}
        self.key = f"{self.kind.value}:{self._root}"
        self.title = str(self._root)

    def start(self) -> list[str]:
        self._blobs = self._list()
        paths = sorted(path for path in self._blobs if path.endswith(YAML_NAMES))
        return first_files(paths, every=self._every, read=self.read)

    def read(self, path: str) -> bytes:
        blob = self._blobs.get(path)
        if blob is None:
            raise Unreadable(f"{path[:200]} does not exist at HEAD")
        if int(self._git("cat-file", "-s", blob)) > LIMITS.file_bytes:
            raise Unreadable(f"{path[:200]} is larger than {LIMITS.file_bytes // 1024**2} MB")
        return self._git("cat-file", "blob", blob)

    def match(self, pattern: str) -> list[str]:
        return by_pattern(self._blobs, pattern)

    def show(self, path: str) -> str:
        return posixpath.join(self._shown, path)

    def repository(self, path: str) -> tuple[str, str]:
        return "", ""

    def _list(self) -> dict[str, str]:
        """Every file at HEAD and its object id."""
        blobs = {}
        listing = self._git("ls-tree", "-r", "-z", "HEAD").decode(errors="replace")
        for line in filter(None, listing.split("\0")):
            about, _, path = line.partition("\t")
            mode, kind, blob = about.split(" ")
            if kind == "blob" and mode != _SYMBOLIC_LINK:
                blobs[path] = blob
        return blobs

    def _git(self, *arguments: str) -> bytes:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_DIR": str(self._root),
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }
        try:
            done = subprocess.run(  # noqa: S603 fixed words and object ids
                ["git", *arguments],  # noqa: S607 the machine's own git, wherever it is
                env=environment,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            raise Unreadable("git is not installed, and a bare repository needs it") from None
        except subprocess.TimeoutExpired:
            raise Unreadable(f"git took longer than {_SECONDS} seconds") from None
        if done.returncode != 0:
            words = done.stderr.decode(errors="replace").strip().splitlines()
            raise Unreadable(f"git can't read it: {words[-1] if words else 'it gives no reason'}")
        return done.stdout
