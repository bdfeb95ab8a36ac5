"""Finding technologies by name, and naming things of the radar for links."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q
from django.urls import reverse

from portal.accounts.models import Person
from portal.lib.addresses import address_of
from portal.lib.registry import SearchHit
from portal.shell.words import count_words
from radar.models import Edition, Radar, Technology
from radar.models.technology import name_key

EXACT, PREFIX, WITHIN = 0, 1, 2


def find(words: str, person: Person, limit: int) -> Sequence[SearchHit]:
    """Technologies whose name or slug holds the words, exact ones first; one query."""
    text = name_key(words)
    if not text:
        return []
    found = Technology.objects.filter(Q(name_key__contains=text) | Q(slug__contains=text))
    hits = [
        SearchHit(
            kind="Technology",
            title=name,
            url=address_of("radar:technology", slug),
            detail=f"used by {count_words(used_by, 'service')}" if used_by else "",
            rank=_rank(text, key, slug),
        )
        for slug, name, key, used_by in found.values_list("slug", "name", "name_key", "used_by")
    ]
    hits.sort(key=lambda hit: (hit.rank, name_key(hit.title)))
    return hits[:limit]


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
