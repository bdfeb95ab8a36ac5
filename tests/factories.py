"""Rows for tests: each function makes one thing, valid as it stands; arguments override."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from portal.accounts.models import Membership, Person, Role, Team
from portal.catalog.models import Service
from portal.jobs.models import Job
from radar import evaluation_schemes
from radar.layout import place
from radar.models import (
    Candidate,
    Edition,
    Entry,
    Evaluation,
    Invitation,
    Meaning,
    Placement,
    Proposal,
    Radar,
    Ring,
    RingChange,
    Scheme,
    Sector,
    Sheet,
    Technology,
)
from radar.movement import movement
from scorecards.models import Check, CheckVersion, Scorecard, Snapshot

_numbers = count(1)


def make_person(role: str = Role.ENGINEER, **fields: Any) -> Person:
    number = next(_numbers)
    fields.setdefault("name", f"Person {number}")
    fields.setdefault("key", f"person-{number}")
    email = fields.pop("email", f"person-{number}@example.com")
    return Person.objects.create_user(email, fields.pop("password", None), role=role, **fields)


def make_team(name: str = "", *, members: tuple[Person, ...] = (), **fields: Any) -> Team:
    name = name or f"team-{next(_numbers)}"
    fields.setdefault("key", name.lower())
    team = Team.objects.create(name=name, **fields)
    Membership.objects.bulk_create(Membership(team=team, person=person) for person in members)
    return team


def make_job(kind: str = "test", **fields: Any) -> Job:
    now = timezone.now()
    fields.setdefault("title", "Test job")
    fields.setdefault("created_at", now)
    fields.setdefault("not_before", now)
    return Job.objects.create(kind=kind, **fields)


def make_scorecard(slug: str = "", **fields: Any) -> Scorecard:
    slug = slug or f"scorecard-{next(_numbers)}"
    fields.setdefault("title", slug.capitalize())
    fields.setdefault(
        "levels",
        [
            {"key": "bronze", "title": "Bronze"},
            {"key": "silver", "title": "Silver"},
            {"key": "gold", "title": "Gold"},
        ],
    )
    return Scorecard.objects.create(slug=slug, **fields)


def make_check(
    scorecard: Scorecard, expression: str, slug: str = "", level: str = "bronze", **fields: Any
) -> Check:
    """A check with its first version in force."""
    slug = slug or f"check-{next(_numbers)}"
    check = Check.objects.create(slug=slug, scorecard=scorecard, order=next(_numbers) % 10_000)
    return add_version(check, expression, level=level, **fields)


def add_version(check: Check, expression: str, **fields: Any) -> Check:
    before = check.current
    fields.setdefault("level", before.level if before else "bronze")
    fields.setdefault("title", check.slug.replace("-", " ").capitalize())
    fields.setdefault("weight", 1)
    fields.setdefault("why", "It matters.")
    fields.setdefault("fix", "Repair it.")
    fields.setdefault("published_at", timezone.now())
    check.current = CheckVersion.objects.create(
        check_row=check,
        number=before.number + 1 if before else 1,
        expression=expression,
        published_by="Tests",
        **fields,
    )
    check.save()
    return check


def make_snapshot(
    service: Service, source: str = "github", *, at: datetime | None = None, **facts: Any
) -> Snapshot:
    """What a source said: `make_snapshot(service, repo__has_readme=True)`, just measured."""
    at = at or timezone.now()
    return Snapshot.objects.create(
        service=service,
        source=source,
        last_success_at=at,
        is_sample=service.is_sample,
        facts={
            name.replace("__", "."): {"value": value, "measured_at": at.isoformat()}
            for name, value in facts.items()
        },
    )


def make_service(name: str = "", **fields: Any) -> Service:
    name = name or f"service-{next(_numbers)}"
    fields.setdefault("key", name.lower())
    fields.setdefault("type", "service")
    fields.setdefault("lifecycle", "production")
    return Service.objects.create(name=name, **fields)


SECTORS = ("Techniques", "Platforms", "Tools", "Languages")
RINGS = tuple(meaning.label for meaning in Meaning)


def make_radar(
    slug: str = "",
    *,
    sectors: Sequence[str] = SECTORS,
    rings: Sequence[str] = RINGS,
    meanings: Sequence[str] = (),
    **fields: Any,
) -> Radar:
    """A radar without any edition; rings mean adopt, trial, assess, hold unless `meanings` says."""
    slug = slug or f"radar-{next(_numbers)}"
    fields.setdefault("title", slug.replace("-", " ").capitalize())
    fields.setdefault("created_at", timezone.now())
    radar = Radar.objects.create(slug=slug, **fields)
    meanings = meanings or [*Meaning.values, *[Meaning.HOLD] * len(rings)][: len(rings)]
    Sector.objects.bulk_create(
        Sector(radar=radar, key=title.lower().replace(" ", "-"), title=title, order=order)
        for order, title in enumerate(sectors)
    )
    Ring.objects.bulk_create(
        Ring(radar=radar, key=title.lower(), title=title, order=order, meaning=meanings[order])
        for order, title in enumerate(rings)
    )
    return radar


def make_technology(name: str = "", **fields: Any) -> Technology:
    name = name or f"technology-{next(_numbers)}"
    fields.setdefault("slug", name.lower().replace(" ", "-").replace(".", ""))
    fields.setdefault("created_at", timezone.now())
    return Technology.objects.create(name=name, **fields)


def make_edition(
    radar: Radar,
    blips: Mapping[str, tuple[int, int]] | None = None,
    *,
    day: date | None = None,
    **fields: Any,
) -> Edition:
    """An edition published here on `day`, the draft without one: `{"Go": (sector, ring)}`.

    Technologies are found by name or made; every placement is laid out and says how it moved
    since the edition before.
    """
    moment = datetime.combine(day, time(12), tzinfo=UTC) if day else timezone.now()
    fields.setdefault("key", day.isoformat() if day else "draft")
    fields.setdefault("title", f"Edition of {day}" if day else "Draft")
    draft = Edition.objects.create(
        radar=radar, state=Edition.State.DRAFT, updated_at=moment, **fields
    )
    published = radar.editions.published()
    before = (published.filter(date__lte=day) if day else published).last()
    placements = _placements(draft, blips or {}, before)
    place(draft, placements, before)
    draft.save()
    Placement.objects.bulk_create(placements)
    if day:
        draft.state, draft.date, draft.published_at = Edition.State.PUBLISHED, day, moment
        draft.save()
    return draft


def _placements(
    edition: Edition, blips: Mapping[str, tuple[int, int]], before: Edition | None
) -> list[Placement]:
    was = dict(before.placements.values_list("technology_id", "ring__order")) if before else {}
    radar = edition.radar
    sectors, rings = list(radar.sectors.all()), list(radar.rings.all())
    placements = []
    for name, (sector, ring) in blips.items():
        found = Technology.objects.filter(name=name).first() or make_technology(name)
        placement = Placement(
            edition=edition,
            technology=found,
            sector=sectors[sector],
            ring=rings[ring],
            movement=movement(was.get(found.pk), ring, is_first=before is None),
            is_sample=edition.is_sample,
        )
        placements.append(placement)
    return placements


def make_entry(radar: Radar, technology: Technology, **fields: Any) -> Entry:
    return Entry.objects.create(radar=radar, technology=technology, **fields)


def make_change(
    radar: Radar,
    technology: Technology,
    to: int | None,
    *,
    before: int | None = None,
    sector: int = 0,
    **fields: Any,
) -> RingChange:
    """A change from one ring order to another; None is "not on the radar"."""
    sectors, rings = list(radar.sectors.all()), list(radar.rings.all())
    fields.setdefault("at", timezone.now())
    fields.setdefault("reason", "It has proven itself.")
    return RingChange.objects.create(
        radar=radar,
        technology=technology,
        from_ring=None if before is None else rings[before],
        to_ring=None if to is None else rings[to],
        sector=sectors[sector],
        **fields,
    )


def make_proposal(
    radar: Radar,
    technology: Technology | None = None,
    *,
    by: Person | None = None,
    ring: int | None = 0,
    sector: int = 0,
    **fields: Any,
) -> Proposal:
    """An open proposal by somebody; `ring` None asks for taking it off."""
    by = by or make_person()
    fields.setdefault("name", technology.name if technology else "Something new")
    fields.setdefault("at", timezone.now())
    fields.setdefault("reason", "It has proven itself.")
    return Proposal.objects.create(
        radar=radar,
        technology=technology,
        sector=radar.sectors.get(order=sector),
        ring=None if ring is None else radar.rings.get(order=ring),
        by_id=str(by.pk),
        by_name=by.name,
        **fields,
    )


def built_in_scheme() -> Scheme:
    evaluation_schemes.load()
    return Scheme.objects.built_in()


def make_scheme(slug: str = "", **fields: Any) -> Scheme:
    """A scheme of its own with the built-in one's criteria."""
    slug = slug or f"scheme-{next(_numbers)}"
    like = built_in_scheme()
    fields.setdefault("title", slug.replace("-", " ").capitalize())
    fields.setdefault("created_at", timezone.now())
    for name in ("criteria", "bands", "knock_outs"):
        fields.setdefault(name, getattr(like, name))
    return Scheme.objects.create(slug=slug, **fields)


