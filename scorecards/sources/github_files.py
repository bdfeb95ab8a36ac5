"""The pass over file contents: which files a repository has, and the texts of a few.

It is a pass of its own, after the facts, and only over repositories that were pushed to: first
the listings of up to 25 repositories a call, then the texts of up to 25 repositories a call, so
that 1,000 unknown repositories cost 80 calls, and at most 120 where their lock files are large.
Files over 1 MB are left out and named.
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
PARTS_AT_ONCE = 50  # folders of one repository a call
BYTES_AT_ONCE = 6 * 1024 * 1024  # of texts a call


@dataclass
class Folder:
    """What is known of one repository's files. `wanted` are the paths whose texts matter.

    `parts` are the folders in which services live; each is listed like the root, two levels deep.
    """

    slug: Slug
    url: str
    parts: tuple[str, ...] = ()
    sizes_of: dict[str, Mapping[str, int]] = field(default_factory=dict)  # by part
    sizes: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] | None = None
    wanted: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    is_listed: bool = False
    failure: str = ""

    @property
    def is_read(self) -> bool:
        return not (self.missing or self.failure or self.needs_listing)

    @property
    def all_sizes(self) -> dict[str, int]:
        """What is listed of the root and of all parts."""
        found = dict(self.sizes)
        for sizes in self.sizes_of.values():
            found |= sizes
        return found

    @property
    def needs_listing(self) -> bool:
        return not self.is_listed or bool(self.unlisted)

    @property
    def unlisted(self) -> tuple[str, ...]:
        """The parts that are listed next."""
        return tuple(part for part in self.parts if part not in self.sizes_of)[:PARTS_AT_ONCE]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(path for path in self.wanted if path not in self.asked)

    def readings(self, now: datetime, part: str = "") -> dict[str, Reading]:
        """What is told of a service that lives in a part, or at the root."""
        shown = self.sizes_of[part] if part else self.sizes
        files = repository.Files(
            sizes={**self.sizes, **shown},
            texts=self.texts,
            languages=self.languages,
            is_complete=not any(_is_unlisted(path, part) for path in shown),
            folder=part,
        )
        return repository.read(files, at=now, link=self._link)

    def _link(self, path: str) -> str:
        return f"{self.url}/blob/HEAD/{quote(path)}"


def read_all(github: GitHub, folders: Iterable[Folder], note: Callable[[str], None]) -> None:
    """Fill every folder; a repository that can't be read gets its `failure`.

    Raises `Paused` and `GitHubError` like the client; folders filled until then stay filled.
    """
    by_key = {folder.slug.key: folder for folder in folders}
    while unlisted := [
        folder for folder in by_key.values() if folder.needs_listing and not folder.failure
    ]:
        for part in _parts(unlisted, lambda folder: 0):
            for answer in github.ask("Listings", [listing_of(folder) for folder in part]):
                take_listing(by_key[answer.ask.slug.key], answer, note)
    unread = [folder for folder in by_key.values() if folder.missing and not folder.failure]
    for part in _parts(unread, _weight):
        asks = [Ask(folder.slug, paths=folder.missing) for folder in part]
        for answer in github.ask("Texts", asks):
            take_texts(by_key[answer.ask.slug.key], answer)


def listing_of(folder: Folder) -> Ask:
    """The question for what is not listed yet of a repository."""
    fragments = () if folder.is_listed else ("Listing",)
    return Ask(folder.slug, fragments=fragments, folders=folder.unlisted)


def take_listing(folder: Folder, answer: RepositoryAnswer, note: Callable[[str], None]) -> None:
    """Take the fragment `Listing` and the parts out of an answer that asked for some."""
    if answer.data is None:
        folder.failure = answer.failure()
        return
    places = ("tree", *(f"d{j}" for j, _ in enumerate(answer.ask.folders)))
    hidden = next(filter(None, map(answer.problem_at, places)), "")
    if hidden:
        folder.failure = f"GitHub does not list the files of {folder.slug}: {hidden}"
        return
    try:
        listing = read(Listing, answer.data) if "Listing" in answer.ask.fragments else None
        trees = answer.folders()
    except GitHubError as error:
        folder.failure = error.message
        return
    if listing is not None:
        folder.is_listed = True
        folder.sizes = listing.paths()
        if listing.languages is not None:
            folder.languages = {edge.node.name: edge.size for edge in listing.languages.edges}
    for part in answer.ask.folders:
        folder.sizes_of[part] = trees[part].paths(f"{part}/") if part in trees else {}
    if folder.needs_listing:
        return
    wanted = repository.wanted(folder.all_sizes, is_alone=False, folders=folder.parts)
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


def _is_unlisted(path: str, part: str) -> bool:
    """A folder below the second level of a part, whose content the listing does not show."""
    inside = path.removeprefix(f"{part}/")
    return inside.endswith("/") and inside.count("/") == 2 and not path.startswith(".github/")


def _weight(folder: Folder) -> int:
    sizes = folder.all_sizes
    return sum(sizes.get(path, 0) for path in folder.missing)


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
