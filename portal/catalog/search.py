"""Finding services, teams and people by name, each kind with one query."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from portal.accounts.models import Person, Team
from portal.catalog.models import Service
from portal.lib.addresses import address_of
from portal.lib.registry import SearchHit, SearchSource

EXACT, PREFIX, WITHIN = 0, 1, 2


def ranked(queryset: QuerySet[Any], words: str, fields: Sequence[str], limit: int) -> list[Any]:
    """Rows that hold `words` in one of `fields`, with their `rank`, best first.

    Keys are lower-cased already, so the lower-cased words are looked for in them as they are.
    """
    exact, prefix, within = Q(), Q(), Q()
    for field in fields:
        is_key = field == "key"
        text = words.lower() if is_key else words
        ignoring = "" if is_key else "i"
        exact |= Q(**{f"{field}__{ignoring}exact": text})
        prefix |= Q(**{f"{field}__{ignoring}startswith": text})
        within |= Q(**{f"{field}__{ignoring}contains": text})
    rank = Case(
        When(exact, then=Value(EXACT)),
        When(prefix, then=Value(PREFIX)),
        default=Value(WITHIN),
        output_field=IntegerField(),
    )
    rows = queryset.filter(within).annotate(rank=rank).order_by("rank", "key")
    return list(rows[:limit])


def find_services(words: str, person: Any, limit: int) -> list[SearchHit]:
    rows = Service.objects.filter(vanished_at=None).values("key", "name", "title", "type")
    return [
        SearchHit(
            kind="Service",
            title=row["title"] or row["name"],
            url=address_of("catalog:service", row["key"]),
            detail=_detail(row["type"], row),
            rank=row["rank"],
        )
        for row in ranked(rows, words, ("key", "title"), limit)
    ]


def find_teams(words: str, person: Any, limit: int) -> list[SearchHit]:
    rows = Team.objects.filter(vanished_at=None).values("key", "name", "title", "type")
    return [
        SearchHit(
            kind="Team",
            title=row["title"] or row["name"],
            url=address_of("catalog:team", row["key"]),
            detail=_detail(row["type"], row),
            rank=row["rank"],
        )
        for row in ranked(rows, words, ("key", "title"), limit)
    ]


def find_people(words: str, person: Any, limit: int) -> list[SearchHit]:
    rows = Person.objects.filter(is_active=True).values("key", "name", "email")
    return [
        SearchHit(
            kind="Person",
            title=row["name"],
            url=address_of("catalog:person", row["key"]),
            detail=row["email"] or row["key"],
            rank=row["rank"],
        )
        for row in ranked(rows, words, ("key", "name"), limit)
    ]


def _detail(words: str, row: dict[str, Any]) -> str:
    """The type, and the key where the title hides it."""
    return ", ".join(filter(None, [words, row["key"] if row["title"] else ""]))


_Find = Callable[[str, Any, int], Sequence[SearchHit]]
_FINDERS: tuple[tuple[str, str, _Find], ...] = (
    ("services", "Services", find_services),
    ("teams", "Teams", find_teams),
    ("people", "People", find_people),
)
SOURCES = [
    SearchSource(key=key, title=title, find=find, order=order)
    for order, (key, title, find) in enumerate(_FINDERS)
]
