"""Rows for tests: each function makes one thing, valid as it stands; arguments override."""

from itertools import count
from typing import Any

from django.utils import timezone

from portal.accounts.models import Membership, Person, Role, Team
from portal.jobs.models import Job

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