def make_evaluation(
    radar: Radar | None = None,
    name: str = "Go",
    *,
    state: str = Evaluation.State.OPEN,
    scorers: Sequence[Person] = (),
    alternatives: Sequence[str] = (),
    **fields: Any,
) -> Evaluation:
    """An evaluation by the built-in scheme, two weeks long from the day it was drafted."""
    now = fields.setdefault("at", timezone.now())
    owner = fields.pop("owner", None) or make_person()
    fields.setdefault("question", f"Can {name} do what we need?")
    fields.setdefault("success_criteria", "It does.")
    fields.setdefault("starts_on", now.date())
    fields.setdefault("ends_on", now.date() + timedelta(days=14))
    if state in (Evaluation.State.SUBMITTED, Evaluation.State.REVIEWED):
        fields.setdefault("submitted_at", now)
    people = {"owner_id": str(owner.pk), "owner_name": owner.name}
    evaluation = Evaluation.objects.create(
        radar=radar or make_radar(),
        scheme=fields.pop("scheme", None) or built_in_scheme(),
        technology=Technology.objects.filter(name=name).first(),
        name=name,
        state=state,
        by_id=str(owner.pk),
        by_name=owner.name,
        **people,
        **fields,
    )
    for order, candidate in enumerate((name, *alternatives)):
        Candidate.objects.create(
            evaluation=evaluation,
            technology=Technology.objects.filter(name=candidate).first(),
            name=candidate,
            order=order,
            is_subject=order == 0,
        )
    Invitation.objects.bulk_create(
        Invitation(evaluation=evaluation, person=person, at=now, by_name=owner.name)
        for person in scorers
    )
    return evaluation


def scores_of(evaluation: Evaluation, *scores: int | None) -> dict[str, dict[str, Any]]:
    """A sheet's scores in the order of the criteria; one score stands for all."""
    keys = [row.key for row in evaluation.scheme.scale.criteria]
    given = scores * len(keys) if len(scores) == 1 else scores
    pairs = zip(keys, given, strict=True)
    return {key: {"score": score, "evidence": ""} for key, score in pairs}


def make_sheet(
    evaluation: Evaluation,
    person: Person,
    *scores: int | None,
    candidate: int = 0,
    is_handed_in: bool = True,
) -> Sheet:
    """Somebody's sheet of the candidate of that order."""
    now = timezone.now()
    return Sheet.objects.create(
        candidate=evaluation.candidates.get(order=candidate),
        person_id=str(person.pk),
        person_name=person.name,
        scores=scores_of(evaluation, *scores),
        revision=1,
        updated_at=now,
        handed_in_at=now if is_handed_in else None,
    )
