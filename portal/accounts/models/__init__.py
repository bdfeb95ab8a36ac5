"""People, teams, and what they sign in with."""

from portal.accounts.models.attempt import Attempt
from portal.accounts.models.link import OneTimeLink, Purpose
from portal.accounts.models.person import Person, Role
from portal.accounts.models.team import Membership, Team
from portal.accounts.models.token import Scope, Token

__all__ = [
    "Attempt",
    "Membership",
    "OneTimeLink",
    "Person",
    "Purpose",
    "Role",
    "Scope",
    "Team",
    "Token",
]
