"""What the desk shows of the radar: reviews due, proposals to decide, and rings that moved."""

from collections.abc import Iterable
from datetime import datetime, time

from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Person
from portal.accounts.roles import Permission, may, teams_of
from portal.lib.addresses import address_of
from portal.lib.registry import Act, Change, DeskItem
from portal.shell.words import count_words
from radar.models import Entry, Meaning, Proposal, RingChange
from radar.queries import (
    decided_proposals,
    open_proposals,
    owned_or_used_by,
    reviews_for,
    ring_changes,
)
from radar.reviews import due_words, is_overdue

ICON = "radar"
REVIEWS_SHOWN = 3
PROPOSALS_SHOWN = 10
OFF = "Not on the radar"


def reviews(person: Person, now: datetime) -> Iterable[DeskItem]:
    """Reviews that are overdue or due within two weeks: the most urgent one by one, the others
    in one line. One query."""
    zone = timezone.get_default_timezone()
    today = timezone.localdate(now, zone)
    due = list(reviews_for(person, today))
    for entry in due[:REVIEWS_SHOWN]:
        day = entry.next_review_on
        assert day is not None
        url = address_of("radar:technology", entry.technology.slug)
        owner = entry.technology.owner
        yield DeskItem(
            kind="Reviews",
            icon=ICON,
            title=f"Review {entry.technology}",
            url=url,
            detail=f"{entry.radar}, {f'owned by {owner}' if owner else 'owned by nobody'}.",
            due_at=datetime.combine(day, time.max, tzinfo=zone),
            due_words=due_words(day, today),
            is_late=is_overdue(day, today),
            acts=(Act(title="Review", url=_queue(entry)),),
        )
    others = due[REVIEWS_SHOWN:]
    if others:
        late = sum(is_overdue(entry.next_review_on, today) for entry in others)
        url = _queue(others[0])
        yield DeskItem(
            kind="Reviews",
            icon=ICON,
            title=f"Review {count_words(len(others), 'more technology', 'more technologies')}",
            url=url,
            detail=f"{count_words(late, 'review')} overdue." if late else "",
            is_late=late > 0,
            acts=(Act(title="See them", url=url),),
        )


def proposals(person: Person, now: datetime) -> Iterable[DeskItem]:
    """Proposals that the person may decide, the oldest first. One query."""
    if not may(person, Permission.DECIDE_RING):
        return
    waiting = open_proposals().exclude(by_id=str(person.pk))
    for proposal in waiting[:PROPOSALS_SHOWN]:
        url = _page(proposal)
        yield DeskItem(
            kind="Proposals",
            icon=ICON,
            title=f"{proposal.name} {_wish(proposal)}",
            url=url,
            detail=f"{proposal.by_name}: {proposal.reason}",
            acts=(Act(title="Decide", url=url),),
        )


def changes(person: Person, since: datetime, limit: int) -> Iterable[Change]:
    """What moved since a moment: technologies that a person's teams own or use, all for somebody
    without a team; and what became of the person's own proposals. Two queries."""
    teams = teams_of(person)
    moved = ring_changes(since)
    if teams:
        moved = moved.filter(owned_or_used_by(teams))
    found = [_moved(change) for change in moved[:limit]]
    found += [_decided(proposal) for proposal in decided_proposals(person, since)[:limit]]
    found.sort(key=lambda change: change.at, reverse=True)
    return found[:limit]


def _moved(change: RingChange) -> Change:
    to = change.to_ring
    return Change(
        at=change.at,
        title=str(change.technology),
        url=address_of("radar:technology", change.technology.slug),
        lead=f"{change.radar}.",
        detail=change.reason,
        before=change.from_ring.title if change.from_ring else OFF,
        after=to.title if to else OFF,
        got_worse=to is None or to.meaning == Meaning.HOLD,
    )


def _decided(proposal: Proposal) -> Change:
    assert proposal.decided_at is not None
    said = proposal.decision_reason
    return Change(
        at=proposal.decided_at,
        title=f"Your proposal: {proposal.name} {_wish(proposal)}",
        url=_page(proposal),
        lead=f"{proposal.get_state_display()} by {proposal.decided_by_name}.",
        detail=said,
        got_worse=proposal.state == Proposal.State.DECLINED,
    )


def _wish(proposal: Proposal) -> str:
    return f"to {proposal.ring}" if proposal.ring else "off the radar"


def _page(proposal: Proposal) -> str:
    return reverse("radar:proposal", args=[proposal.radar.slug, proposal.pk])


def _queue(entry: Entry) -> str:
    """The review queue of the entry's radar."""
    return reverse("radar:review", args=[entry.radar.slug])
