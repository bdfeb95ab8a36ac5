"""What people do with editions: open the draft, throw it away, publish it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from portal.accounts.actions import By
from portal.accounts.roles import Permission, require
from portal.audit.actions import record
from portal.lib.errors import Conflict
from radar import fields
from radar.drafts import DRAFT_KEY, draft_of, ensure_draft, latest, locked, refresh
from radar.entries import keep_entries
from radar.models import Edition, Movement, Proposal, Radar
from radar.names import edition_key
from radar.subjects import edition_subject, radar_subject

_LONGEST_TITLE = 120


@dataclass(frozen=True)
class Discarded:
    """What went with a draft: its ring changes; the proposals behind them are open again."""

    changes: int
    reopened: int


@transaction.atomic
def open_draft(*, by: By, radar: Radar, now: datetime) -> Edition:
    """Begin the next edition as a copy of the latest one. Raises `Conflict` where it has begun."""
    require(by, Permission.PUBLISH_RADAR)
    draft, is_new = ensure_draft(locked(radar), now=now)
    if not is_new:
        raise Conflict(f"{radar} has a draft already; change that one.")
    record("edition.opened", by=by, subject=radar_subject(radar))
    return draft


@transaction.atomic
def discard_draft(*, by: By, radar: Radar) -> Discarded:
    """Throw the draft away. Its ring changes never happened, and the proposals that were accepted
    into it are open again. Raises `Conflict` where there is no draft."""
    require(by, Permission.PUBLISH_RADAR)
    radar = locked(radar)
    draft = _the_draft(radar)
    changes = draft.changes.select_related("technology", "from_ring", "to_ring")
    lost = [
        f"{change.technology}: {change.from_ring or 'nowhere'} to {change.to_ring or 'nowhere'}"
        for change in changes
    ]
    reopened = Proposal.objects.filter(change__edition=draft).update(
        state=Proposal.State.OPEN,
        decided_by_id="",
        decided_by_name="",
        decided_at=None,
        decision_reason="",
        change=None,
    )
    draft.changes.all().delete()
    draft.delete()
    before = {"changes": lost, "count": len(lost)}
    record("edition.discarded", by=by, subject=radar_subject(radar), before=before)
    return Discarded(len(lost), reopened)


@transaction.atomic
def publish(
    *,
    by: By,
    radar: Radar,
    title: str,
    day: date,
    note: str = "",
    now: datetime,
    seen_at: datetime | None = None,
) -> Edition:
    """Make the draft an edition that nobody changes any more, and renew the reviews of what
    changed in it.

    `day` is the day it counts from: not before the latest edition's, and not in the future.
    `seen_at` is the draft's `updated_at` when somebody looked at the difference. Raises `Conflict`
    where there is no draft, or it changed since; `Invalid` with messages by field.
    """
    require(by, Permission.PUBLISH_RADAR)
    radar = locked(radar)
    draft = _the_draft(radar)
    if seen_at is not None and seen_at != draft.updated_at:
        raise Conflict("The draft changed since you looked at it; look at the difference again.")
    if not draft.placements.exists():
        raise Conflict("The draft is empty; accept a proposal or import a file first.")
    today = timezone.localdate(now, timezone.get_default_timezone())
    title = fields.name("title", title, what="An edition's title", longest=_LONGEST_TITLE)
    note = fields.text("note", note, what="A note")
    _check_day(radar, day, today)
    refresh(draft, now=now)
    taken = {DRAFT_KEY, *radar.editions.values_list("key", flat=True)}
    draft.key, draft.title, draft.note = edition_key(title, taken), title, note
    draft.state, draft.origin, draft.date = Edition.State.PUBLISHED, Edition.Origin.PORTAL, day
    draft.published_at, draft.published_by, draft.updated_at = now, by.name, now
    draft.save()
    keep_entries(radar, draft, today=today, renewed=_changed(draft), reviewed_by=by.name)
    after = {"title": title, "date": day, "blips": draft.placements.count(), "key": draft.key}
    record("edition.published", by=by, subject=edition_subject(draft), after=after)
    return draft


def _the_draft(radar: Radar) -> Edition:
    draft = draft_of(radar)
    if draft is None:
        raise Conflict(f"{radar} has no draft: everything in it is published.")
    return draft


def _check_day(radar: Radar, day: date, today: date) -> None:
    before = latest(radar)
    if before is not None and before.date is not None and day < before.date:
        fields.refuse("day", f"{before} counts from {before.date}; choose that day or a later one.")
    if day > today:
        fields.refuse("day", "An edition counts from today or an earlier day.")


def _changed(edition: Edition) -> set[int]:
    """The technologies that moved since the edition before, or were changed on the way."""
    changed = set(edition.changes.values_list("technology_id", flat=True))
    moved = edition.placements.exclude(movement=Movement.UNCHANGED)
    return changed | set(moved.values_list("technology_id", flat=True))
