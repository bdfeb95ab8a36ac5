"""Messages as files in a folder: written, claimed and acknowledged by renaming.

The layout below `root` follows Maildir: a message is written under a temporary name and renamed
into its queue, and a consumer claims it by renaming it into a folder of its own, so each step
happens wholly or not at all and to exactly one consumer.

    tmp/                                 messages being written
    queues/<queue>/<time>-<id>.json      messages that wait, oldest first
    claimed/<consumer>/<queue>@<name>    messages in a consumer's hands until acknowledged
    claimed/<consumer>/lock              locked (flock) for as long as the consumer lives
    rejected/                            files that are no message, kept for whoever put them there

What a dead consumer held goes back to its queue as soon as another one notices that the lock is
free. Messages are not synced to the disk: after a power cut the job rows send them again.
"""

import base64
import contextlib
import fcntl
import itertools
import json
import logging
import os
import secrets
import stat
import time
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import quote

ABANDONED_SECONDS = 24 * 3600.0
LARGEST_MESSAGE = 1024 * 1024
LONGEST_NAME = 200  # bytes of a foreign file's name that are kept

logger = logging.getLogger(__name__)
_sequence = itertools.count()


class Folder:
    """The folder itself: put, claim, acknowledge, give back, recover. Knows nothing of kombu."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tmp = root / "tmp"
        self.queues = root / "queues"
        self.claimed = root / "claimed"
        self.rejected = root / "rejected"
        for folder in (self.tmp, self.queues, self.claimed, self.rejected):
            folder.mkdir(parents=True, exist_ok=True)

    def queue(self, name: str) -> Path:
        return self.queues / quote(name, safe="").replace(".", "%2E")

    def put(self, queue: str, message: bytes) -> None:
        """Add a message. It is visible to consumers when this returns, and whole."""
        folder = self.queue(queue)
        name = f"{time.time_ns():020}-{os.getpid()}-{next(_sequence)}-{secrets.token_hex(4)}.json"
        part = self.tmp / name
        part.write_bytes(message)
        try:
            part.rename(folder / name)
        except FileNotFoundError:
            folder.mkdir(parents=True, exist_ok=True)
            part.rename(folder / name)

    def names(self, queue: str) -> list[str]:
        """The files that wait in a queue, oldest first."""
        try:
            return sorted(os.listdir(self.queue(queue)))
        except FileNotFoundError:
            return []

    def purge(self, queue: str) -> int:
        count = 0
        for name in self.names(queue):
            with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                (self.queue(queue) / name).unlink()
                count += 1
        return count

    def reject(self, path: Path, why: str) -> None:
        """Put a file that is no message out of the way, with one line in the log."""
        end_of_name = os.fsdecode(os.fsencode(path.name)[-LONGEST_NAME:])
        kept = self.rejected / f"{time.time_ns():020}-{end_of_name}"
        with contextlib.suppress(FileNotFoundError):
            path.rename(kept)
            logger.warning("Not a message, moved to %s: %s", kept, why)

    def give_back(self, claimed: Path) -> None:
        """Return a claimed message to its queue, at its old place in the row."""
        queue, _, name = claimed.name.partition("@")
        if not name or queue in ("", ".", ".."):
            self.reject(claimed, "its name says no queue")
            return
        folder = self.queues / queue
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            claimed.rename(folder / name)

    def recover(self) -> int:
        """Give back what dead consumers held; answers how many messages that were."""
        count = 0
        for folder in self.claimed.iterdir():
            if folder.name.startswith("."):
                self._forget_if_old(folder)
                continue
            try:
                lock = os.open(folder / "lock", os.O_RDWR)
            except FileNotFoundError:
                continue
            except (NotADirectoryError, IsADirectoryError):
                self.reject(folder, "no consumer's folder")
                continue
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            else:
                for path in folder.iterdir():
                    if path.name != "lock":
                        self.give_back(path)
                        count += 1
                with contextlib.suppress(FileNotFoundError, OSError):
                    (folder / "lock").unlink()
                    folder.rmdir()
            finally:
                os.close(lock)
        for path in self.tmp.iterdir():
            self._forget_if_old(path)
        return count

    def _forget_if_old(self, path: Path) -> None:
        """Remove what a writer left half-made a day ago: nobody was told that it is safe."""
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                if path.is_dir():
                    (path / "lock").unlink(missing_ok=True)
                    path.rmdir()
                else:
                    path.unlink()


class Consumer:
    """One consumer's claims. The lock tells others that it lives."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        name = f"{os.getpid()}-{secrets.token_hex(6)}"
        made = folder.claimed / f".{name}"
        made.mkdir()
        self._lock = os.open(made / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path = made.rename(folder.claimed / name)
        self._waiting: dict[str, deque[str]] = {}

    def claim(self, queue: str) -> tuple[Path, dict[str, Any]] | None:
        """The oldest message of a queue, now this consumer's, or None."""
        waiting = self._waiting.setdefault(queue, deque())
        if not waiting:
            waiting.extend(self.folder.names(queue))
        source = self.folder.queue(queue)
        while waiting:
            name = waiting.popleft()
            claimed = self.path / f"{source.name}@{name}"
            try:
                (source / name).rename(claimed)
            except FileNotFoundError:
                continue  # another consumer was quicker
            except OSError as error:  # a name too long to be claimed
                self.folder.reject(source / name, str(error))
                continue
            try:
                return claimed, read_message(claimed)
            except (ValueError, RecursionError, OSError) as error:
                self.folder.reject(claimed, str(error))
        return None

    def close(self) -> None:
        """Give back every claim and cease to exist."""
        for path in self.path.iterdir():
            if path.name != "lock":
                self.folder.give_back(path)
        (self.path / "lock").unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.rmdir()
        os.close(self._lock)


def read_message(path: Path) -> dict[str, Any]:
    """A message from its file; raises `ValueError` with the reason where it is none."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("no file")
    if found.st_size > LARGEST_MESSAGE:
        raise ValueError(f"{found.st_size} bytes, more than {LARGEST_MESSAGE}")
    return checked(json.loads(path.read_bytes()))


def checked(message: object) -> dict[str, Any]:
    """The message as it is; raises `ValueError` with the reason where kombu could not take it."""
    if not isinstance(message, dict):
        raise ValueError("no JSON object")
    properties = message.get("properties")
    if not isinstance(properties, dict) or not isinstance(properties.get("delivery_tag"), str):
        raise ValueError("no delivery tag")
    if not isinstance(properties.get("delivery_info"), dict):
        raise ValueError("no delivery information")
    if not isinstance(message.get("headers"), dict):
        raise ValueError("no headers")
    if message.get("content-type") != "application/json":
        raise ValueError("not JSON by its content type")
    body = message.get("body")
    if not isinstance(body, str):
        raise ValueError("no body")
    if properties.get("body_encoding") == "base64":
        body = base64.b64decode(body, validate=True)
    json.loads(body)
    return message
