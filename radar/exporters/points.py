"""When each technology of a radar came into its rings: from editions and from ring changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from radar.models import Edition, Placement, Radar, RingChange
from radar.state import Snapshot


@dataclass(frozen=True, slots=True)
class Point:
    """Into a ring (its key) at a moment, with the reason that was given."""

    at: datetime
    ring: str
    reason: str = ""


def points_of(snapshot: Snapshot) -> Mapping[int, list[Point]]:
    """By technology, oldest first, up to the state that is shown. Two queries.

    An edition counts where it differs from what was known before it; the changes count all.
    """
    until = _until(snapshot)
    found: dict[int, list[tuple[datetime, bool, str, str]]] = {}
    changes = RingChange.objects.filter(radar=snapshot.radar, at__lt=until).exclude(to_ring=None)
    for technology, at, ring, reason in changes.values_list(
        "technology_id", "at", "to_ring__key", "reason"
    ):
        found.setdefault(technology, []).append((at, True, ring, reason))
    for technology, day, ring in _placed(snapshot.radar, until):
        at = datetime.combine(day, time.min, tzinfo=UTC)
        found.setdefault(technology, []).append((at, False, ring, ""))
    return {technology: _merged(moments) for technology, moments in found.items()}


def _placed(radar: Radar, until: datetime) -> list[tuple[int, date, str]]:
    rows = Placement.objects.filter(
        edition__radar=radar,
        edition__state=Edition.State.PUBLISHED,
        edition__date__lt=timezone.localdate(until, timezone.get_default_timezone()),
    ).order_by("edition__date", "edition_id")
    return [
        (technology, day, ring)
        for technology, day, ring in rows.values_list("technology_id", "edition__date", "ring__key")
        if day is not None
    ]


def _until(snapshot: Snapshot) -> datetime:
    """The first moment that is too late: the next day's beginning; far away for a draft."""
    day = snapshot.on or snapshot.edition.date
    zone = timezone.get_default_timezone()
    if day is None:
        return datetime(9999, 1, 1, tzinfo=UTC)
    published = snapshot.edition.published_at
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    if snapshot.on is None and published is not None and snapshot.edition.is_frozen:
        return max(end, published)
    return end


def _merged(moments: list[tuple[datetime, bool, str, str]]) -> list[Point]:
    points: list[Point] = []
    for at, is_change, ring, reason in sorted(moments):
        if points and points[-1].at == at:
            if is_change:
                points[-1] = Point(at, ring, reason)
        elif is_change or not points or points[-1].ring != ring:
            points.append(Point(at, ring, reason))
    return points
