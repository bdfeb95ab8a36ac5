"""Rows for tests: each function makes one thing, valid as it stands; arguments override."""

from itertools import count
from typing import Any

from portal.accounts.models import Membership, Person, Role, Team

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
