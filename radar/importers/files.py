"""From what a person names to the texts of one format: a file, a folder, a checkout, a bare
repository, an address, or pasted text."""

import os
import posixpath
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.catalog.importers.gather import Fetch
from portal.catalog.importers.mirrors import MirrorPlace
from portal.catalog.importers.places import FolderPlace, Place
from portal.catalog.importers.problems import Problem, Unreadable, WrongCall
from portal.catalog.importers.remote import AddressPlace
from portal.catalog.importers.sources import place_of
from portal.shell.words import count_words
from radar.importers import aoe, zalando
from radar.importers.archives import unpack, unpack_text
from radar.importers.bundle import Beside, Bundle, nothing_beside
from radar.importers.formats import FORMATS, SUFFIXES, guess
from radar.importers.texts import decode
from radar.importers.versions import Version, versions_of

MOST_FILES = 20_000
MOST_LISTED = 50_000
MOST_BYTES = 128 * 1024 * 1024  # of all files together
_SKIPPED_FOLDERS = frozenset({"node_modules", "vendor", "__pycache__"})
_MARKDOWN = (".md", ".mdx")


@dataclass
class Source:
    """Where texts come from: `paths` in order, `read` one of them.

    `root` is the folder or bare repository on this machine, where it is one; `has_folder` says of
    another source that there are files beside each other.
    """

    title: str
    paths: list[str]
    read: Callable[[str], bytes]
    show: Callable[[str], str] = str
    is_single: bool = False
    root: Path | None = None
    has_folder: bool = False

    @property
    def beside(self) -> Beside:
        return self._beside if self.root is not None or self.has_folder else nothing_beside

    def _beside(self, path: str) -> str | None:
        try:
            return decode(self.read(path))[0]
        except Unreadable:
            return None


@dataclass
class Found:
    """The texts of a source that have one format, and what is to be said of the others.

    `versions` are those of the one file there is, oldest first, where they were asked for.
    """

    bundle: Bundle | None = None
    versions: list[Version] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def source_of(named: str, *, fetch: Fetch | None = None) -> Source:
    """The source that a path or an address names. Raises `WrongCall` with a sentence."""
    if named.startswith("github:"):
        raise WrongCall(
            "A radar is read from a file, a folder, a checkout or an address; name one of these "
            f"instead of {named[:200]}."
        )
    place = place_of(named)
    if isinstance(place, MirrorPlace):
        return _of_mirror(place, named)
    if isinstance(place, FolderPlace):
        path = Path(named).expanduser()
        return _of_file(path, named) if path.is_file() else _of_folder(place, path, named)
    if isinstance(place, AddressPlace) and fetch is not None:
        return Source(named, [named], fetch.read, is_single=True)
    raise WrongCall(f"{named[:200]} is no file, no folder and no address of a file.")


def source_of_text(text: str, name: str = "") -> Source:
    """Text that was pasted, or of an uploaded file, or of the files of an uploaded ZIP."""
    files = unpack_text(text)
    if files is not None:
        return _of_files(files, name)
    data = text.encode()
    return Source(name or "Pasted text", [name or "pasted"], lambda path: data, is_single=True)


def find(source: Source, *, chosen: str = "", history: bool = False) -> Found:
    """The texts of one format: the chosen one, else the one that most files have.

    Raises `Unreadable` where the whole can't be read, `WrongCall` where there is no history.
    """
    found = Found()
    texts: dict[str, str] = {}
    formats: dict[str, str] = {}
    for path, text in _texts(source, found.problems):
        format_ = guess(posixpath.basename(path) if source.is_single else path, text)
        if source.is_single and chosen:
            format_ = chosen
        if format_:
            texts[path], formats[path] = text, format_
    if not texts:
        raise Unreadable(
            "it is in none of the formats that are known"
            if source.is_single
            else "no file in it is in one of the formats that are known"
        )
    key = chosen or _most(formats.values())
    files = {path: text for path, text in texts.items() if formats[path] == key}
    if not files:
        raise Unreadable(f"no file in it is in the format {key}")
    if key == "aoe":
        files = _one_root(files, source, found.problems)
    elif key == "zalando":
        files = zalando.without_pages(files)
    _tell_others(formats.values(), key, source, found.problems)
    found.bundle = Bundle(key, files, source.show, source.beside)
    if history:
        found.versions = _versions(source, list(files))
    return found


