"""Who may do what: a table in code, with named conditions beside it.

`may()` answers, `require()` raises. Both are called from `actions.py`, so that pages, API and
commands share one rule; pages also call `may()` to decide which actions they draw.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from portal.accounts.models import Person, Role, Team
from portal.lib.errors import Forbidden


class Permission(StrEnum):
    READ = "read"
    REFRESH = "refresh"
    EDIT_TEAM_SCORECARDS = "edit_team_scorecards"
    EDIT_COMPANY_SCORECARDS = "edit_company_scorecards"
    IMPORT_CATALOG = "import_catalog"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_INTEGRATIONS = "manage_integrations"
    OPERATE = "operate"
    SEE_GALLERY = "see_gallery"
    OWN_TOKENS = "own_tokens"
    MANAGE_TOKENS = "manage_tokens"
    READ_AUDIT = "read_audit"
    REMOVE_SAMPLE = "remove_sample"


@dataclass(frozen=True)
class Verdict:
    """Whether something is allowed, and the sentence that says why not."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


Condition = Callable[[Person, object], Verdict]
YES = Verdict(True)


def always(person: Person, subject: object) -> Verdict:
    return YES


def own_team(person: Person, subject: object) -> Verdict:
    """The subject is a team the person is in, a team below it, or something such a team owns."""
    team = subject if isinstance(subject, Team) else getattr(subject, "owner", None)
    if not isinstance(team, Team):
        return Verdict(False, "Nobody owns this, so only an architect or an admin may do it.")
    mine = set(person.memberships.values_list("team_id", flat=True))
    seen: set[int] = set()
    at: Team | None = team
    while at is not None and at.pk not in seen:
        if at.pk in mine:
            return YES
        seen.add(at.pk)
        at = at.parent
    return Verdict(False, f"This belongs to {team}, and you are not in that team.")


_EVERYONE: dict[Role, Condition] = dict.fromkeys(Role, always)
_ADMIN: dict[Role, Condition] = {Role.ADMIN: always}

TABLE: dict[Permission, dict[Role, Condition]] = {
    Permission.READ: _EVERYONE,
    Permission.OWN_TOKENS: _EVERYONE,
    Permission.READ_AUDIT: _EVERYONE,
    Permission.REFRESH: {
        Role.ENGINEER: own_team,
        Role.ARCHITECT: always,
        Role.LEAD: own_team,
        Role.ADMIN: always,
    },
    Permission.EDIT_TEAM_SCORECARDS: {Role.LEAD: own_team, Role.ADMIN: always},
    Permission.EDIT_COMPANY_SCORECARDS: _ADMIN,
    Permission.IMPORT_CATALOG: _ADMIN,
    Permission.MANAGE_PEOPLE: _ADMIN,
    Permission.MANAGE_INTEGRATIONS: _ADMIN,
    Permission.OPERATE: _ADMIN,
    Permission.SEE_GALLERY: _ADMIN,
    Permission.MANAGE_TOKENS: _ADMIN,
    Permission.REMOVE_SAMPLE: _ADMIN,
}


def may(person: Person, permission: Permission, subject: object = None) -> Verdict:
    """Whether a person may do something to a subject (None where it has none)."""
    if not person.is_active:
        return Verdict(False, "Your account is switched off.")
    condition = TABLE[permission].get(Role(person.role))
    if condition is None:
        roles = " or ".join(role.label.lower() for role in Role if role in TABLE[permission])
        return Verdict(False, f"This needs the role {roles}.")
    return condition(person, subject)


def require(person: Person, permission: Permission, subject: object = None) -> None:
    """Raise `Forbidden` with the reason where `may()` says no."""
    verdict = may(person, permission, subject)
    if not verdict:
        raise Forbidden(verdict.reason, context={"permission": permission.value})
