"""What a radar remembers of each technology between editions: when it is reviewed next."""

from collections.abc import Collection
from datetime import date

from radar.models import Edition, Entry, Radar
from radar.reviews import next_review


def keep_entries(
    radar: Radar,
    edition: Edition,
    *,
    today: date,
    renewed: Collection[int] = (),
    reviewed_by: str = "",
) -> None:
    """Bring a radar's entries into line with its newest edition.

    Technologies that are new in it, and those of the ids `renewed`, are reviewed as of today by
    `reviewed_by`, so their next review is due after the radar's months; what is no longer in it
    is reviewed no more. Everything else keeps its dates. Constant queries.
    """
    here = set(edition.placements.values_list("technology_id", flat=True))
    known = {entry.technology_id: entry for entry in radar.entries.all()}
    due = next_review(today, radar.review_months)
    fresh = [
        Entry(radar=radar, technology_id=technology, is_sample=radar.is_sample)
        for technology in here - set(known)
    ]
    again = [
        known[technology]
        for technology in here & set(known)
        if technology in renewed or known[technology].next_review_on is None
    ]
    for entry in (*fresh, *again):
        entry.reviewed_on = today if reviewed_by else entry.reviewed_on
        entry.reviewed_by = reviewed_by or entry.reviewed_by
        entry.next_review_on = due
    Entry.objects.bulk_create(fresh)
    Entry.objects.bulk_update(again, ["reviewed_on", "reviewed_by", "next_review_on"], 200)
    gone = set(known) - here
    radar.entries.filter(technology__in=gone).exclude(next_review_on=None).update(
        next_review_on=None
    )
