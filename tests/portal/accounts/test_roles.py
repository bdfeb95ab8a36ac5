import pytest

from portal.accounts.models import Membership, Person, Role, Team
from portal.accounts.roles import (
    TABLE,
    Permission,
    forget_teams,
    may,
    require,
    teams_of,
)
from portal.lib.errors import Forbidden
from tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db


class Owned:
    """Something with an owner, as services have it."""

    def __init__(self, owner: Team | None) -> None:
        self.owner = owner
        self.owner_id = owner and owner.pk


class Wish:
    """Something that a person asked for, as proposals have it."""

    def __init__(self, by: Person) -> None:
        self.by_id = str(by.pk)


class Asked:
    """What one person drafted and another owns, as evaluations have it."""

    def __init__(self, *, owner: Person, by: Person) -> None:
        self.owner_id, self.owner_name = str(owner.pk), owner.name
        self.by_id = str(by.pk)


def test_every_permission_has_its_row():
    assert set(TABLE) == set(Permission)


@pytest.mark.parametrize(
    ("role", "own", "other"),
    [
        (Role.ENGINEER, True, False),
        (Role.ARCHITECT, True, True),
        (Role.LEAD, True, False),
        (Role.ADMIN, True, True),
    ],
)
def test_refresh_now(role, own, other):
    person = make_person(role)
    mine = make_team(members=(person,))

    assert bool(may(person, Permission.REFRESH, Owned(mine))) is own
    assert bool(may(person, Permission.REFRESH, Owned(make_team()))) is other


@pytest.mark.parametrize(
    ("role", "decides", "publishes", "edits_others"),
    [
        (Role.ENGINEER, False, False, False),
        (Role.ARCHITECT, True, True, True),
        (Role.LEAD, False, False, False),
        (Role.ADMIN, True, True, True),
    ],
)
def test_work_on_the_radar(role, decides, publishes, edits_others):
    person = make_person(role)
    wish, own_wish = Wish(make_person()), Wish(person)
    theirs, mine = Owned(make_team()), Owned(make_team(members=(person,)))

    assert may(person, Permission.PROPOSE_RING)
    assert bool(may(person, Permission.DECIDE_RING, wish)) is decides
    assert not may(person, Permission.DECIDE_RING, own_wish)
    assert bool(may(person, Permission.PUBLISH_RADAR)) is publishes
    for permission in (Permission.EDIT_TECHNOLOGY, Permission.REVIEW_TECHNOLOGY):
        assert may(person, permission, mine)
        assert bool(may(person, permission, theirs)) is edits_others


@pytest.mark.parametrize(
    ("role", "runs"),
    [
        (Role.ENGINEER, False),
        (Role.ARCHITECT, True),
        (Role.LEAD, False),
        (Role.ADMIN, True),
    ],
)
def test_work_on_evaluations(role, runs):
    person, other = make_person(role), make_person(name="Olga")
    owned, drafted = Asked(owner=person, by=other), Asked(owner=other, by=person)

    for permission in (Permission.DRAFT_EVALUATION, Permission.SCORE_EVALUATION):
        assert may(person, permission)
    for mine in (owned, drafted):
        assert may(person, Permission.EDIT_EVALUATION, mine)
    verdict = may(person, Permission.EDIT_EVALUATION, Asked(owner=other, by=other))
    assert bool(verdict) is runs
    assert runs or verdict.reason.startswith("Only Olga, whoever drafted it,")
    for permission in (Permission.RUN_EVALUATION, Permission.EDIT_SCHEMES):
        assert bool(may(person, permission, owned)) is runs


def test_a_team_below_mine_is_mine_and_one_above_is_not():
    person = make_person()
    above = make_team()
    mine = make_team(parent=above, members=(person,))
    below = make_team(parent=make_team(parent=mine))

    assert may(person, Permission.REFRESH, Owned(below))
    assert may(person, Permission.REFRESH, below)
    assert not may(person, Permission.REFRESH, Owned(above))


def test_what_nobody_owns_is_in_none_of_my_teams():
    verdict = may(make_person(), Permission.REFRESH, Owned(None))

    assert not verdict
    assert "Nobody owns" in verdict.reason


def test_a_refusal_names_the_team_or_the_role():
    person = make_person()
    team = make_team(title="Payments")

    assert "Payments" in may(person, Permission.REFRESH, Owned(team)).reason
    assert may(person, Permission.OPERATE).reason == "This needs the role admin."


def test_who_is_switched_off_may_nothing():
    assert not may(make_person(Role.ADMIN, is_active=False), Permission.READ)


def test_require_raises_with_the_permission_for_programs():
    with pytest.raises(Forbidden) as caught:
        require(make_person(), Permission.OPERATE)

    assert caught.value.context == {"permission": "operate"}


def test_own_team_asks_once_for_any_number_of_things(django_assert_num_queries):
    person = make_person()
    things = [Owned(make_team(members=(person,))) for _ in range(3)]

    with django_assert_num_queries(1):
        assert all(may(person, Permission.REFRESH, thing) for thing in things)


def test_forgotten_teams_are_asked_again():
    person, team = make_person(), make_team()
    assert teams_of(person) == frozenset()
    Membership.objects.create(person=person, team=team)

    forget_teams(person)

    assert teams_of(person) == {team.pk}
