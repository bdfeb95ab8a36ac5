"""Catalogue files that lie elsewhere: at an address, or in repositories on GitHub."""

import posixpath
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from urllib.parse import quote, unquote, urljoin, urlsplit

from portal.catalog.importers.places import folder_of
from portal.catalog.importers.problems import Unreadable
from portal.catalog.importers.reading import location_repository
from portal.catalog.importers.repositories import RepositoryFiles, Tree, content_of
from portal.catalog.models import SourceKind
from portal.jobs.outside import outside
from portal.lib.github import Ask, GitHub, GitHubError, Slug
from portal.lib.github.replies import Text
from portal.lib.guard import AddressGuard
from portal.lib.http import Limits, OutsideError

MOST_FETCHES = 500  # addresses an import asks
_LIMITS = Limits(total=30.0, answer_bytes=2 * 1024 * 1024)
_BATCH = 50  # repositories a question
_NAMES = ("catalog-info.yaml", "catalog-info.yml")
_GITHUB_FILE = re.compile(r"/([^/]+)/([^/]+)/(?:blob|raw|tree)/(.+)")


class Addresses:
    """Reads addresses through the guard; those of a repository that was listed for a pattern
    through the connection to GitHub, which sees private ones too."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        github_hosts: Collection[str] = (),
        repositories: RepositoryFiles | None = None,
    ) -> None:
        self._guard = guard
        self._hosts = github_hosts
        self._repositories = repositories
        self._count = 0

    def read(self, address: str) -> bytes:
        """The content at an address. Raises `Unreadable`."""
        at = self._on_github(address)
        if at is not None and self._repositories and self._repositories.has_listed(at[0]):
            return self._repositories.read(*at)
        self._count += 1
        if self._count > MOST_FETCHES:
            raise Unreadable(f"an import follows at most {MOST_FETCHES} addresses")
        url = raw_address(address)
        name = f"catalogue {urlsplit(url).hostname or 'address'}"[:100]
        try:
            with outside(name, guard=self._guard, limits=_LIMITS) as service:
                return service.request("GET", url).content
        except OutsideError as error:
            raise Unreadable(f"{address[:200]} can't be read: {error.message}") from None

    def match(self, pattern: str) -> list[str]:
        """The addresses of the files that a pattern on GitHub names. Raises `Unreadable`."""
        at = self._on_github(pattern)
        if at is None:
            raise Unreadable(
                f"{pattern[:200]} is a pattern, which is followed in repositories of "
                f"{' or '.join(sorted(self._hosts)) or 'GitHub'} only"
            )
        if self._repositories is None:
            raise Unreadable(
                f"{pattern[:200]} is a pattern, which is followed only where GitHub is connected: "
                "set GITHUB_TOKEN, or the three GITHUB_APP_… variables"
            )
        tree, path = at
        base = urljoin(pattern, f"/{quote(str(tree.slug))}/blob/{quote(tree.ref)}")
        return [f"{base}/{quote(found)}" for found in self._repositories.match(tree, path)]

    def repository(self, address: str) -> tuple[str, str]:
        """The repository an address lies in and its folder in there, or two empty texts."""
        return location_repository(address, self._hosts)

    def _on_github(self, address: str) -> tuple[Tree, str] | None:
        """The repository, at the branch that the address names, and the path in it."""
        parts = urlsplit(address)
        match = _GITHUB_FILE.fullmatch(parts.path) if parts.hostname in self._hosts else None
        if match is None:
            return None
        owner, name, rest = match.groups()
        ref, _, path = rest.partition("/")
        return Tree(Slug(owner, name), unquote(ref)), unquote(path)


def raw_address(address: str) -> str:
    """Where the text itself is of a file that GitHub shows on a page."""
    parts = urlsplit(address)
    match = _GITHUB_FILE.fullmatch(parts.path) if parts.hostname == "github.com" else None
    if match is None:
        return address
    owner, name, rest = match.groups()
    return f"https://raw.githubusercontent.com/{owner}/{name}/{rest}"


class AddressPlace:
    """One file at an address. Its Locations are relative to the address."""

    kind = SourceKind.ADDRESS

    def __init__(self, address: str) -> None:
        self._address = address
        self.key = f"{self.kind.value}:{address}"[:500]
        self.title = address

    def start(self) -> list[str]:
        return [self._address]

    def read(self, path: str) -> bytes:
        raise Unreadable(f"{path[:200]} is no address")

    def match(self, pattern: str) -> list[str]:
        return []

    def show(self, path: str) -> str:
        return path or self._address

    def repository(self, path: str) -> tuple[str, str]:
        return "", ""


class GitHubPlace:
    """The `catalog-info.yaml` at the root of every repository of an owner, or of one repository.

    Paths are `owner/repository/path`. Archived and empty repositories are left out. A repository
    that GitHub says nothing about is one file that can't be read.
    """

    kind = SourceKind.GITHUB

    def __init__(self, connect: Callable[[], GitHub], owner: str, repository: str = "") -> None:
        self._connect = connect
        self._files = RepositoryFiles(connect)
        self._owner = owner
        self._repository = repository
        self._texts: dict[str, Text] = {}
        self._failures: dict[str, str] = {}
        name = f"{owner}/{repository}" if repository else owner
        self.key = f"{self.kind.value}:{name.lower()}"
        self.title = f"GitHub {name}"

    def start(self) -> list[str]:
        try:
            with self._connect() as github:
                slugs = self._slugs(github)
                for begin in range(0, len(slugs), _BATCH):
                    asks = [Ask(slug, paths=_NAMES) for slug in slugs[begin : begin + _BATCH]]
                    for answer in github.ask("Catalogue", asks):
                        self._take(answer.ask.slug, answer.texts(), answer.failure())
        except GitHubError as error:
            raise Unreadable(error.message.rstrip(".")) from None
        return sorted([*self._texts, *self._failures])

    def _slugs(self, github: GitHub) -> Sequence[Slug]:
        if self._repository:
            return [Slug(self._owner, self._repository)]
        return [
            Slug(*repository.name_with_owner.split("/", 1))
            for repository in github.list_repositories(self._owner)
            if not repository.is_archived and not repository.is_empty
        ]

    def _take(self, slug: Slug, texts: Mapping[str, Text], failure: str) -> None:
        if failure:
            self._failures[f"{slug}/{_NAMES[0]}"] = failure
            return
        for name in _NAMES:
            if name in texts:
                self._texts[f"{slug}/{name}"] = texts[name]
                return

    def read(self, path: str) -> bytes:
        if path in self._failures:
            raise Unreadable(self._failures[path].rstrip("."))
        text = self._texts.pop(path, None)
        if text is not None:
            return content_of(text, path[:200])
        slug, inside = self._inside(path)
        return self._files.read(Tree(slug), inside)

    def match(self, pattern: str) -> list[str]:
        slug, inside = self._inside(pattern)
        return [f"{slug}/{path}" for path in self._files.match(Tree(slug), inside)]

    def _inside(self, path: str) -> tuple[Slug, str]:
        """The repository of a path and the path in it; a pattern may not choose repositories."""
        owner, name, inside = (*path.split("/", 2), "", "")[:3]
        if not inside or "*" in owner + name:
            raise Unreadable(f"{path[:200]} names no file in a repository")
        return Slug(owner, name), inside

    def show(self, path: str) -> str:
        return path or self.title

    def repository(self, path: str) -> tuple[str, str]:
        slug = "/".join(path.split("/")[:2])
        return slug, folder_of(posixpath.relpath(path, slug))
