"""A thin client for GitHub: GraphQL about many repositories at once, REST lists by ETag.

    connection = Connection(outside, auth=TokenAuth(token), memory=memory)
    github = GitHub(connection, base_url="https://api.github.com")
    for answer in github.ask("Facts", [Ask(Slug("acme", "web"), fragments=("Facts",))]):
        ...

It keeps nothing itself: ETags, quotas and pauses are in the `Memory` that is passed in and shared
by all workers. A pause that GitHub asks for is recorded there; a short one is waited out, a long
one raises `Paused`. https://docs.github.com/en/graphql and https://docs.github.com/en/rest
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from portal.lib.github.connection import UNDERSTOOD, Connection
from portal.lib.github.errors import GitHubError, Refused, TooHeavy
from portal.lib.github.halving import halved
from portal.lib.github.memory import Page
from portal.lib.github.queries import REPOSITORIES, Ask, Query, Slug, repositories
from portal.lib.github.replies import (
    GraphQLProblem,
    ListedRepository,
    RepositoryPage,
    Text,
    Tree,
    WholeTree,
    read,
)
from portal.lib.http import Answer, Answered, OutsideError, TimedOut, TooLarge

BATCH = 50  # repositories in a query
PER_PAGE = 100
MOST_PAGES = 200
HEAVY = frozenset({502, 504})
BATCH_SECONDS = 25.0  # GitHub gives up after 10 itself; what takes longer is better halved
REST_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


@dataclass(frozen=True)
class RepositoryAnswer:
    """What GitHub said about one repository.

    `data` is None where it said nothing; `problems` then says why. Problems below the repository
    leave a null at their place and are kept with it.
    """

    ask: Ask
    data: Mapping[str, Any] | None
    problems: tuple[GraphQLProblem, ...] = ()
    error: GitHubError | None = None

    @property
    def is_gone(self) -> bool:
        """GitHub knows no such repository, or hides it from us, which it does not tell apart."""
        return self.data is None and any(p.type == "NOT_FOUND" for p in self.problems)

    def failure(self) -> str:
        """Why there is no data, as a sentence; empty where there is."""
        if self.error is not None:
            return self.error.message
        if self.data is not None:
            return ""
        if self.is_gone:
            return (
                f"GitHub has no repository {self.ask.slug}: it was deleted, it never existed, "
                "or the portal's sign-in may not see it."
            )
        reason = "; ".join(p.message for p in self.problems if p.message)
        return f"GitHub says nothing about {self.ask.slug}: {reason or 'it gives no reason'}"

    def problem_at(self, *path: str) -> str:
        """GitHub's words for the null at or above this place in the repository; empty if none."""
        for problem in self.problems:
            place = tuple(str(part) for part in problem.path[1:])
            if place and place == path[: len(place)]:
                return problem.message or problem.type
        return ""

    def texts(self) -> dict[str, Text]:
        """The files asked for that exist, by path."""
        found: dict[str, Text] = {}
        for j, path in enumerate(self.ask.paths):
            value = (self.data or {}).get(f"t{j}")
            if value:
                found[path] = read(Text, value)
        return found

    def folders(self) -> dict[str, Tree]:
        """The folders asked for that exist, by path."""
        found: dict[str, Tree] = {}
        for j, path in enumerate(self.ask.folders):
            value = (self.data or {}).get(f"d{j}")
            if value:
                found[path] = read(Tree, value)
        return found


@dataclass(frozen=True)
class Rows:
    """An organisation's list, cut down to rows. `seen_at` is when GitHub last confirmed all."""

    rows: list[Any] = field(default_factory=list)
    seen_at: datetime | None = None
    is_cut: bool = False


