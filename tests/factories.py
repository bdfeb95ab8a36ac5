"""Rows for tests: each function makes one thing, valid as it stands; arguments override."""

from datetime import datetime
from itertools import count
from typing import Any

from django.utils import timezone

from portal.accounts.models import Membership, Person, Role, Team
from portal.catalog.models import Service
from portal.jobs.models import Job
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
