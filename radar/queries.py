"""Questions about many rows that pages, the desk and the API ask alike."""

import json
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from portal.accounts.models import Person, Role
from portal.accounts.roles import teams_of
from radar.models import Edition, Entry, Placement, Proposal, RingChange, Technology
from radar.models.technology import name_key
from radar.reviews import SOON_DAYS


def reviews(*, until: date | None = None) -> QuerySet[Entry]:
    """What is to be reviewed (by a day), the most urgent first, with radar, technology, owner."""
    entries = Entry.objects.exclude(next_review_on=None)
    if until is not None:
        entries = entries.filter(next_review_on__lte=until)
    return entries.select_related("radar", "technology__owner").order_by(
        "next_review_on", "technology__name_key", "pk"
    )


def reviews_for(person: Person, today: date) -> QuerySet[Entry]:
    """Overdue and due within two weeks: what a person's teams own, and for architects what nobody
    owns."""
    mine = Q(technology__owner__in=teams_of(person))
    if person.role == Role.ARCHITECT:
        mine |= Q(technology__owner=None)
    return reviews(until=today + timedelta(days=SOON_DAYS)).filter(mine)


def open_proposals() -> QuerySet[Proposal]:
    """Proposals that wait for a decision, the oldest first."""
    waiting = Proposal.objects.filter(state=Proposal.State.OPEN)
    return waiting.select_related("radar", "technology", "ring", "sector").order_by("pk")


def decided_proposals(person: Person, since: datetime) -> QuerySet[Proposal]:
    """A person's own proposals that somebody decided since a moment, newest first."""
    decided = Proposal.objects.filter(
        by_id=str(person.pk),
        decided_at__gte=since,
        state__in=[Proposal.State.ACCEPTED, Proposal.State.DECLINED],
    )
    return decided.select_related("radar", "ring", "sector").order_by("-decided_at", "-pk")


def ring_changes(since: datetime) -> QuerySet[RingChange]:
    """Ring changes made here since a moment, newest first."""
    made = RingChange.objects.filter(at__gte=since, origin=Edition.Origin.PORTAL)
    return made.select_related("radar", "technology", "from_ring", "to_ring")


def owned_or_used_by(teams: frozenset[int]) -> Q:
    """Technologies of a ring change that teams own, or that services of theirs use now."""
    used = Technology.objects.filter(
        uses__gone_at=None, uses__service__vanished_at=None, uses__service__owner__in=teams
    )
    return Q(technology__owner__in=teams) | Q(technology__in=used.values("pk"))


def technologies(
    *, words: str = "", tag: str = "", owner: str = "", radar: str = "", ring: str = ""
) -> QuerySet[Technology]:
    """Technologies by what their name, slug or description holds, a tag, a team's key, and where
    the newest published edition of a radar (of any, where none is named) has them."""
    found = Technology.objects.select_related("owner")
    if words:
        key = name_key(words)
        text = Q(name_key__contains=key) | Q(slug__contains=key) | Q(description__icontains=words)
        found = found.filter(text)
    if tag:
        found = _tagged(found, tag.lower())
    if owner:
        found = found.filter(owner__key=owner.lower())
    if radar or ring:
        placed = Placement.objects.filter(edition__in=Edition.objects.newest())
        if radar:
            placed = placed.filter(edition__radar__slug=radar)
        if ring:
            placed = placed.filter(ring__key=ring)
        found = found.filter(pk__in=placed.values("technology"))
    return found


def _tagged(technologies: QuerySet[Technology], tag: str) -> QuerySet[Technology]:
    """Those that carry exactly this tag: the JSON text is searched, in which PostgreSQL writes
    letters as they are, and SQLite has other letters than ASCII escaped."""
    told = technologies.annotate(tags_text=Cast("tags", TextField()))
    raw, escaped = json.dumps(tag, ensure_ascii=False), json.dumps(tag)
    return told.filter(Q(tags_text__contains=raw) | Q(tags_text__contains=escaped))
