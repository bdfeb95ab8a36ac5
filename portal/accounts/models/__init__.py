"""People, teams and tokens."""

from portal.accounts.models.person import Person, Role
from portal.accounts.models.team import Membership, Team
from portal.accounts.models.token import Token

__all__ = ["Membership", "Person", "Role", "Team", "Token"]
