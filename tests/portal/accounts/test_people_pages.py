import re
from urllib.parse import urlsplit

import pytest
from django.test import Client

from portal.accounts.models import Person, Role
from portal.audit.models import Event
from tests.factories import make_person, make_team
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def admin(sign_in):
    return sign_in(make_person(Role.ADMIN, name="Root", key="root"))


def secret_of(response) -> str:
    found = re.search(r"data-secret>([^<]+)<", response.content.decode())
    return found.group(1) if found else ""


def test_list_filters_and_says_how_everybody_signs_in(admin):
    make_person(name="Ada", password=PASSWORD)
    make_person("lead", name="Bob", is_active=False)

    page = admin.get("/accounts/").content.decode()
    leads = admin.get("/accounts/?role=lead").content.decode()

    assert all(word in page for word in ("Ada", "Bob", "No password yet", "Switched off"))
    assert "Bob" in leads
    assert ">Ada<" not in leads


def test_list_takes_the_same_queries_for_any_number(admin):
    admin.get("/accounts/")
    few = queries_of(lambda: admin.get("/accounts/"))
    for _ in range(30):
        make_team(members=(make_person(),))

    many = queries_of(lambda: admin.get("/accounts/"))

    assert len(many) == len(few) <= 12


def test_htmx_gets_the_list_alone(admin):
    headers = {"hx-request": "true", "hx-target": "people"}

    page = admin.get("/accounts/?q=root", headers=headers).content.decode()

    assert "Root" in page
    assert "<html" not in page


def test_somebody_new_comes_in_by_the_link_shown_once(admin):
    form = {"email": "ada@example.com", "name": "Ada", "role": "lead"}

    response = admin.post("/accounts/new/", form)

    link = urlsplit(secret_of(response))
    ada = Client()
    chosen = {"password": PASSWORD, "again": PASSWORD}
    assert ada.post(f"{link.path}?{link.query}", chosen).status_code == 302
    assert ada.get("/me/").status_code == 200
    assert not secret_of(admin.get("/accounts/people/ada/"))


def test_somebody_new_with_a_taken_address_keeps_what_was_typed(admin):
    make_person(email="ada@example.com", password=PASSWORD)
    form = {"email": "ada@example.com", "name": "Ada Typed", "role": "lead"}

    response = admin.post("/accounts/new/", form)

    assert response.status_code == 422
    page = response.content.decode()
    assert "has an account already" in page
    assert "Ada Typed" in page


def test_role_changes(admin):
    make_person(key="ada")

    response = admin.post("/accounts/people/ada/role/", {"role": "architect"})

    assert response.status_code == 302
    assert Person.objects.get(key="ada").role == Role.ARCHITECT


def test_own_role_is_not_offered_and_refused(admin):
    assert "/accounts/people/root/role/" not in admin.get("/accounts/people/root/").content.decode()

    response = admin.post("/accounts/people/root/role/", {"role": "lead"})

    assert response.status_code == 403
    assert "their own role" in response.content.decode()


def test_unknown_role_is_refused(admin):
    make_person(key="ada")

    assert admin.post("/accounts/people/ada/role/", {"role": "king"}).status_code == 422


def test_account_is_switched_off_and_on(admin):
    make_person(key="ada")

    admin.post("/accounts/people/ada/active/", {"active": "no"})
    assert not Person.objects.get(key="ada").is_active
    admin.post("/accounts/people/ada/active/", {"active": "yes"})
    assert Person.objects.get(key="ada").is_active


def test_the_refusal_to_switch_off_oneself_is_shown(admin):
    response = admin.post("/accounts/people/root/active/", {"active": "no"}, follow=True)

    assert "their own account" in response.content.decode()
    assert Person.objects.get(key="root").is_active


def test_new_password_link_for_somebody(admin):
    make_person(key="ada")

    response = admin.post("/accounts/people/ada/link/")

    assert "/welcome/?link=" in secret_of(response)
    assert "no-store" in response["Cache-Control"]
    assert Event.objects.get().verb == "person.link_made"


def test_memberships_come_and_go(admin):
    person = make_person(key="ada")
    make_team("payments")

    admin.post("/accounts/people/ada/teams/add/", {"team": "Payments"})
    assert person.teams.count() == 1
    admin.post("/accounts/people/ada/teams/remove/", {"team": "payments"})
    assert person.teams.count() == 0


def test_unknown_team_is_refused_at_the_field(admin):
    make_person(key="ada")

    response = admin.post("/accounts/people/ada/teams/add/", {"team": "nobody"})

    assert response.status_code == 422
    assert "no team with this key" in response.content.decode()


def test_somebody_unknown_is_not_found(admin):
    assert admin.get("/accounts/people/nobody/").status_code == 404
