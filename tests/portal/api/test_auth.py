from datetime import timedelta

import pytest
import time_machine
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone

from portal.accounts import actions
from portal.accounts.models import Person, Scope, Token
from portal.api.auth import needs
from portal.lib.errors import Forbidden, Unauthorized
from tests.factories import make_person

pytestmark = pytest.mark.django_db


def make_token(person: Person, *scopes: str, days: int = 30) -> str:
    _, secret = actions.create_token(
        by=person,
        person=person,
        name="ci",
        scopes=scopes or ["read"],
        days=days,
        now=timezone.now(),
    )
    return secret


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def test_a_token_acts_as_its_person(client):
    person = make_person()

    response = client.get("/api/v1/me", headers=bearer(make_token(person)))

    assert response.json()["key"] == person.key
    assert Token.objects.get().last_used_at is not None


def test_a_session_reads(sign_in):
    person = make_person()

    assert sign_in(person).get("/api/v1/me").json()["key"] == person.key


def refusal(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_nobody_is_answered_401_and_not_sent_to_a_page(client):
    response = client.get("/api/v1/me")

    assert refusal(response) == (401, "UNAUTHORIZED")
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer cc_nonsense", "Bearer "])
def test_a_token_that_is_none_is_refused_even_beside_a_session(sign_in, header):
    response = sign_in().get("/api/v1/me", headers={"authorization": header})

    assert refusal(response) == (401, "UNAUTHORIZED")


def test_an_expired_token_is_refused(client):
    secret = make_token(make_person(), days=1)

    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert refusal(client.get("/api/v1/me", headers=bearer(secret)))[0] == 401


def test_a_revoked_token_is_refused(client):
    person = make_person()
    secret = make_token(person)
    actions.revoke_token(by=person, token=Token.objects.get(), now=timezone.now())

    assert refusal(client.get("/api/v1/me", headers=bearer(secret)))[0] == 401


def test_a_token_of_somebody_switched_off_is_refused(client):
    secret = make_token(make_person())
    Person.objects.update(is_active=False)

    assert refusal(client.get("/api/v1/me", headers=bearer(secret)))[0] == 401


def test_a_token_without_the_scope_is_forbidden(client):
    response = client.get("/api/v1/me", headers=bearer(make_token(make_person(), "refresh")))

    assert refusal(response) == (403, "FORBIDDEN")
    assert response.json()["error"]["context"] == {"scope": "read"}


def call(method: str, secret: str, scope: Scope | None = None) -> Person:
    """Authenticate as an operation that needs a scope does."""
    request: HttpRequest = RequestFactory().generic(
        method, "/api/v1/x", HTTP_AUTHORIZATION=f"Bearer {secret}"
    )
    token_auth, _ = needs(scope)
    person = token_auth(request)
    assert request.user == person
    return person


@pytest.mark.parametrize(
    ("method", "scope", "fits"),
    [
        ("GET", None, "read"),
        ("HEAD", None, "read"),
        ("POST", None, "write"),
        ("DELETE", None, "write"),
        ("POST", Scope.REFRESH, "refresh"),
        ("GET", Scope.WRITE, "write"),
    ],
)
def test_the_scope_an_operation_needs(method, scope, fits):
    person = make_person()

    assert call(method, make_token(person, fits), scope) == person
    for other in set(Scope.values) - {fits}:
        with pytest.raises(Forbidden):
            call(method, make_token(person, other), scope)


def enter(method: str, client: Client, person: Person, **extra) -> Person | None:
    """Authenticate a session as an operation does, with the CSRF check on."""
    request = RequestFactory(enforce_csrf_checks=True).generic(method, "/api/v1/x", **extra)
    request.user = person
    request.COOKIES.update({name: morsel.value for name, morsel in client.cookies.items()})
    _, session_auth = needs()
    return session_auth(request)


def test_a_session_writes_only_with_the_csrf_token(client):
    person = make_person()
    client.get("/sign-in/")
    token = client.cookies["csrf"].value

    assert enter("GET", client, person) == person
    with pytest.raises(Forbidden, match="CSRF"):
        enter("POST", client, person)
    assert enter("POST", client, person, HTTP_X_CSRFTOKEN=token) == person


def test_a_session_of_somebody_switched_off_is_none(client):
    assert enter("GET", client, make_person(is_active=False)) is None


def test_secrets_that_can_not_be_tokens_ask_nothing(django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(Unauthorized):
        call("GET", "ghp_somebody-pasted-the-wrong-one")


def test_a_read_by_token_takes_few_queries(client, django_assert_max_num_queries):
    headers = bearer(make_token(make_person()))
    client.get("/api/v1/me", headers=headers)

    with django_assert_max_num_queries(3):
        client.get("/api/v1/me", headers=headers)
