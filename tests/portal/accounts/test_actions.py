from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from portal.accounts import actions
from portal.accounts.models import Membership, Person, Role, Token
from portal.accounts.models.token import digest
from portal.accounts.roles import teams_of
from portal.audit.actions import System
from portal.audit.models import Event
from portal.lib.errors import Conflict, Forbidden, Invalid
from tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def admin():
    return make_person(Role.ADMIN, name="Root")


def last_event() -> Event:
    return Event.objects.latest("id")


def as_lead(action, **arguments):
    """An action that only admins may do, tried by a lead: nothing may be written."""
    events = Event.objects.count()
    with pytest.raises(Forbidden):
        action(by=make_person(Role.LEAD), **arguments)
    assert Event.objects.count() == events


def test_create_person_by_an_admin(admin):
    person = actions.create_person(
        by=admin, email=" Ada@Example.COM ", role="lead", name="Ada", password=PASSWORD
    )

    assert (person.key, person.email, person.role) == ("ada", "ada@example.com", Role.LEAD)
    assert person.check_password(PASSWORD)
    event = last_event()
    assert (event.verb, event.actor_name, event.subject_key) == ("person.created", "Root", "ada")
    assert PASSWORD not in str(event.after)


def test_create_person_whom_the_catalogue_names_keeps_teams(admin):
    named = Person.objects.create(key="ada", name="Ada Lovelace")
    make_team("payments", members=(named,))

    person = actions.create_person(by=admin, email="ada@example.com", role="engineer")

    assert person == named
    assert person.name == "Ada Lovelace"
    assert [team.key for team in person.teams.all()] == ["payments"]


def test_create_person_twice_is_a_conflict(admin):
    actions.create_person(by=admin, email="ada@example.com", role="lead", password=PASSWORD)

    with pytest.raises(Conflict, match="has an account already"):
        actions.create_person(by=admin, email="ADA@example.com", role="admin")


def test_create_person_with_the_address_of_a_sample_person_is_a_conflict(admin):
    make_person(email="ada@example.com", is_sample=True)

    with pytest.raises(Conflict, match="sample person"):
        actions.create_person(by=admin, email="ada@example.com", role="admin")


def test_create_person_never_takes_over_a_sample_person_by_key(admin):
    sample = Person.objects.create(key="ada", name="Ada", is_sample=True)

    person = actions.create_person(by=admin, email="ada@example.com", role="admin")

    assert person != sample
    assert person.key == "ada-2"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "nobody"}, "no e-mail address"),
        ({"role": "king"}, "no role king"),
        ({"password": "short"}, "too short"),
    ],
)
def test_create_person_with_bad_input_writes_nothing(admin, fields, sentence):
    given = {"email": "ada@example.com", "role": "lead", "password": PASSWORD} | fields

    with pytest.raises(Invalid, match=sentence), transaction.atomic():
        actions.create_person(by=admin, **given)

    assert not Person.objects.filter(key="ada").exists()
    assert not Event.objects.exists()


def test_create_person_needs_an_admin():
    as_lead(actions.create_person, email="ada@example.com", role="engineer")


def test_change_role(admin):
    person = make_person()

    actions.change_role(by=admin, person=person, role="architect")

    person.refresh_from_db()
    assert person.role == Role.ARCHITECT
    event = last_event()
    assert (event.before, event.after) == ({"role": "engineer"}, {"role": "architect"})


def test_change_role_to_the_same_writes_no_event(admin):
    actions.change_role(by=admin, person=make_person(), role="engineer")

    assert not Event.objects.exists()


def test_nobody_changes_their_own_role(admin):
    make_person(Role.ADMIN)

    with pytest.raises(Forbidden, match="their own role"):
        actions.change_role(by=admin, person=admin, role="lead")


@pytest.mark.parametrize("other", [{"is_active": False}, {"is_sample": True}])
def test_the_last_admin_stays_one(admin, other):
    """Neither an admin who is switched off nor a sample one counts."""
    make_person(Role.ADMIN, **other)
    by = System("Command line")

    with pytest.raises(Conflict, match="last active admin"):
        actions.change_role(by=by, person=admin, role="lead")
    with pytest.raises(Conflict, match="last active admin"):
        actions.set_active(by=by, person=admin, is_active=False)

    admin.refresh_from_db()
    assert (admin.role, admin.is_active) == (Role.ADMIN, True)


def test_one_of_two_admins_may_go(admin):
    other = make_person(Role.ADMIN)

    actions.change_role(by=admin, person=other, role="engineer")

    assert list(Person.objects.real_admins()) == [admin]


def test_change_role_needs_an_admin():
    as_lead(actions.change_role, person=make_person(), role="admin")