def _of_files(files: Mapping[str, bytes], named: str) -> Source:
    """Files that are in memory."""

    def read(path: str) -> bytes:
        if path not in files:
            raise Unreadable(f"{path[:200]} is not in {named}")
        return files[path]

    return Source(named, list(files), read, has_folder=True)


def _of_file(path: Path, named: str) -> Source:
    if path.suffix.lower() == ".zip":
        try:
            return _of_files(unpack(path.read_bytes()), named)
        except (OSError, Unreadable) as error:
            raise WrongCall(f"{named[:200]} can't be read: {error}.") from None
    place = FolderPlace(path.parent, shown=named, only=path.name)
    return Source(named, [path.name], place.read, place.show, is_single=True, root=path.parent)


def _of_folder(place: Place, path: Path, named: str) -> Source:
    return Source(named, list(_walk(path)), place.read, place.show, root=path)


def _of_mirror(place: MirrorPlace, named: str) -> Source:
    try:
        place.start()
        paths = [path for path in place.match("**") if path.endswith(SUFFIXES)]
    except Unreadable as error:
        raise WrongCall(f"{named[:200]} can't be read: {error}.") from None
    return Source(named, paths, place.read, place.show, root=Path(named).expanduser())


def _walk(root: Path) -> Iterator[str]:
    """Every file with a known ending below the root, in order; hidden folders are left out."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name for name in folders if name[0] != "." and name not in _SKIPPED_FOLDERS
        )
        inside = Path(folder).relative_to(root)
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES):
                yield (inside / name).as_posix()


def _texts(source: Source, problems: list[Problem]) -> Iterator[tuple[str, str]]:
    """Path and text of every file that may be of a radar; what can't be read is a problem."""
    if len(source.paths) > MOST_LISTED:
        raise Unreadable(f"it has more than {MOST_LISTED:,} files; name the folder of the radar")
    paths = [
        path
        for path in source.paths
        if source.is_single or not path.endswith(_MARKDOWN) or aoe.PATH.fullmatch(path)
    ]
    if len(paths) > MOST_FILES:
        raise Unreadable(f"it has more than {MOST_FILES:,} files; name the folder of the radar")
    size = 0
    for path in paths:
        try:
            data = source.read(path)
        except Unreadable as error:
            if source.is_single:
                raise
            problems.append(Problem(source.show(path), 1, "unreadable", f"{error}."))
            continue
        size += len(data)
        if size > MOST_BYTES:
            raise Unreadable(f"its files are larger than {MOST_BYTES // 1024**2} MB together")
        text, is_utf8 = decode(data)
        if not is_utf8 and guess(path, text):
            message = "The file is not in UTF-8; it was read as Windows-1252."
            problems.append(Problem(source.show(path), 1, "encoding", message, refused=False))
        yield path, text


def _most(formats: Collection[str]) -> str:
    counted = Counter(formats)
    order = list(FORMATS)
    return max(counted, key=lambda key: (counted[key], -order.index(key)))


def _one_root(files: Mapping[str, str], source: Source, problems: list[Problem]) -> dict[str, str]:
    """The files of the folder that most dated folders are in."""
    counted = aoe.roots(list(files))
    if not counted:
        raise Unreadable(
            "in the format aoe there are folders such as 2026-11-24 with files in them"
        )
    root = max(counted, key=lambda name: (counted[name], -len(name)))
    for other in sorted(set(counted) - {root}):
        message = f"Its {counted[other]} files are another radar; name that folder to read them."
        problems.append(Problem(source.show(other), 1, "other-radar", message, refused=False))
    return {
        path: text
        for path, text in files.items()
        if (aoe.PATH.fullmatch(path) or [""])[1] == (root or None)
    }


def _tell_others(
    formats: Collection[str], key: str, source: Source, problems: list[Problem]
) -> None:
    for other, count in sorted(Counter(formats).items()):
        if other != key:
            files = count_words(count, "file")
            message = f"Not read: {files} in the format {other}; name the format to read them."
            problems.append(Problem(source.title, 1, "other-format", message, refused=False))


def _versions(source: Source, paths: list[str]) -> list[Version]:
    if source.root is None:
        raise WrongCall("Only files in a Git repository on this machine have a history.")
    if len(paths) != 1:
        raise WrongCall(f"The history of one file can be read; {source.title} has {len(paths)}.")
    return versions_of(source.root, paths[0])
