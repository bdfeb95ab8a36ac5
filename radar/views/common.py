"""What several pages of the radar need."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone

from portal.lib.errors import Conflict, Invalid
from radar.models import Edition, Radar

Refused = (Invalid, Conflict)  # what a form shows where it was filled in


def the_radar(slug: str) -> Radar:
    found: Radar = get_object_or_404(Radar, slug=slug)
    return found


def the_editions(slug: str) -> tuple[Radar, list[Edition]]:
    """A radar with its sectors and rings, and all its editions: the draft, then from the newest
    on, each with the `before_id` that `radar.state` asks for. Four queries."""
    newest_first = Prefetch("editions", Edition.objects.drafts_first())
    rows = Radar.objects.prefetch_related("sectors", "rings", newest_first)
    found: Radar = get_object_or_404(rows, slug=slug)
    editions = list(found.editions.all())
    for at, row in enumerate(editions):
        before = editions[at + 1].pk if at + 1 < len(editions) else None
        row.before_id = before  # type: ignore[attr-defined]
    return found, editions


def pick(editions: Sequence[Edition], *, key: str = "", on: date | None = None) -> Edition | None:
    """Of all editions, which a key or a day asks for, else the newest that is published; the
    draft while nothing is."""
    if key:
        return next((row for row in editions if row.key == key), None)
    published = [row for row in editions if row.date is not None]
    if on is not None:
        return next((row for row in published if row.date and row.date <= on), None)
    return next(iter([*published, *editions]), None)


def today() -> date:
    """The day where the portal is, whoever asks: reviews fall due for everybody at once."""
    return timezone.localdate(timezone.now(), timezone.get_default_timezone())
