"""Search by name over everything that apps offer."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.accounts.models import Person
from portal.lib.registry import SearchHit, search_sources

SHORTEST = 2  # letters; one letter finds everything and helps nobody
LONGEST = 200


@dataclass(frozen=True)
class Group:
    """Hits of one kind of thing, best first."""

    title: str
    hits: Sequence[SearchHit]


def find(words: str, person: Person, limit: int) -> list[Group]:
    """At most `limit` hits of each source, in the sources' order, empty ones left out."""
    words = " ".join(words.split())[:LONGEST]
    if len(words) < SHORTEST:
        return []
    groups = []
    for source in search_sources:
        hits = sorted(source.find(words, person, limit), key=lambda hit: (hit.rank, hit.title))
        if hits:
            groups.append(Group(source.title, hits[:limit]))
    return groups
