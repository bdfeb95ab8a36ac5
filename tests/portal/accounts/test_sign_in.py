import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Attempt, Person
from portal.accounts.models.attempt import attempt_key
from portal.audit.models import Event
from tests.factories import make_person

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
LOCAL = {"host": "localhost"}


@pytest.fixture
def ada():
    return make_person(email="ada@example.com", password=PASSWORD, name="Ada")


def post(client: Client, email: str, password: str, **extra):
    return client.post("/sign-in/", {"email": email, "password": password}, **extra)


def is_signed_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def message(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def test_right_password_in_any_case_of_the_address(client, ada):
    response = post(client, "ADA@example.com", PASSWORD)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_signed_in(client)
    event = Event.objects.get()
    assert (event.verb, event.actor_name, event.after) == (
        "person.signed_in",
        "Ada",
        {"way": "password"},
    )


def test_wrong_password_keeps_the_address_and_audits_without_what_was_typed(client, ada):
    response = post(client, "ada@example.com", "wrong password")

    assert response.status_code == 422
    assert 'value="ada@example.com"' in response.content.decode()
    assert not is_signed_in(client)
    event = Event.objects.get()
    assert (event.verb, event.actor_id, event.subject_key) == (
        "person.sign_in_failed",
        "",
        ada.key,
    )
    assert "wrong password" not in str(vars(event))


def test_the_answer_does_not_tell_whether_the_account_exists(client, ada):
    make_person(email="off@example.com", password=PASSWORD, is_active=False)
    make_person(email="none@example.com")

    said = {
        message(post(client, email, "wrong password")).replace(email, "")
        for email in ("ada@example.com", "nobody@example.com", "none@example.com")
    }
    said.add(message(post(client, "off@example.com", PASSWORD)).replace("off@example.com", ""))

    assert len(said) == 1


def test_an_unknown_address_is_not_kept_anywhere(client):
    post(client, "my-secret-passphrase@example.com", "x")

    assert "my-secret" not in str([vars(event) for event in Event.objects.all()])
    assert "my-secret" not in str([vars(attempt) for attempt in Attempt.objects.all()])


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_five_failures_close_the_account_for_that_address(client, ada, email):
    for _ in range(5):
        assert post(client, email, "wrong").status_code == 422

    response = post(client, email, PASSWORD)

    assert response.status_code == 409
    assert "Try again in 15 minutes" in message(response)
    assert not is_signed_in(client)
    assert Event.objects.filter(verb="person.sign_in_failed").count() == 5


def test_another_address_and_another_account_stay_open(client, ada):
    for _ in range(6):
        post(client, "ada@example.com", "wrong")
    bob = make_person(email="bob@example.com", password=PASSWORD)

    assert post(client, "ada@example.com", PASSWORD, REMOTE_ADDR="10.0.0.9").status_code == 302
    assert post(Client(), bob.email, PASSWORD).status_code == 302


def test_waiting_15_minutes_opens_again(client, ada):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            post(client, "ada@example.com", "wrong")
        clock.shift(timedelta(minutes=14, seconds=59))
        assert post(client, "ada@example.com", PASSWORD).status_code == 409
        clock.shift(timedelta(seconds=2))
        assert post(client, "ada@example.com", PASSWORD).status_code == 302


def test_being_refused_does_not_make_the_wait_longer(client, ada):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            post(client, "ada@example.com", "wrong")
        for _ in range(10):
            clock.shift(timedelta(minutes=1))
            post(client, "ada@example.com", PASSWORD)
        clock.shift(timedelta(minutes=6))

        assert post(client, "ada@example.com", PASSWORD).status_code == 302


def test_success_forgets_the_failures_before(client, ada):
    for _ in range(4):
        post(client, "ada@example.com", "wrong")

    post(client, "ada@example.com", PASSWORD)

    assert not Attempt.objects.filter(key=attempt_key("ada@example.com", "127.0.0.1")).exists()


def test_a_hundred_failures_of_any_accounts_close_the_address(client, ada):
    failures = [Attempt(key=attempt_key("", "127.0.0.1"), at=timezone.now()) for _ in range(99)]
    Attempt.objects.bulk_create(failures)

    assert post(client, "one@example.com", "wrong").status_code == 422
    response = post(client, ada.email, PASSWORD)
    assert response.status_code == 409
    assert "Too many attempts from your address" in message(response)
    assert post(client, ada.email, PASSWORD, REMOTE_ADDR="10.0.0.9").status_code == 302


def test_success_does_not_count_against_the_address(client, ada):
    post(client, ada.email, PASSWORD)

    assert not Attempt.objects.exists()


def test_the_session_gets_a_new_key(client, ada):
    client.session["planted"] = True
    planted = client.session
    planted.save()
    client.cookies["session"] = planted.session_key

    post(client, "ada@example.com", PASSWORD)

    assert client.cookies["session"].value != planted.session_key
    client.cookies["session"] = planted.session_key
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("wanted", "gone_to"),
    [
        ("/services/?tier=1", "/services/?tier=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("no-page-of-ours", "/"),
        ("", "/"),
    ],
)
def test_after_sign_in_only_to_pages_of_ours(client, ada, wanted, gone_to):
    response = client.post("/sign-in/", {"email": ada.email, "password": PASSWORD, "next": wanted})

    assert response["Location"] == gone_to


def test_an_anonymous_reader_is_sent_to_sign_in_and_back(client):
    response = client.get("/me/tokens/?a=b")

    assert response["Location"] == "/sign-in/?next=/me/tokens/%3Fa%3Db"


def test_htmx_is_sent_to_sign_in_as_a_whole_page(client):
    response = client.get("/me/tokens/", headers={"hx-request": "true"})

    assert response["HX-Redirect"].startswith("/sign-in/")


def test_who_is_signed_in_already_goes_on(sign_in):
    assert sign_in().get("/sign-in/?next=/me/")["Location"] == "/me/"


def test_sign_out_ends_the_session_and_is_audited(sign_in):
    client = sign_in(make_person(name="Ada"))

    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"

    assert not is_signed_in(client)
    assert Event.objects.get().verb == "person.signed_out"


def test_sign_in_needs_the_csrf_token(ada):
    client = Client(enforce_csrf_checks=True)

    assert post(client, ada.email, PASSWORD).status_code == 403


@pytest.fixture
def sample():
    return make_person("lead", key="lea", name="Lea Sample", is_sample=True)


def test_sample_person_by_one_click_on_this_machine(client, sample):
    page = client.get("/sign-in/", headers=LOCAL)
    assert "Lea Sample" in page.content.decode()

    response = client.post("/sign-in/sample/", {"person": "lea"}, headers=LOCAL)

    assert response.status_code == 302
    assert client.get("/me/", headers=LOCAL).status_code == 200
    assert Event.objects.get().after == {"way": "sample"}


@pytest.mark.parametrize(
    "request_from",
    [
        {"REMOTE_ADDR": "10.0.0.5", "HTTP_HOST": "localhost"},
        {"HTTP_HOST": "testserver"},
        {"HTTP_HOST": "localhost", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
    ],
)
def test_sample_person_from_elsewhere_is_refused(client, sample, request_from):
    page = client.get("/sign-in/", **request_from)
    response = client.post("/sign-in/sample/", {"person": "lea"}, **request_from)

    assert "Lea Sample" not in page.content.decode()
    assert response.status_code == 404
    assert "_auth_user_id" not in client.session


def test_real_people_are_not_entered_by_one_click(client, sample, ada):
    response = client.post("/sign-in/sample/", {"person": ada.key}, headers=LOCAL)

    assert response.status_code == 404


def test_sample_person_switched_off_is_not_offered(client, sample):
    Person.objects.update(is_active=False)

    assert "Lea Sample" not in client.get("/sign-in/", headers=LOCAL).content.decode()


def test_sample_person_where_sample_mode_is_off(client, sample, settings):
    settings.ENV = settings.ENV.model_copy(update={"portal_sample": False})

    assert "Lea Sample" not in client.get("/sign-in/", headers=LOCAL).content.decode()
    assert client.post("/sign-in/sample/", {"person": "lea"}, headers=LOCAL).status_code == 404
