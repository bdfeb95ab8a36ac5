"""Who may do what: a table in code, with named conditions beside it.

`may()` answers, `require()` raises. Both are called from `actions.py`, so that pages, API and
commands share one rule; pages also call `may()` to decide which actions they draw.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from portal.accounts.families import team_ids_of
from portal.accounts.models import Person, Role, Team
from portal.audit.actions import System
from portal.lib.errors import Forbidden


class Permission(StrEnum):
    READ = "read"
    REFRESH = "refresh"
    EDIT_TEAM_SCORECARDS = "edit_team_scorecards"
    EDIT_COMPANY_SCORECARDS = "edit_company_scorecards"
    IMPORT_CATALOG = "import_catalog"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_TEAMS = "manage_teams"
    MANAGE_INTEGRATIONS = "manage_integrations"
    OPERATE = "operate"
    SEE_GALLERY = "see_gallery"
    OWN_TOKENS = "own_tokens"
    MANAGE_TOKENS = "manage_tokens"
    READ_AUDIT = "read_audit"
    REMOVE_SAMPLE = "remove_sample"
    PROPOSE_RING = "propose_ring"
    DECIDE_RING = "decide_ring"
    PUBLISH_RADAR = "publish_radar"
    EDIT_TECHNOLOGY = "edit_technology"
    REVIEW_TECHNOLOGY = "review_technology"
    DRAFT_EVALUATION = "draft_evaluation"
    EDIT_EVALUATION = "edit_evaluation"
    SCORE_EVALUATION = "score_evaluation"
    RUN_EVALUATION = "run_evaluation"
    EDIT_SCHEMES = "edit_schemes"


@dataclass(frozen=True)
class Verdict:
    """Whether something is allowed, and the sentence that says why not."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


_TEAMS = "_teams_and_below"  # where a person keeps what teams_of() found

Condition = Callable[[Person, object], Verdict]
YES = Verdict(True)


def always(person: Person, subject: object) -> Verdict:
    return YES


def teams_of(person: Person) -> frozenset[int]:
    """The ids of the teams a person is in, and of every team below them.

    One query, whatever the number of teams; kept on the person, who lives as long as the
    request, so that a page asks once.
    """
    known: frozenset[int] | None = getattr(person, _TEAMS, None)
    if known is None:
        known = team_ids_of(person)
        setattr(person, _TEAMS, known)
    return known


def forget_teams(person: Person) -> None:
    """Ask again after the person's memberships changed."""
    if hasattr(person, _TEAMS):
        delattr(person, _TEAMS)


def not_own(person: Person, subject: object) -> Verdict:
    """The subject was not asked for by the person themselves: nobody decides on their own wish."""
    if getattr(subject, "by_id", None) == str(person.pk):
        return Verdict(False, "You proposed this yourself; somebody else decides on it.")
    return YES


def own_evaluation(person: Person, subject: object) -> Verdict:
    """The person drafted the evaluation or is its owner."""
    if str(person.pk) in (getattr(subject, "owner_id", None), getattr(subject, "by_id", None)):
        return YES
    owner = getattr(subject, "owner_name", "its owner")
    return Verdict(False, f"Only {owner}, whoever drafted it, architects and admins may do this.")


def own_team(person: Person, subject: object) -> Verdict:
    """The subject is a team the person is in, a team below it, or something such a team owns."""
    team_id = subject.pk if isinstance(subject, Team) else getattr(subject, "owner_id", None)
    if team_id is None:
        return Verdict(False, "Nobody owns this, so it belongs to none of your teams.")
    if team_id in teams_of(person):
        return YES
    team = subject if isinstance(subject, Team) else getattr(subject, "owner", "another team")
    return Verdict(False, f"This belongs to {team}, and you are not in that team.")


_EVERYONE: dict[Role, Condition] = dict.fromkeys(Role, always)
_ADMIN: dict[Role, Condition] = {Role.ADMIN: always}
_ARCHITECTS: dict[Role, Condition] = {Role.ARCHITECT: always, Role.ADMIN: always}
_OWNERS: dict[Role, Condition] = {
    Role.ENGINEER: own_team,
    Role.ARCHITECT: always,
    Role.LEAD: own_team,
    Role.ADMIN: always,
}

TABLE: dict[Permission, dict[Role, Condition]] = {
    Permission.READ: _EVERYONE,
    Permission.OWN_TOKENS: _EVERYONE,
    Permission.READ_AUDIT: _EVERYONE,
    Permission.REFRESH: _OWNERS,
    Permission.EDIT_TEAM_SCORECARDS: {Role.LEAD: own_team, Role.ADMIN: always},
    Permission.EDIT_COMPANY_SCORECARDS: _ADMIN,
    Permission.IMPORT_CATALOG: _ADMIN,
    Permission.MANAGE_PEOPLE: _ADMIN,
    Permission.MANAGE_TEAMS: _ADMIN,
    Permission.MANAGE_INTEGRATIONS: _ADMIN,
    Permission.OPERATE: _ADMIN,
    Permission.SEE_GALLERY: _ADMIN,
    Permission.MANAGE_TOKENS: _ADMIN,
    Permission.REMOVE_SAMPLE: _ADMIN,
    Permission.PROPOSE_RING: _EVERYONE,
    Permission.DECIDE_RING: {Role.ARCHITECT: not_own, Role.ADMIN: not_own},
    Permission.PUBLISH_RADAR: _ARCHITECTS,
    Permission.EDIT_TECHNOLOGY: _OWNERS,
    Permission.REVIEW_TECHNOLOGY: _OWNERS,
    Permission.DRAFT_EVALUATION: _EVERYONE,
    Permission.EDIT_EVALUATION: {
        Role.ENGINEER: own_evaluation,
        Role.ARCHITECT: always,
        Role.LEAD: own_evaluation,
        Role.ADMIN: always,
    },
    Permission.SCORE_EVALUATION: _EVERYONE,
    Permission.RUN_EVALUATION: _ARCHITECTS,
    Permission.EDIT_SCHEMES: _ARCHITECTS,
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


def require(by: Person | System, permission: Permission, subject: object = None) -> None:
    """Raise `Forbidden` with the reason where `may()` says no.

    The portal itself (a command on its machine, a job) is asked nothing.
    """
    if isinstance(by, System):
        return
    verdict = may(by, permission, subject)
    if not verdict:
        raise Forbidden(verdict.reason, context={"permission": permission.value})
