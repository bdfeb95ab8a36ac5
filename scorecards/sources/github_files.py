"""The pass over file contents: which files a repository has, and the texts of a few.

It is a pass of its own, after the facts, and only over repositories that were pushed to: first
the listings of up to 25 repositories a call, then the texts of up to 25 repositories a call, so
that 1,000 unknown repositories cost 80 calls. Files over 1 MB are left out and named.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from portal.lib.github import Ask, GitHub, GitHubError, RepositoryAnswer, Slug
from portal.lib.github.replies import Listing, Text, read
from scorecards.sources import repository
from scorecards.sources.base import Reading

AT_ONCE = 25  # repositories a call
BYTES_AT_ONCE = 6 * 1024 * 1024  # of texts a call


@dataclass
class Folder:
    """What is known of one repository's files. `wanted` are the paths whose texts matter."""

    slug: Slug
    url: str
    sizes: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] | None = None
    wanted: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    is_listed: bool = False
    failure: str = ""

    @property
    def is_read(self) -> bool:
        return self.is_listed and not self.missing and not self.failure

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(path for path in self.wanted if path not in self.asked)

    def readings(self, now: datetime) -> dict[str, Reading]:
        files = repository.Files(
            sizes=self.sizes,
            texts=self.texts,
            languages=self.languages,
            is_complete=not any(_is_unlisted(path) for path in self.sizes),
        )
        return repository.read(files, at=now, link=self._link)

    def _link(self, path: str) -> str:
        return f"{self.url}/blob/HEAD/{quote(path)}"


def read_all(github: GitHub, folders: Iterable[Folder], note: Callable[[str], None]) -> None:
    """Fill every folder; a repository that can't be read gets its `failure`.

    Raises `Paused` and `GitHubError` like the client; folders filled until then stay filled.
    """
    by_key = {folder.slug.key: folder for folder in folders}
    unlisted = [folder for folder in by_key.values() if not folder.is_listed]
    for part in _parts(unlisted, lambda folder: 0):
        asks = [Ask(folder.slug, fragments=("Listing",)) for folder in part]
        for answer in github.ask("Listings", asks):
            take_listing(by_key[answer.ask.slug.key], answer, note)
    unread = [folder for folder in by_key.values() if folder.missing and not folder.failure]
    for part in _parts(unread, _weight):
        asks = [Ask(folder.slug, paths=folder.missing) for folder in part]
        for answer in github.ask("Texts", asks):
            take_texts(by_key[answer.ask.slug.key], answer)


def take_listing(folder: Folder, answer: RepositoryAnswer, note: Callable[[str], None]) -> None:
    """Take the fragment `Listing` out of an answer."""
    if answer.data is None:
        folder.failure = answer.failure()
        return
    hidden = answer.problem_at("tree")
    if hidden:
        folder.failure = f"GitHub does not list the files of {folder.slug}: {hidden}"
        return
    try:
        listing = read(Listing, answer.data)
    except GitHubError as error:
        folder.failure = error.message
        return
    folder.is_listed = True
    folder.sizes = listing.paths()
    if listing.languages is not None:
        folder.languages = {edge.node.name: edge.size for edge in listing.languages.edges}
    wanted = repository.wanted(folder.sizes, is_alone=False)
    folder.wanted = wanted.paths
    for path in wanted.too_large:
        note(f"{folder.slug}: {path} is larger than 1 MB and is not read.")


def take_texts(folder: Folder, answer: RepositoryAnswer) -> None:
    """Take the files out of an answer that asked for some."""
    if answer.data is None:
        folder.failure = answer.failure()
        return
    try:
        texts = answer.texts()
    except GitHubError as error:
        folder.failure = error.message
        return
    folder.asked.update(answer.ask.paths)
    for path, file in texts.items():
        if _is_readable(file):
            folder.texts[path] = file.text or ""


def _is_readable(file: Text) -> bool:
    return file.text is not None and not file.is_binary and file.byte_size <= repository.LARGEST


def _is_unlisted(path: str) -> bool:
    """A folder below the second level, whose content the listing does not show."""
    return path.endswith("/") and path.count("/") == 2 and not path.startswith(".github/")


def _weight(folder: Folder) -> int:
    return sum(folder.sizes.get(path, 0) for path in folder.missing)


def _parts(folders: Sequence[Folder], weight: Callable[[Folder], int]) -> Iterable[list[Folder]]:
    """Folders in parts of at most 25 and, unless one alone is heavier, 6 MB."""
    part: list[Folder] = []
    total = 0
    for folder in folders:
        if part and (len(part) == AT_ONCE or total + weight(folder) > BYTES_AT_ONCE):
            yield part
            part, total = [], 0
        part.append(folder)
        total += weight(folder)
    if part:
        yield part
