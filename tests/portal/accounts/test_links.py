from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.utils import timezone

from portal.accounts import actions, first_admin, links
from portal.accounts.models import OneTimeLink, Person, Purpose, Role
from portal.audit.models import Event
from portal.lib.errors import Conflict
from tests.factories import make_person

pytestmark = pytest.mark.django_db
LOCAL = {"host": "localhost"}
PASSWORD = "correct horse battery"
FORM = {
    "name": "Grace Hopper",
    "email": "grace@example.com",
    "password": PASSWORD,
    "again": PASSWORD,
}


def path_of(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


def first_admin_path() -> str:
    return path_of(first_admin.make_link())


def test_first_admin_link_is_on_loopback():
    assert first_admin.make_link().startswith("http://127.0.0.1:")
    assert first_admin.make_link(base="http://127.0.0.1:5/").startswith("http://127.0.0.1:5/first")


def test_first_admin_is_created_and_signed_in(client):
    path = first_admin_path()
    assert client.get(path, headers=LOCAL).status_code == 200

    response = client.post(path, FORM, headers=LOCAL)

    assert response.status_code == 302
    admin = Person.objects.get()
    assert (admin.role, admin.email, admin.name) == (Role.ADMIN, FORM["email"], FORM["name"])
    assert client.get("/me/", headers=LOCAL).status_code == 200
    verbs = list(Event.objects.order_by("id").values_list("verb", "actor_name"))
    assert verbs == [("person.created", "First start"), ("person.signed_in", "Grace Hopper")]


def test_first_admin_link_works_once(client):
    path = first_admin_path()
    client.post(path, FORM, headers=LOCAL)

    response = client.post(path, FORM | {"email": "eve@example.com"}, headers=LOCAL)

    assert response.status_code == 404
    assert Person.objects.count() == 1


def test_first_admin_link_ends_after_15_minutes(client):
    path = first_admin_path()

    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1)):
        assert client.get(path, headers=LOCAL).status_code == 404


@pytest.mark.parametrize(
    "request_from",
    [
        {"HTTP_HOST": "localhost", "REMOTE_ADDR": "10.0.0.5"},
        {"HTTP_HOST": "testserver"},
        {"HTTP_HOST": "localhost", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
    ],
)
def test_first_admin_link_from_elsewhere_does_not_work(client, request_from):
    path = first_admin_path()

    assert client.get(path, **request_from).status_code == 404
    assert client.post(path, FORM, **request_from).status_code == 404
    assert not Person.objects.exists()


def test_first_admin_link_that_nobody_signed_does_not_work(client):
    path = first_admin_path()

    for wrong in (path[:-1] + ("a" if path[-1] != "a" else "b"), "/first-admin/"):
        assert client.get(wrong, headers=LOCAL).status_code == 404


def test_first_admin_link_with_an_admin_by_now_does_not_work(client):
    path = first_admin_path()
    make_person(Role.ADMIN)

    assert client.get(path, headers=LOCAL).status_code == 404


def test_first_admin_link_is_not_made_while_there_is_an_admin():
    make_person(Role.ADMIN)

    with pytest.raises(Conflict):
        first_admin.make_link()


def test_sample_and_switched_off_admins_do_not_count():
    make_person(Role.ADMIN, is_sample=True)
    make_person(Role.ADMIN, is_active=False)

    assert first_admin.is_needed()


def test_a_newer_first_admin_link_ends_the_older(client):
    older, newer = first_admin_path(), first_admin_path()

    assert client.get(older, headers=LOCAL).status_code == 404
    assert client.get(newer, headers=LOCAL).status_code == 200


def test_first_admin_with_a_weak_password_spends_nothing(client):
    path = first_admin_path()

    response = client.post(path, FORM | {"password": "short", "again": "short"}, headers=LOCAL)

    assert response.status_code == 422
    assert "Grace Hopper" in response.content.decode()
    assert client.get(path, headers=LOCAL).status_code == 200


def test_first_admin_with_a_taken_address_spends_nothing(client):
    make_person(email=FORM["email"], password=PASSWORD)
    path = first_admin_path()

    response = client.post(path, FORM, headers=LOCAL)

    assert response.status_code == 422
    assert "has an account already" in response.content.decode()
    assert client.get(path, headers=LOCAL).status_code == 200


def test_two_tabs_make_one_admin():
    now = timezone.now()
    secret = links.make(Purpose.FIRST_ADMIN, now=now)
    link = links.find(Purpose.FIRST_ADMIN, secret, now=now)
    given = {"link": link, "name": "Grace", "password": PASSWORD, "now": now}
    first_admin.create(email="grace@example.com", **given)

    with pytest.raises(Conflict):
        first_admin.create(email="eve@example.com", **given)


def test_only_the_hash_of_a_link_is_kept():
    secret = links.make(Purpose.FIRST_ADMIN, now=timezone.now())

    row = OneTimeLink.objects.get()
    assert secret.split(":")[0] not in str(vars(row))


@pytest.fixture
def ada():
    return make_person(email="ada@example.com", name="Ada")


def password_path(person: Person) -> str:
    secret = links.make(Purpose.PASSWORD, person=person, now=timezone.now())
    return links.path(Purpose.PASSWORD, secret)


def test_password_is_chosen_behind_a_link_from_anywhere(client, ada):
    path = password_path(ada)

    response = client.post(path, {"password": PASSWORD, "again": PASSWORD})

    assert response.status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    assert client.get("/me/").status_code == 200
    assert client.post(path, {"password": PASSWORD, "again": PASSWORD}).status_code == 404


def test_password_link_ends_after_a_day(client, ada):
    path = password_path(ada)

    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        assert client.get(path).status_code == 404


def test_password_link_of_somebody_switched_off_does_not_work(client, ada):
    path = password_path(ada)
    Person.objects.update(is_active=False)

    assert client.get(path).status_code == 404


def test_a_first_admin_link_chooses_no_password(client, ada):
    secret = links.make(Purpose.FIRST_ADMIN, now=timezone.now())

    assert client.get(links.path(Purpose.PASSWORD, secret)).status_code == 404


def test_passwords_that_differ_are_refused(client, ada):
    response = client.post(password_path(ada), {"password": PASSWORD, "again": PASSWORD + "x"})

    assert response.status_code == 422
    assert "differ" in response.content.decode()


def test_a_password_chosen_otherwise_ends_the_links():
    person = make_person(email="ada@example.com", password=PASSWORD)
    secret = links.make(Purpose.PASSWORD, person=person, now=timezone.now())

    actions.set_password(by=person, person=person, password="another long password")

    assert links.find(Purpose.PASSWORD, secret, now=timezone.now()) is None
