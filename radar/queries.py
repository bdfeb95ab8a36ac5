"""Questions about many rows that pages, the desk and the API ask alike."""

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from portal.accounts.models import Person, Role
from portal.accounts.roles import teams_of
from radar.models import Edition, Entry, Proposal, RingChange, Technology
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