class GitHub:
    """One sign-in on one GitHub, whose REST API is at `base_url`."""

    def __init__(self, connection: Connection, *, base_url: str) -> None:
        self._connection = connection
        self._memory = connection.memory
        self._base_url = base_url.rstrip("/")

    def __enter__(self) -> "GitHub":
        return self

    def __exit__(self, *exc: object) -> None:
        self._connection.close()

    # -- GraphQL --------------------------------------------------------------------------------

    def ask(self, name: str, asks: Sequence[Ask]) -> Iterator[RepositoryAnswer]:
        """Ask about repositories in one call; a part that is too heavy is halved.

        Yields an answer for each, in no fixed order. Raises `Paused` and `GitHubError` where
        GitHub can't be asked at all.
        """
        is_patient = len(asks) == 1

        def ask_part(part: Sequence[Ask]) -> tuple[Mapping[str, Any], list[GraphQLProblem]]:
            heavy = f"the answer about {_names(part)}"
            return self._graphql(repositories(name, part), heavy=heavy, is_patient=is_patient)

        for part, result in halved(asks, ask_part):
            if isinstance(result, TooHeavy):
                yield from (RepositoryAnswer(ask, None, error=result) for ask in part)
                continue
            data, problems = result
            for i, ask in enumerate(part):
                mine = tuple(p for p in problems if p.path[:1] == [f"r{i}"])
                yield RepositoryAnswer(ask, data.get(f"r{i}"), mine)

    def _graphql(
        self, query: Query, *, heavy: str, is_patient: bool = True
    ) -> tuple[Mapping[str, Any], list[GraphQLProblem]]:
        """One GraphQL call. A patient one is repeated where GitHub took too long; a query about
        many is not, since halving it helps more, and it is not held against GitHub.
        """
        try:
            answer = self._connection.send(
                "graphql",
                "POST",
                graphql_url(self._base_url),
                json={"query": query.text, "variables": dict(query.variables)},
                accept=UNDERSTOOD if is_patient else UNDERSTOOD | HEAVY,
                total=None if is_patient else BATCH_SECONDS,
            )
        except (TimedOut, TooLarge) as error:
            raise TooHeavy(f"GitHub could not compute {heavy}: {error.message}") from error
        except Answered as error:
            raise _failed(error) from error
        if answer.status in HEAVY:
            raise TooHeavy(
                f"GitHub answered {answer.status}: it could not compute {heavy} in time."
            )
        if answer.status != 200:
            raise _refused(answer)
        return self._read_graphql(answer, heavy)

    def _read_graphql(
        self, answer: Answer, heavy: str
    ) -> tuple[Mapping[str, Any], list[GraphQLProblem]]:
        body = _json(answer)
        if not isinstance(body, dict):
            raise GitHubError("GitHub's GraphQL answer is no object.")
        problems = [
            read(GraphQLProblem, item)
            for item in body.get("errors") or []
            if isinstance(item, dict)
        ]
        data = body.get("data")
        if not isinstance(data, dict):
            reason = "; ".join(p.message for p in problems) or "it gives no reason"
            if not problems or any(_is_overload(p) for p in problems):
                raise TooHeavy(f"GitHub could not compute {heavy}: {reason}")
            raise GitHubError(f"GitHub refuses the query: {reason}")
        self._connection.account("graphql", answer, data.get("rateLimit"))
        return data, problems

    # -- discovery ------------------------------------------------------------------------------

    def list_repositories(self, login: str) -> Iterator[ListedRepository]:
        """Every repository that an organisation or a person owns and the sign-in may see."""
        after: str | None = None
        while True:
            data, problems = self._graphql(
                Query(REPOSITORIES, {"login": login, "after": after}),
                heavy=f"the list of {login}'s repositories",
            )
            owner = data.get("repositoryOwner")
            if not isinstance(owner, dict):
                reason = "; ".join(p.message for p in problems)
                raise Refused(f"GitHub knows no organisation {login}. {reason}".strip(), status=404)
            page = read(RepositoryPage, owner.get("repositories") or {})
            yield from page.nodes
            after = page.page_info.end_cursor
            if not page.page_info.has_next_page or not after:
                return

    def read_files(
        self, slugs: Sequence[Slug], path: str
    ) -> Iterator[tuple[Slug, Text | None, str]]:
        """The file at one path of many repositories, 50 a call: (repository, file, failure).

        The file is None where there is none; then the failure tells whether that is certain.
        """
        for start in range(0, len(slugs), BATCH):
            asks = [Ask(slug, paths=(path,)) for slug in slugs[start : start + BATCH]]
            for answer in self.ask("ReadFiles", asks):
                yield answer.ask.slug, answer.texts().get(path), answer.failure()

    def read_file(self, owner: str, name: str, path: str) -> Text | None:
        """One file, or None where there is none; raises `Refused` for a missing repository."""
        for _, text, failure in self.read_files([Slug(owner, name)], path):
            if failure:
                raise Refused(failure, status=404)
            return text
        return None

    # -- REST -----------------------------------------------------------------------------------

    def rows(
        self,
        path: str,
        *,
        row: Callable[[Any], Any],
        params: Mapping[str, str | int] | None = None,
        fresh_since: datetime | None = None,
    ) -> Rows:
        """A whole list, page by page, each asked for by its ETag: unchanged pages cost nothing.

        `row` cuts an item down to what is kept (None drops it). With `fresh_since`, pages that
        were confirmed since then are not asked for at all. Raises `Refused` for 403, 404, 410.
        """
        url = f"{self._base_url}{path}?" + "&".join(
            f"{key}={value}" for key, value in {**(params or {}), "per_page": PER_PAGE}.items()
        )
        found: list[Any] = []
        oldest: datetime | None = None

        def cut(answer: Answer) -> tuple[list[Any], str]:
            items = _json(answer)
            if not isinstance(items, list):
                raise GitHubError("GitHub's list is no list.")
            next_url = self._below(next_link(answer.headers.get("link", "")))
            return [kept for kept in map(row, items) if kept is not None], next_url

        for _ in range(MOST_PAGES):
            page = self._page(url, url, cut, fresh_since)
            found += page.rows
            oldest = page.seen_at if oldest is None else min(oldest, page.seen_at)
            if not page.next_url:
                return Rows(found, oldest)
            url = page.next_url
        return Rows(found, oldest, is_cut=True)

    def tree(self, slug: Slug, *, ref: str = "HEAD", endings: tuple[str, ...]) -> list[str]:
        """The paths of all files at a branch, tag or commit that end so, with one call.

        An unchanged tree costs nothing. Links and submodules are left out. Raises `TooHeavy`
        where GitHub lists only a part of it (it ends at 100,000 entries or 7 MB), and `Refused`.
        https://docs.github.com/en/rest/git/trees#get-a-tree
        """
        place = f"/repos/{quote(slug.owner, safe='')}/{quote(slug.name, safe='')}/git/trees/"
        url = f"{self._base_url}{place}{quote(ref, safe='')}?recursive=1"

        def cut(answer: Answer) -> tuple[list[Any], str]:
            tree = read(WholeTree, _json(answer))
            if tree.truncated:
                raise TooHeavy(f"{slug} has more files than GitHub lists at once.")
            return [path for path in tree.files() if path.endswith(endings)], ""

        return self._page(f"{url} {' '.join(endings)}", url, cut, None).rows

    def _page(
        self,
        key: str,
        url: str,
        cut: Callable[[Answer], tuple[list[Any], str]],
        fresh_since: datetime | None,
    ) -> Page:
        """One page, kept under `key`; `cut` answers its rows and the next page's address."""
        known = self._memory.recall(key)
        if known is not None and fresh_since is not None and known.seen_at >= fresh_since:
            return known
        headers = {**REST_HEADERS, **({"If-None-Match": known.etag} if known else {})}
        try:
            answer = self._connection.send("core", "GET", url, headers=headers)
        except OutsideError as error:
            raise GitHubError(error.message) from error
        now = self._connection.now()
        if answer.status == 304 and known is not None:
            self._memory.touch(key, now)
            return Page(etag=known.etag, rows=known.rows, next_url=known.next_url, seen_at=now)
        self._connection.account("core", answer, None)
        if answer.status != 200:
            raise _refused(answer)
        rows, next_url = cut(answer)
        page = Page(etag=answer.headers.get("etag", ""), rows=rows, next_url=next_url, seen_at=now)
        if page.etag:
            self._memory.remember(key, page)
        return page

    def _below(self, url: str) -> str:
        """The next page's address, which must be GitHub's own: the sign-in goes along."""
        if url and not url.startswith(f"{self._base_url}/"):
            raise GitHubError("GitHub's list goes on at another server, which is not followed.")
        return url


