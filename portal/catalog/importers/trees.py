"""Trees that entities make of each other: teams below teams, domains below domains. Pure.

A parent that the child itself names counts; else one that lists it among its children, the first
by key where several do. An entity whose references would close a cycle is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

UP = frozenset({"childOf", "subdomainOf"})  # the document's own parent
DOWN = "parentOf"  # a child of the document

Edges = Iterable[tuple[str, str]]  # relation type and the key it names


@dataclass
class Tree:
    """Parents by key, as documents declare them."""

    own: dict[str, str] = field(default_factory=dict)
    listed: dict[str, set[str]] = field(default_factory=dict)

    def add(self, key: str, edges: Edges) -> None:
        """Take what a document declares."""
        for relation, other in edges:
            if relation in UP:
                self.own[key] = other
            elif relation == DOWN:
                self.listed.setdefault(other, set()).add(key)

    def drop(self, key: str, edges: Edges) -> None:
        """Take it out again."""
        for relation, other in edges:
            if relation in UP:
                self.own.pop(key, None)
            elif relation == DOWN:
                self.listed.get(other, set()).discard(key)

    def parent(self, key: str) -> str:
        """The parent's key; empty at a root."""
        if key in self.own:
            return self.own[key]
        return min(self.listed.get(key) or {""})

    def cycle_through(self, key: str) -> list[str]:
        """The keys of a cycle that `key` is part of, from it upwards; empty where it is in none."""
        path, at = [key], self.parent(key)
        seen = {key}
        while at and at not in seen:
            seen.add(at)
            path.append(at)
            at = self.parent(at)
        return path if at == key else []

    def add_without_cycle(self, key: str, edges: Edges) -> list[str]:
        """Take what a document declares unless it closes a cycle, which is answered then."""
        declared = list(edges)
        self.add(key, declared)
        touched = [key, *(other for relation, other in declared if relation == DOWN)]
        for start in touched:
            cycle = self.cycle_through(start)
            if cycle:
                self.drop(key, declared)
                return cycle
        return []


def by_level(keys: Iterable[str], parents: Mapping[str, str]) -> list[list[str]]:
    """Keys in groups, so that a parent comes in an earlier group than its children."""
    waiting = dict.fromkeys(keys)
    levels = []
    while waiting:
        ready = [key for key in waiting if parents.get(key, "") not in waiting]
        if not ready:  # can't be, as cycles are refused; nothing may be lost all the same
            ready = list(waiting)
        levels.append(ready)
        for key in ready:
            del waiting[key]
    return levels
