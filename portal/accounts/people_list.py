"""The columns and filters of the people list."""

from typing import Any

from portal.accounts.models import Role
from portal.lib.lists import Column, Filter

COLUMNS = [
    Column(key="name", title="Name", sort=("name",)),
    Column(key="email", title="E-mail address", sort=("email",), priority=2),
    Column(key="role", title="Role", sort=("role", "name")),
    Column(key="teams", title="Teams", priority=3),
    Column(key="seen", title="Last sign-in", sort=("last_login",), priority=2, descends_first=True),
    Column(key="state", title="Account", sort=("is_active", "name")),
]


def _search(people: Any, words: str) -> Any:
    return people.matching(words)


def _role(people: Any, role: str) -> Any:
    return people.filter(role=role)


def _state(people: Any, state: str) -> Any:
    match state:
        case "active":
            return people.filter(is_active=True)
        case "off":
            return people.filter(is_active=False)
        case "sample":
            return people.filter(is_sample=True)
        case _:
            return people


FILTERS = [
    Filter(key="q", title="Name, key or address", apply=_search),
    Filter(key="role", title="Role", apply=_role, options=lambda: Role.choices),
    Filter(
        key="state",
        title="Account",
        apply=_state,
        options=lambda: [("active", "Active"), ("off", "Switched off"), ("sample", "Sample")],
    ),
]