def graphql_url(base_url: str) -> str:
    """Where GraphQL is: beside the REST API, which on GitHub Enterprise Server is `/api/v3`."""
    base_url = base_url.rstrip("/")
    if base_url.endswith("/api/v3"):
        return base_url.removesuffix("/v3") + "/graphql"
    return f"{base_url}/graphql"


def next_link(header: str) -> str:
    """The address of the next page in a Link header; empty on the last page."""
    for part in header.split(","):
        address, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return address.strip().removeprefix("<").removesuffix(">")
    return ""


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except OutsideError as error:
        raise GitHubError(error.message) from error


def _failed(error: Answered) -> GitHubError:
    return TooHeavy(error.message) if error.status in HEAVY else GitHubError(error.message)


def _refused(answer: Answer) -> Refused:
    try:
        said = str(answer.json().get("message", ""))
    except (OutsideError, AttributeError):
        said = ""
    message = f"GitHub answered {answer.status}{f': {said[:200]}' if said else '.'}"
    return Refused(message, status=answer.status)


def _is_overload(problem: GraphQLProblem) -> bool:
    """Errors that a smaller query does not have."""
    words = problem.message.lower()
    return problem.type in {"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED"} or any(
        sign in words
        for sign in ("something went wrong", "timeout", "timed out", "couldn't respond")
    )


def _names(part: Sequence[Ask]) -> str:
    return str(part[0].slug) if len(part) == 1 else f"{len(part)} repositories"
