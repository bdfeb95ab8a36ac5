"""The sample organisation's radar, made of `sample_radar` and the day it is loaded on."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts.models import Person, Team
from portal.audit.actions import System
from radar.actions import SectorSpec, create_radar
from radar.drafts import ensure_draft, refresh
from radar.layout import place
from radar.models import (
    Comment,
    Edition,
    Entry,
    Pattern,
    Placement,
    Proposal,
    Radar,
    Ring,
    RingChange,
    Sector,
    Technology,
    Use,
)
from radar.models.technology import name_key
from radar.movement import movement
from radar.names import free_slug
from radar.reviews import next_review
from radar.sample_radar import (
    DESCRIPTION,
    DRAFTED,
    GENERAL_REASONS,
    PROPOSED,
    REASONS,
    RING_LETTERS,
    SECTORS,
    SLUG,
    TECHNOLOGIES,
    TITLE,
)

_ORDER = 100  # after the company's own radars
_SETTLED = timedelta(days=21)  # the latest edition is at least as old
_DECIDED_BEFORE = timedelta(days=20)  # a change before the edition it went into
_PUBLISHER = "jun"
_PROPOSERS = ("mara", "ilse", "priya")
_PEOPLE = {_PUBLISHER, *_PROPOSERS}
_SECTOR_OF = {name: sector for sector, name, *_ in TECHNOLOGIES}


@transaction.atomic
def load(now: datetime, told: Callable[[int, str], None]) -> None:
    """Write the radar with its editions, draft and proposals; where it is there, nothing."""
    if Radar.objects.filter(slug=SLUG).exists():
        return
    radar = create_radar(
        by=System(),
        title=TITLE,
        slug=SLUG,
        description=DESCRIPTION,
        sectors=[SectorSpec(title=title) for title in SECTORS],
        now=now,
        is_sample=True,
    )
    radar.order = _ORDER
    radar.save(update_fields=["order"])
    _Past(radar, now).write()


def remove() -> None:
    """Delete the sample's rows; a technology that something real speaks of stays. That a real
    service uses one was found only because the sample brought it."""
    for model in (Comment, Proposal, RingChange, Placement, Entry, Edition, Use, Pattern):
        model._default_manager.filter(is_sample=True).delete()
    Radar.objects.filter(is_sample=True).delete()
    spoken_of = (
        Q(placements__isnull=False)
        | Q(changes__isnull=False)
        | Q(proposals__isnull=False)
        | Q(candidates__isnull=False)
    )
    samples = Technology.objects.filter(is_sample=True)
    kept = set(samples.filter(spoken_of).values_list("pk", flat=True))
    Technology.objects.filter(pk__in=kept).update(is_sample=False)
    samples.delete()


def quarters(today: date) -> list[date]:
    """The first days of the last four quarters that began at least three weeks ago, the oldest
    first."""
    latest = today - _SETTLED
    number = latest.year * 4 + (latest.month - 1) // 3
    return [date(at // 4, at % 4 * 3 + 1, 1) for at in range(number - 3, number + 1)]


class _Past:
    """The radar on its way through four quarters, up to its draft."""

    def __init__(self, radar: Radar, now: datetime) -> None:
        self.radar, self.now = radar, now
        self.today = timezone.localdate(now, timezone.get_default_timezone())
        self.sectors: list[Sector] = list(radar.sectors.all())
        rings: list[Ring] = list(radar.rings.all())
        self.rings = dict(zip(RING_LETTERS, rings, strict=True))
        self.people = {row.key: row for row in Person.objects.filter(key__in=_PEOPLE)}
        self.technologies = self._technologies()

    def write(self) -> None:
        before: Edition | None = None
        for number, day in enumerate(quarters(self.today)):
            before = self._publish(number, day, before)
        self._review()
        self._draft()
        self._propose()

    def _technologies(self) -> dict[str, Technology]:
        """By name; those that are known already stay as they are."""
        owners = {row[3] for row in TECHNOLOGIES}
        teams = {team.key: team for team in Team.objects.filter(key__in=owners)}
        by_key = {row.name_key: row for row in Technology.objects.all()}
        taken = {row.slug for row in by_key.values()}
        new = []
        for _, name, _, owner, tags, description in TECHNOLOGIES:
            if name_key(name) in by_key:
                continue
            slug = free_slug(name, taken)
            taken.add(slug)
            new.append(
                Technology(
                    slug=slug,
                    name=name,
                    name_key=name_key(name),
                    owner=teams.get(owner),
                    tags=tags.split(),
                    description=description,
                    created_at=self.now,
                    is_sample=True,
                )
            )
        Technology.objects.bulk_create(new)
        by_key |= {row.name_key: row for row in new}
        return {row[1]: by_key[name_key(row[1])] for row in TECHNOLOGIES}

    def _publish(self, number: int, day: date, before: Edition | None) -> Edition:
        """One edition, with the changes that led to it."""
        quarter = (day.month + 2) // 3
        moment = datetime.combine(day, time(9), tzinfo=UTC)
        edition = Edition.objects.create(
            radar=self.radar,
            key=f"{day.year}-q{quarter}",
            title=f"Q{quarter} {day.year}",
            state=Edition.State.DRAFT,
            updated_at=moment,
            is_sample=True,
        )
        placements, changes = [], []
        for index, (sector, name, rings, *_) in enumerate(TECHNOLOGIES):
            ring = self.rings.get(rings[number])
            was = self.rings.get(rings[number - 1]) if number else None
            if number and ring != was:
                at = moment - _DECIDED_BEFORE + timedelta(minutes=index)
                changes.append(self._change(name, number, was, ring, edition, at))
            if ring is None:
                continue
            moved = movement(was.order if was else None, ring.order, is_first=not number)
            placements.append(self._placement(edition, sector, name, ring, moved))
            if number and ring != was:
                placements[-1].description = changes[-1].reason
        place(edition, placements, before)
        Placement.objects.bulk_create(placements)
        RingChange.objects.bulk_create(changes)
        edition.state, edition.date = Edition.State.PUBLISHED, day
        edition.published_at, edition.published_by = moment, self.people[_PUBLISHER].name
        edition.save()
        return edition

    def _placement(
        self, edition: Edition, sector: int, name: str, ring: Ring, moved: str
    ) -> Placement:
        return Placement(
            edition=edition,
            technology=self.technologies[name],
            sector=self.sectors[sector],
            ring=ring,
            movement=moved,
            is_sample=True,
        )

    def _change(
        self,
        name: str,
        number: int,
        was: Ring | None,
        ring: Ring | None,
        edition: Edition,
        at: datetime,
    ) -> RingChange:
        kind = "gone" if ring is None else movement(was.order if was else None, ring.order)
        by = self.people[_PROPOSERS[len(name) % len(_PROPOSERS)]]
        return RingChange(
            radar=self.radar,
            technology=self.technologies[name],
            edition=edition,
            at=at,
            from_ring=was,
            to_ring=ring,
            sector=self.sectors[_SECTOR_OF[name]],
            reason=REASONS.get((name, number), GENERAL_REASONS[kind]),
            by_id=str(by.pk),
            by_name=by.name,
            is_sample=True,
        )

    def _review(self) -> None:
        """Most were reviewed within a quarter; every ninth is overdue."""
        entries = []
        for index, (_, name, rings, *_) in enumerate(TECHNOLOGIES):
            days = 100 + index % 20 if index % 9 == 4 else index * 11 % 80
            last = self.today - timedelta(days=days)
            entries.append(
                Entry(
                    radar=self.radar,
                    technology=self.technologies[name],
                    reviewed_on=last,
                    reviewed_by=self.people[_PUBLISHER].name,
                    next_review_on=None
                    if rings[-1] == "."
                    else next_review(last, self.radar.review_months),
                    is_sample=True,
                )
            )
        Entry.objects.bulk_create(entries)

    def _draft(self) -> None:
        """The next edition has begun: proposals that were accepted into it."""
        draft, _ = ensure_draft(self.radar, now=self.now)
        for number, (name, letter, who, reason, decider) in enumerate(DRAFTED):
            at = self.now - timedelta(days=3 - 2 * number, hours=-5 * number)
            placement = draft.placements.select_related("ring").get(
                technology=self.technologies[name]
            )
            change = self._change(name, -1, placement.ring, self.rings[letter], draft, at)
            change.reason, by = reason, self.people[who]
            change.by_id, change.by_name = str(by.pk), by.name
            change.save()
            placement.ring, placement.description = self.rings[letter], reason
            placement.save(update_fields=["ring", "description"])
            proposal = self._proposal(name, _SECTOR_OF[name], letter, who, reason, at)
            proposal.state, proposal.decided_at, proposal.change = "accepted", at, change
            proposal.decided_by_id = str(self.people[decider].pk)
            proposal.decided_by_name = self.people[decider].name
            proposal.at = at - timedelta(days=4)
            proposal.save()
        refresh(draft, now=self.now)

    def _propose(self) -> None:
        """What waits for a decision, with what was said about it."""
        for number, (name, sector, letter, who, reason, comments) in enumerate(PROPOSED):
            at = self.now - timedelta(days=6 - 3 * number)
            proposal = self._proposal(name, sector, letter, who, reason, at)
            proposal.save()
            for hours, (author, text) in enumerate(comments, start=1):
                by = self.people[author]
                Comment.objects.create(
                    proposal=proposal,
                    at=at + timedelta(hours=17 * hours),
                    by_id=str(by.pk),
                    by_name=by.name,
                    text=text,
                    is_sample=True,
                )

    def _proposal(
        self, name: str, sector: int, letter: str, who: str, reason: str, at: datetime
    ) -> Proposal:
        by = self.people[who]
        return Proposal(
            radar=self.radar,
            technology=self.technologies.get(name),
            name=name,
            sector=self.sectors[sector],
            ring=self.rings[letter],
            reason=reason,
            by_id=str(by.pk),
            by_name=by.name,
            at=at,
            is_sample=True,
        )
