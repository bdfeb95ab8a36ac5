"""Asking about many things at once, and finding the one that breaks the question."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from portal.lib.github.errors import TooHeavy

I = TypeVar("I")  # noqa: E741 an item
R = TypeVar("R")

GIVE_UP_AFTER = 8


def halved(
    items: Sequence[I], ask: Callable[[Sequence[I]], R]
) -> Iterator[tuple[Sequence[I], R | TooHeavy]]:
    """Ask about `items` as one; a part that is too heavy is halved until single items remain.

    Yields each part with its answer, and each single item that is too heavy with the error.
    Parts are taken breadth first, so that one bad item never makes a long row of failures. After
    eight in a row without any answer GitHub itself is at fault: what is left fails unasked.
    """
    parts: deque[Sequence[I]] = deque([items] if items else [])
    failures = 0
    while parts:
        part = parts.popleft()
        try:
            answer = ask(part)
        except TooHeavy as error:
            failures += 1
            if len(part) == 1:
                yield part, error
            elif failures >= GIVE_UP_AFTER:
                yield part, error
                yield from ((rest, error) for rest in parts)
                return
            else:
                middle = len(part) // 2
                parts += [part[:middle], part[middle:]]
        else:
            failures = 0
            yield part, answer
