"""Where catalogue files lie. A place lists the files to read first and reads any file inside it.

Nothing outside a place's root is read, whatever a file in it or a symbolic link says.
"""

import configparser
import os
import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from portal.catalog.importers.problems import Unreadable
from portal.catalog.importers.reading import slug_of
from portal.catalog.models import SourceKind
from portal.lib.yaml import LIMITS

CATALOG_NAMES = frozenset({"catalog-info.yaml", "catalog-info.yml"})
YAML_NAMES = (".yaml", ".yml")
MOST_FILES = 50_000
_SKIPPED_FOLDERS = frozenset({"node_modules"})
_LOOKS_LIKE_ENTITY = re.compile(rb"^apiVersion:\s*['\"]?[a-z.]*backstage\.io/", re.MULTILINE)
_LOOKS_LIKE_SKELETON = re.compile(rb"^\s*(?:name:.*\{\{|\{%)", re.MULTILINE)


class Place(Protocol):
    """`key` names the source for good; `kind` and `title` are for people."""

    @property
    def key(self) -> str: ...

    @property
    def kind(self) -> SourceKind: ...

    @property
    def title(self) -> str: ...

    def start(self) -> list[str]:
        """The paths to read first, in order. Raises `Unreadable`."""
        ...

    def read(self, path: str) -> bytes:
        """A file's content. Raises `Unreadable`."""
        ...

    def match(self, pattern: str) -> list[str]:
        """The paths that a pattern with `*` or `**` matches, in order."""
        ...

    def show(self, path: str) -> str:
        """The path as people know it."""
        ...

    def repository(self, path: str) -> tuple[str, str]:
        """The repository a file lies in and its folder in there, or two empty texts."""
        ...


def join(base: str, target: str) -> str:
    """The path of `target` as named by the file `base`. Raises `Unreadable` outside the root."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(base), target))
    if path.startswith(("/", "../")) or path == "..":
        raise Unreadable(f"{target[:200]} lies outside the folder that is read")
    return path


def first_files(paths: Iterable[str], *, every: bool, read: Callable[[str], bytes]) -> list[str]:
    """Which of a place's files to read first.

    Its `catalog-info.yaml` files; where it has none, or only those of templates' skeletons, every
    YAML file that looks like entities; with `every`, all YAML files.
    """
    found = [path for path in paths if path.endswith(YAML_NAMES)]
    if every:
        return found
    catalogs = [path for path in found if posixpath.basename(path) in CATALOG_NAMES]
    if any(not _LOOKS_LIKE_SKELETON.search(_sniff(read, path)) for path in catalogs):
        return catalogs
    return [path for path in found if _LOOKS_LIKE_ENTITY.search(_sniff(read, path))]


def _sniff(read: Callable[[str], bytes], path: str) -> bytes:
    """A file's content to look into; what can't be read is read again later, and said then."""
    try:
        return read(path)
    except Unreadable:
        return b""


def by_pattern(paths: Iterable[str], pattern: str) -> list[str]:
    """Paths that match a pattern in which `*` stays inside a folder and `**` does not."""
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    expression = re.compile("".join(words.get(part, re.escape(part)) for part in parts))
    return sorted(path for path in paths if expression.fullmatch(path))


def is_listed(path: str) -> bool:
    """Whether a place's own listing shows the file: a YAML file in no folder that is left out."""
    *folders, name = path.split("/")
    is_hidden = any(folder[0] == "." or folder in _SKIPPED_FOLDERS for folder in folders)
    return name.endswith(YAML_NAMES) and not is_hidden


def folder_of(path: str) -> str:
    """The folder of a path; empty at the root."""
    return posixpath.dirname(path)


class TextPlace:
    """Text without a folder around it, such as somebody pasted. Subclasses name their own."""

    kind = SourceKind.PAGE
    key = "page"
    title = "Pasted on the page"
    name = "pasted.yaml"

    def __init__(self, text: str) -> None:
        self._data = text.encode()

    def start(self) -> list[str]:
        return [self.name]

    def read(self, path: str) -> bytes:
        if path != self.name:
            raise Unreadable(f"{path[:200]} can't be read: there is no folder around this text")
        return self._data

    def match(self, pattern: str) -> list[str]:
        return []

    def show(self, path: str) -> str:
        return path

    def repository(self, path: str) -> tuple[str, str]:
        return "", ""


