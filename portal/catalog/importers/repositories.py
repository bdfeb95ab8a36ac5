"""Files of repositories on GitHub: those that fit a pattern, and their contents.

One reader serves one import: it lists a repository at most once, with one call, and reads what a
pattern found fifty files a call.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from portal.catalog.importers.places import MOST_FILES, YAML_NAMES, by_pattern, is_listed
from portal.catalog.importers.problems import Unreadable
from portal.lib.github import Ask, GitHub, GitHubError, RepositoryAnswer, Slug
from portal.lib.github.errors import TooHeavy
from portal.lib.github.replies import Text

MOST_TREES = 100  # repositories that an import lists for patterns
MOST_DEEP = 20  # folders above a file that a pattern finds
_BATCH = 50  # files a question


@dataclass(frozen=True, slots=True)
class Tree:
    """A repository at a branch, tag or commit."""

    slug: Slug
    ref: str = "HEAD"


class RepositoryFiles:
    """Reads through the portal's connection to GitHub. Every error is an `Unreadable`."""

    def __init__(self, connect: Callable[[], GitHub]) -> None:
        self._connect = connect
        self._listed: dict[Tree, list[str]] = {}
        self._found: dict[Tree, dict[str, None]] = {}  # by patterns, and not yet read
        self._texts: dict[tuple[Tree, str], Text] = {}

    def has_listed(self, tree: Tree) -> bool:
        return tree in self._listed

    def match(self, tree: Tree, pattern: str) -> list[str]:
        """The paths that fit a pattern, in order, by the rules for folders on disk."""
        if tree not in self._listed:
            self._listed[tree] = self._list(tree)
        paths = by_pattern(self._listed[tree], pattern)
        self._found.setdefault(tree, {}).update(dict.fromkeys(paths))
        return paths

    def read(self, tree: Tree, path: str) -> bytes:
        """A file's content; with it come the next ones that a pattern found."""
        if (tree, path) not in self._texts:
            self._ask(tree, path)
        text = self._texts.pop((tree, path), None)
        shown = f"{tree.slug}/{path}"[:200]
        if text is None:
            raise Unreadable(f"{shown} does not exist")
        return content_of(text, shown)

    def _list(self, tree: Tree) -> list[str]:
        if len(self._listed) >= MOST_TREES:
            raise Unreadable(f"an import lists at most {MOST_TREES} repositories for patterns")
        try:
            with self._connect() as github:
                paths = github.tree(tree.slug, ref=tree.ref, endings=YAML_NAMES)
        except TooHeavy as error:
            raise Unreadable(
                f"{error.message.rstrip('.')}, so no pattern is followed in it; name the files, "
                "or import a checkout"
            ) from None
        except GitHubError as error:
            raise Unreadable(
                f"the files of {tree.slug} can't be listed: {error.message.rstrip('.')}"
            ) from None
        if len(paths) > MOST_FILES:
            raise Unreadable(f"{tree.slug} has more than {MOST_FILES:,} YAML files")
        return [path for path in paths if is_listed(path) and path.count("/") <= MOST_DEEP]

    def _ask(self, tree: Tree, path: str) -> None:
        waiting = self._found.get(tree, {})
        waiting.pop(path, None)
        answer = self._answer(tree, (path, *islice(waiting, _BATCH - 1)))
        if answer.error is not None:  # too heavy, or too much at once
            answer = self._answer(tree, (path,))
        if answer.data is None:
            raise Unreadable(answer.failure().rstrip("."))
        for name in answer.ask.paths:
            waiting.pop(name, None)
        self._texts |= {(tree, name): text for name, text in answer.texts().items()}

    def _answer(self, tree: Tree, paths: tuple[str, ...]) -> RepositoryAnswer:
        ask = Ask(tree.slug, paths=paths, ref=tree.ref)
        try:
            with self._connect() as github:
                (answer,) = github.ask("ReadFiles", [ask])
        except GitHubError as error:
            raise Unreadable(error.message.rstrip(".")) from None
        return answer


def content_of(text: Text, shown: str) -> bytes:
    """What GitHub handed out of a file. Raises `Unreadable` where that is not the whole text."""
    if text.is_truncated or text.is_binary or text.text is None:
        raise Unreadable(f"{shown} is no text, or too large for GitHub to hand it out")
    return text.text.encode()
