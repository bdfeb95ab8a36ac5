"""A team, the team above it and the teams below it, without reading all the others."""

from dataclasses import dataclass

from django.db import connection

from portal.accounts.models import Person, Team

# UNION instead of UNION ALL ends a circle of parents.
_FAMILY = """
WITH RECURSIVE family (id) AS (
    SELECT id FROM accounts_team WHERE key = %(key)s
    UNION
    SELECT team.id FROM accounts_team team JOIN family ON team.parent_id = family.id
)
SELECT team.*, team.id IN (SELECT id FROM family) AS is_family
FROM accounts_team team
WHERE team.id IN (SELECT id FROM family)
    OR team.id = (SELECT parent_id FROM accounts_team WHERE key = %(key)s)
ORDER BY team.name, team.key
"""

_TEAMS_OF = """
WITH RECURSIVE family (id) AS (
    SELECT team_id FROM accounts_membership WHERE person_id = %s
    UNION
    SELECT team.id FROM accounts_team team JOIN family ON team.parent_id = family.id
)
SELECT id FROM family
"""


@dataclass(frozen=True)
class Family:
    """`ids` are those of the team and of every team below it, at any depth."""

    team: Team  # with its parent, so that asking for that is no query
    children: list[Team]  # by name, those that their source still has
    ids: frozenset[int]


def family_of(key: str) -> Family | None:
    """The family of a team, with one query; None where there is no such team."""
    teams = list(Team.objects.raw(_FAMILY, {"key": key}))
    team = next((row for row in teams if row.key == key), None)
    if team is None:
        return None
    team.parent = next((row for row in teams if row.pk == team.parent_id), None)
    return Family(
        team=team,
        children=[row for row in teams if row.parent_id == team.pk and not row.vanished_at],
        ids=frozenset(row.pk for row in teams if row.is_family),  # type: ignore[attr-defined]
    )


def team_ids_of(person: Person) -> frozenset[int]:
    """The ids of the teams that a person is in, and of every team below them, with one query."""
    with connection.cursor() as cursor:
        cursor.execute(_TEAMS_OF, [person.pk])
        return frozenset(pk for (pk,) in cursor.fetchall())