class FolderPlace:
    """A folder, a work tree, or one file of a folder (`only`)."""

    def __init__(
        self,
        root: Path,
        *,
        shown: str,
        only: str = "",
        every: bool = False,
        key: str = "",
        github_hosts: Collection[str] = (),
    ) -> None:
        self._root = root.resolve()
        self._shown = shown
        self._only = only
        self._every = every
        self._unlisted: dict[str, str] = {}  # folders that can't be listed, and why
        self._origin = origin_of(self._root, github_hosts)
        place = self._root / only if only else self._root
        self.kind = SourceKind.FILE if only else SourceKind.FOLDER
        if not only and (self._root / ".git").exists():
            self.kind = SourceKind.CHECKOUT
        self.key = key or f"{self.kind.value}:{place}"
        self.title = str(place)

    def start(self) -> list[str]:
        if self._only:
            return [self._only]
        files = first_files(self._walk(), every=self._every, read=self.read)
        if "." in self._unlisted:
            raise Unreadable(f"it can't be listed: {self._unlisted['.']}")
        return [*files, *sorted(self._unlisted)]

    def read(self, path: str) -> bytes:
        if path in self._unlisted:
            raise Unreadable(f"the folder {path[:200]} can't be listed: {self._unlisted[path]}")
        try:
            file = (self._root / path).resolve()
            if not file.is_relative_to(self._root):
                raise Unreadable(f"{path[:200]} leads outside the folder that is read")
            if not file.is_file():
                is_there = file.exists()
                raise Unreadable(f"{path[:200]} {'is no file' if is_there else 'does not exist'}")
            if file.stat().st_size > LIMITS.file_bytes:
                raise Unreadable(f"{path[:200]} is larger than {LIMITS.file_bytes // 1024**2} MB")
            return file.read_bytes()
        except (OSError, ValueError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise Unreadable(f"{path[:200]} can't be read: {reason}") from None

    def match(self, pattern: str) -> list[str]:
        found = by_pattern(self._walk(), pattern)
        above = folder_of(pattern.partition("*")[0])
        return [*found, *sorted(path for path in self._unlisted if path.startswith(above))]

    def show(self, path: str) -> str:
        return self._shown if path == self._only else posixpath.join(self._shown, path)

    def repository(self, path: str) -> tuple[str, str]:
        return (self._origin, folder_of(path)) if self._origin else ("", "")

    def _walk(self) -> Iterator[str]:
        """Every YAML file below the root by its path, in order; hidden folders are left out."""
        count = 0
        for folder, folders, files in os.walk(self._root, onerror=self._note_unlisted):
            folders[:] = sorted(
                name for name in folders if name[0] != "." and name not in _SKIPPED_FOLDERS
            )
            inside = Path(folder).relative_to(self._root)
            for name in sorted(files):
                if not name.endswith(YAML_NAMES):
                    continue
                count += 1
                if count > MOST_FILES:
                    raise Unreadable(f"{self.title} has more than {MOST_FILES:,} YAML files")
                yield (inside / name).as_posix()

    def _note_unlisted(self, error: OSError) -> None:
        folder = Path(error.filename).relative_to(self._root).as_posix()
        self._unlisted[folder] = error.strerror or str(error)


def origin_of(root: Path, hosts: Collection[str]) -> str:
    """`owner/name` of the repository on one of `hosts` that a work tree was cloned from."""
    config = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        config.read(root / ".git" / "config")
        url = config.get('remote "origin"', "url", fallback="")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return ""
    if "://" not in url:  # git@github.com:acme/shop.git
        host, _, path = url.partition(":")
        return slug_of(path) if host.rpartition("@")[2] in hosts else ""
    parts = urlsplit(url)
    return slug_of(parts.path.strip("/")) if parts.hostname in hosts else ""
