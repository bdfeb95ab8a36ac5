"""The tree of teams as plain ids: who is below whom."""

from collections import defaultdict
from collections.abc import Iterable, Mapping


def with_descendants(roots: Iterable[int], parents: Mapping[int, int | None]) -> frozenset[int]:
    """`roots` and every team below them; a circle of parents is walked once."""
    below: dict[int, list[int]] = defaultdict(list)
    for team, parent in parents.items():
        if parent is not None:
            below[parent].append(team)
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        team = waiting.pop()
        if team not in found:
            found.add(team)
            waiting.extend(below[team])
    return frozenset(found)
