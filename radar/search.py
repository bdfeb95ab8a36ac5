"""Finding technologies and evaluations by name, and naming things of the radar for links."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import shorten
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, TextField, Value
from django.urls import reverse

from portal.accounts.models import Person
from portal.lib.addresses import address_of
from portal.lib.registry import SearchHit
from portal.shell.words import count_words
from radar.models import Edition, Evaluation, Radar, Technology
from radar.models.technology import name_key

EXACT, PREFIX, WITHIN = 0, 1, 2
TECHNOLOGY = "Technology"
LONGEST_DETAIL = 120
MOST_DIGITS = 18  # of a number that the database holds
_NOTHING = Value("", output_field=TextField())


class _Row(NamedTuple):
    """A technology, or an evaluation (`state` is set)."""

    state: str
    slug: str
    name: str
    name_key: str
    number: int  # of services that use a technology; an evaluation's own
    question: str


def find(words: str, person: Person, limit: int) -> Sequence[SearchHit]:
    """Technologies whose name or slug holds the words, and evaluations of what is called so or
    that ask for them; exact ones first; one query."""
    text = name_key(words)
    if not text:
        return []
    technologies = Technology.objects.filter(Q(name_key__contains=text) | Q(slug__contains=text))
    evaluations = Evaluation.objects.filter(
        Q(name_key__contains=text) | Q(question__icontains=words.strip())
    )
    found = _technologies(technologies).union(_evaluations(evaluations), all=True)
    hits = [_hit(text, _Row(*row)) for row in found]
    hits.sort(key=lambda hit: (hit.rank, hit.kind != TECHNOLOGY, name_key(hit.title)))
    return hits[:limit]


def _technologies(technologies: QuerySet[Technology]) -> QuerySet[Any, Any]:
    return technologies.order_by().values_list(
        _NOTHING, "slug", "name", "name_key", "used_by", _NOTHING
    )


def _evaluations(evaluations: QuerySet[Evaluation]) -> QuerySet[Any, Any]:
    return evaluations.order_by().values_list(
        "state", _NOTHING, "name", "name_key", "pk", "question"
    )


def _hit(text: str, row: _Row) -> SearchHit:
    if row.state:
        state = Evaluation.State(row.state).label
        return SearchHit(
            kind="Evaluation",
            title=evaluation_title(row.number, row.name),
            url=reverse("radar:evaluation", args=[row.number]),
            detail=f"{state}. {shorten(row.question, LONGEST_DETAIL, placeholder=' …')}",
            rank=_rank(text, row.name_key, str(row.number)),
        )
    used = f"used by {count_words(row.number, 'service')}" if row.number else ""
    return SearchHit(
        kind=TECHNOLOGY,
        title=row.name,
        url=address_of("radar:technology", row.slug),
        detail=used,
        rank=_rank(text, row.name_key, row.slug),
    )


def _rank(text: str, key: str, slug: str) -> int:
    if text in (key, slug):
        return EXACT
    return PREFIX if key.startswith(text) else WITHIN


def resolve_technologies(slugs: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """Name and address of the technologies that exist."""
    rows = Technology.objects.filter(slug__in=list(slugs)).values_list("slug", "name")
    return {slug: (name, address_of("radar:technology", slug)) for slug, name in rows}


def resolve_radars(slugs: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """Title and address of the radars that exist."""
    rows = Radar.objects.filter(slug__in=list(slugs)).values_list("slug", "title")
    return {slug: (title, reverse("radar:radar", args=[slug])) for slug, title in rows}


def resolve_editions(keys: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """Title and address of editions, each known by its radar's slug and its own key."""
    wanted = Q()
    for key in keys:
        radar, _, edition = key.partition("/")
        wanted |= Q(radar__slug=radar, key=edition)
    if not wanted:
        return {}
    rows = Edition.objects.filter(wanted)
    return {
        f"{radar}/{key}": (
            f"{radar_title}, {title}",
            f"{reverse('radar:radar', args=[radar])}?edition={key}",
        )
        for radar, key, radar_title, title in rows.values_list(
            "radar__slug", "key", "radar__title", "title"
        )
    }


def evaluation_title(number: int, name: str) -> str:
    """How an evaluation is called among other things."""
    return f"Evaluation {number}: {name}"


def resolve_evaluations(numbers: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """Title and address of the evaluations that exist, by their numbers."""
    wanted = [number for number in numbers if number.isdecimal() and len(number) <= MOST_DIGITS]
    rows = Evaluation.objects.filter(pk__in=wanted).values_list("pk", "name")
    return {
        str(number): (evaluation_title(number, name), reverse("radar:evaluation", args=[number]))
        for number, name in rows
    }
