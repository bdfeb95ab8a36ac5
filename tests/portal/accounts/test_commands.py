from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.accounts.models import Person, Role, Token
from portal.audit.models import Event
from tests.factories import make_person

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_create_person_with_the_password_of_the_environment(monkeypatch):
    monkeypatch.setenv("PORTAL_PASSWORD", PASSWORD)

    said = run("create_person", "ada@example.com", "--role", "admin", "--name", "Ada")

    person = Person.objects.get()
    assert (person.name, person.role) == ("Ada", Role.ADMIN)
    assert person.check_password(PASSWORD)
    assert PASSWORD not in said
    assert Event.objects.get().actor_name == "Command line"


def test_create_person_without_a_terminal_prints_a_link_that_works(client):
    said = run("create_person", "ada@example.com", "--role", "lead")

    link = urlsplit(said.splitlines()[-1])
    form = {"password": PASSWORD, "again": PASSWORD}
    assert client.post(f"{link.path}?{link.query}", form).status_code == 302
    assert Person.objects.get().check_password(PASSWORD)


def test_create_person_without_password_asks_nobody(monkeypatch):
    monkeypatch.setenv("PORTAL_PASSWORD", PASSWORD)

    assert "/welcome/" in run("create_person", "a@example.com", "--role", "lead", "--no-password")
    assert not Person.objects.get().has_password


def test_create_person_with_a_weak_password_creates_nobody(monkeypatch):
    monkeypatch.setenv("PORTAL_PASSWORD", "short")

    with pytest.raises(CommandError, match="too short"):
        run("create_person", "ada@example.com", "--role", "admin")

    assert not Person.objects.exists()


def test_create_person_twice_is_refused(monkeypatch):
    monkeypatch.setenv("PORTAL_PASSWORD", PASSWORD)
    run("create_person", "ada@example.com", "--role", "admin")

    with pytest.raises(CommandError, match="has an account already"):
        run("create_person", "ada@example.com", "--role", "admin")


@pytest.mark.parametrize("name", ["ada", "ADA@example.com"])
def test_create_token_prints_the_secret_alone(name):
    person = make_person(key="ada", email="ada@example.com")

    said = run("create_token", name, "--scope", "read", "--scope", "refresh", "--days", "7")

    token = Token.objects.find(said.strip(), now=timezone.now())
    assert token is not None
    assert (token.person, token.scopes) == (person, ["read", "refresh"])
    assert (token.expires_at - token.created_at).days == 7


def test_create_token_for_nobody_is_refused():
    with pytest.raises(CommandError, match="no person ada"):
        run("create_token", "ada")


def test_create_token_for_too_long_is_refused():
    make_person(key="ada")

    with pytest.raises(CommandError, match="1 to 365 days"):
        run("create_token", "ada", "--days", "366")


def test_create_token_for_somebody_switched_off_is_refused():
    make_person(key="ada", is_active=False)

    with pytest.raises(CommandError, match="switched off"):
        run("create_token", "ada")
