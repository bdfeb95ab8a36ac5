"""Finding checks by name, and naming checks and scorecards for links."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q
from django.urls import reverse

from portal.accounts.models import Person
from portal.lib.registry import SearchHit
from scorecards.models import Check, Scorecard


def find(words: str, person: Person, limit: int) -> Sequence[SearchHit]:
    """Checks in force whose title or slug holds the words, exact ones first; one query."""
    text = words.strip().lower()
    found = (
        Check.objects.active()
        .filter(Q(current__title__icontains=text) | Q(slug__icontains=text))
        .select_related("current", "scorecard")
    )
    hits = [_hit(check, text) for check in found]
    hits.sort(key=lambda hit: (hit.rank, hit.title))
    return hits[:limit]


def resolve_checks(slugs: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """Title and address of the checks that exist."""
    rows = Check.objects.filter(slug__in=list(slugs), current__isnull=False)
    return {
        slug: (title, reverse("scorecards:check", args=[slug]))
        for slug, title in rows.values_list("slug", "current__title")
    }


def resolve_scorecards(slugs: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """Title and address of the scorecards in force."""
    rows = Scorecard.objects.active().filter(slug__in=list(slugs))
    return {
        slug: (title, reverse("scorecards:scorecard", args=[slug]))
        for slug, title in rows.values_list("slug", "title")
    }


def _hit(check: Check, text: str) -> SearchHit:
    title = check.current.title if check.current else check.slug
    lowered = title.lower()
    rank = 0 if text in (lowered, check.slug) else 1 if lowered.startswith(text) else 2
    return SearchHit(
        kind="Check",
        title=title,
        url=reverse("scorecards:check", args=[check.slug]),
        detail=check.scorecard.title,
        rank=rank,
    )