def test_switching_off_and_on(admin):
    person = make_person()

    actions.set_active(by=admin, person=person, is_active=False)
    actions.set_active(by=admin, person=person, is_active=False)
    actions.set_active(by=admin, person=person, is_active=True)

    verbs = list(Event.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["person.deactivated", "person.reactivated"]


def test_nobody_switches_off_themselves(admin):
    make_person(Role.ADMIN)

    with pytest.raises(Forbidden, match="their own account"):
        actions.set_active(by=admin, person=admin, is_active=False)


def test_switching_off_needs_an_admin():
    as_lead(actions.set_active, person=make_person(), is_active=False)


def test_profile(admin):
    actions.update_profile(by=admin, name=" Root Beer ", time_zone="Europe/Berlin")

    admin.refresh_from_db()
    assert (admin.name, admin.time_zone) == ("Root Beer", "Europe/Berlin")
    assert last_event().before == {"name": "Root", "time_zone": ""}


@pytest.mark.parametrize("fields", [{"name": " "}, {"time_zone": "Mars/Base"}, {"time_zone": ".."}])
def test_profile_with_bad_input_is_refused(admin, fields):
    with pytest.raises(Invalid):
        actions.update_profile(by=admin, **({"name": "Root", "time_zone": ""} | fields))


def test_password_of_somebody_else_is_refused(admin):
    with pytest.raises(Forbidden, match="its owner"):
        actions.set_password(by=admin, person=make_person(), password=PASSWORD)


def test_password_is_not_in_its_event(admin):
    actions.set_password(by=admin, person=admin, password=PASSWORD)

    event = last_event()
    assert (event.verb, event.before, event.after) == ("person.password_changed", None, None)


def test_members_come_and_go_with_one_event_each(admin):
    person, team = make_person(name="Ada"), make_team("payments")
    assert teams_of(person) == frozenset()

    for _ in range(2):
        actions.add_member(by=admin, team=team, person=person)
    assert teams_of(person) == {team.pk}
    for _ in range(2):
        actions.remove_member(by=admin, team=team, person=person)

    assert teams_of(person) == frozenset()
    assert not Membership.objects.exists()
    verbs = list(Event.objects.order_by("id").values_list("verb", "subject_key"))
    assert verbs == [("team.member_added", "payments"), ("team.member_removed", "payments")]


def test_members_need_an_admin():
    as_lead(actions.add_member, team=make_team(), person=make_person())
    as_lead(actions.remove_member, team=make_team(), person=make_person())


def test_token_keeps_only_the_hash_of_its_secret():
    person = make_person()

    token, secret = actions.create_token(
        by=person, person=person, name="ci", scopes=["write", "read"], days=30, now=NOW
    )

    token.refresh_from_db()
    assert token.digest == digest(secret)
    assert token.expires_at == NOW + timedelta(days=30)
    assert token.scopes == ["read", "write"]
    assert secret.startswith(token.prefix)
    kept = [str(value) for value in (*vars(token).values(), *vars(last_event()).values())]
    assert not any(secret in value for value in kept)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " "},
        {"name": "n" * 101},
        {"scopes": []},
        {"scopes": ["read", "root"]},
        {"days": 0},
        {"days": 366},
    ],
)
def test_token_with_bad_input_is_refused(fields):
    person = make_person()
    given = {"name": "ci", "scopes": ["read"], "days": 30} | fields

    with pytest.raises(Invalid):
        actions.create_token(by=person, person=person, now=NOW, **given)


def test_token_for_somebody_else_is_refused_even_to_an_admin(admin):
    with pytest.raises(Forbidden, match="its owner"):
        actions.create_token(
            by=admin, person=make_person(), name="ci", scopes=["read"], days=1, now=NOW
        )


def make_token(person: Person, **fields) -> tuple[Token, str]:
    given = {"name": "ci", "scopes": ["read"], "days": 30, "now": NOW} | fields
    return actions.create_token(by=person, person=person, **given)


def test_token_is_found_by_its_secret_while_it_lives():
    person = make_person()
    token, secret = make_token(person)

    assert Token.objects.find(secret, now=NOW) == token
    assert Token.objects.find(secret + "x", now=NOW) is None
    assert Token.objects.find(token.digest, now=NOW) is None
    assert Token.objects.find(secret, now=token.expires_at) is None


def test_token_of_somebody_switched_off_is_not_found():
    person = make_person()
    _, secret = make_token(person)
    Person.objects.filter(pk=person.pk).update(is_active=False)

    assert Token.objects.find(secret, now=NOW) is None


@pytest.mark.parametrize("who", ["owner", "admin"])
def test_token_revoked_by_owner_or_admin(who, admin):
    person = make_person()
    token, secret = make_token(person)
    by = {"owner": person, "admin": admin}[who]

    for _ in range(2):
        actions.revoke_token(by=by, token=token, now=NOW)

    assert Token.objects.find(secret, now=NOW) is None
    assert Event.objects.filter(verb="token.revoked").count() == 1


def test_token_of_somebody_else_can_not_be_revoked():
    token, secret = make_token(make_person())

    as_lead(actions.revoke_token, token=token, now=NOW)

    assert Token.objects.find(secret, now=NOW) == token


def test_use_of_a_token_is_noted_once_a_minute(django_assert_num_queries):
    token, _ = make_token(make_person())
    token.note_use(NOW)

    with django_assert_num_queries(0):
        token.note_use(NOW + timedelta(seconds=59))
    with django_assert_num_queries(1):
        token.note_use(NOW + timedelta(seconds=60))

    token.refresh_from_db()
    assert token.last_used_at == NOW + timedelta(seconds=60)


def test_password_link_for_a_sample_or_switched_off_person_is_refused(admin):
    for fields in ({"is_sample": True}, {"is_active": False}):
        with pytest.raises(Conflict):
            actions.make_password_link(by=admin, person=make_person(**fields), now=NOW)


def test_password_link_needs_an_admin():
    as_lead(actions.make_password_link, person=make_person(), now=NOW)
