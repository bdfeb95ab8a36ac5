"""The folder in which the processes of one web server keep what they count.

A server that was killed can't remove its own: whoever starts next does. A folder belongs to a
living server as long as somebody holds the lock on it, which the kernel ends with its last
process. Imports nothing but the standard library: `prometheus_client` looks for the folder when
it is imported.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

PREFIX = "portal-metrics-"
_UNLOCKED = "new-"  # in front of the name until the lock is held


@dataclass(frozen=True)
class Folder:
    """A folder of this server; the lock is held by the descriptor, and by forked processes."""

    path: Path
    lock: int

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def take(parent: Path | None = None) -> Folder:
    """Make a folder below `parent`, by default where temporary files go."""
    fresh = Path(tempfile.mkdtemp(prefix=f"{_UNLOCKED}{PREFIX}", dir=parent))
    lock = os.open(fresh, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return Folder(fresh.rename(fresh.with_name(fresh.name.removeprefix(_UNLOCKED))), lock)


def remove_stale(parent: Path | None = None) -> None:
    """Remove the folders of servers that are gone; those of others' accounts are left alone."""
    for path in Path(parent or tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # somebody else's, or removed by another start
            _remove_if_stale(path)


def _remove_if_stale(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(descriptor).st_uid == os.getuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path)
    finally:
        os.close(descriptor)
