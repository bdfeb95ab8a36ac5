import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Person, Token
from portal.audit.models import Event
from tests.factories import make_person, make_team
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
OLD, NEW = "correct horse battery", "staple of another kind"


@pytest.fixture
def ada():
    return make_person(name="Ada", password=OLD)


def test_page_names_role_and_teams(sign_in, ada):
    make_team(title="Payments", parent=make_team(title="Money"), members=(ada,))

    page = sign_in(ada).get("/me/").content.decode()

    assert all(word in page for word in ("Ada", "Engineer", "Payments", "in Money"))


def test_profile_is_saved(sign_in, ada):
    response = sign_in(ada).post("/me/", {"name": "Ada L.", "time_zone": "Asia/Tokyo"})

    assert response.status_code == 302
    ada.refresh_from_db()
    assert (ada.name, ada.time_zone) == ("Ada L.", "Asia/Tokyo")


def test_profile_with_bad_input_keeps_what_was_typed(sign_in, ada):
    response = sign_in(ada).post("/me/", {"name": "Ada L.", "time_zone": "Mars/Base"})

    assert response.status_code == 422
    assert 'value="Ada L."' in response.content.decode()
    ada.refresh_from_db()
    assert ada.name == "Ada"


def test_role_can_not_be_changed_along(sign_in, ada):
    sign_in(ada).post("/me/", {"name": "Ada", "role": "admin", "is_active": "on"})

    ada.refresh_from_db()
    assert ada.role == "engineer"


def test_moments_are_shown_in_the_person_s_time_zone(sign_in, ada):
    Person.objects.filter(pk=ada.pk).update(time_zone="Asia/Tokyo")
    Token.objects.create(
        person=ada,
        name="ci",
        digest="d",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        expires_at=datetime(2099, 1, 1, 20, tzinfo=UTC),
    )

    page = sign_in(ada).get("/me/tokens/").content.decode()

    assert "2099" in page
    assert "05:00" in page
    assert timezone.get_current_timezone_name() == "UTC"


def change(client: Client, current: str = OLD, password: str = NEW, again: str = NEW):
    form = {"current": current, "password": password, "again": again}
    return client.post("/me/password/", form)


def test_changing_the_password_signs_out_elsewhere_and_not_here(ada):
    here, elsewhere = Client(), Client()
    here.force_login(ada)
    elsewhere.force_login(ada)

    assert change(here).status_code == 302

    assert here.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(NEW)


@pytest.mark.parametrize(
    "form", [{"current": "guess"}, {"again": "other"}, {"password": "short", "again": "short"}]
)
def test_password_with_bad_input_stays(sign_in, ada, form):
    assert change(sign_in(ada), **form).status_code == 422

    ada.refresh_from_db()
    assert ada.check_password(OLD)
    assert not Event.objects.exists()


def test_switching_off_ends_sessions(sign_in, ada):
    client = sign_in(ada)
    Person.objects.update(is_active=False)

    assert client.get("/me/").status_code == 302


def test_session_ends_12_hours_after_its_last_use(ada):
    client = Client()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.force_login(ada)
        for _ in range(3):
            clock.shift(timedelta(hours=11, minutes=59))
            assert client.get("/me/").status_code == 200
        clock.shift(timedelta(hours=12, seconds=1))
        assert client.get("/me/").status_code == 302


def test_session_in_use_is_not_written_by_every_request(sign_in, ada):
    client = sign_in(ada)
    client.get("/me/")

    queries = queries_of(lambda: client.get("/me/"))

    assert not [sql for sql in queries if not sql.startswith("SELECT")]


def make_token(client: Client, **fields) -> tuple[str, str]:
    form = {"name": "ci", "scopes": ["read"], "days": "30"} | fields
    page = client.post("/me/tokens/", form)
    found = re.search(r"data-secret>([^<]+)<", page.content.decode())
    return page, found.group(1) if found else ""


def test_token_is_shown_once_and_not_cached(sign_in, ada):
    client = sign_in(ada)

    page, secret = make_token(client)

    assert Token.objects.find(secret, now=timezone.now()).person == ada
    assert "no-store" in page["Cache-Control"]
    later = client.get("/me/tokens/").content.decode()
    assert secret not in later
    assert secret[:9] in later


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"scopes": []}, {"scopes": "root"}, {"days": "9"}]
)
def test_token_with_bad_input_is_not_made(sign_in, ada, fields):
    page, secret = make_token(sign_in(ada), **fields)

    assert (page.status_code, secret) == (422, "")
    assert not Token.objects.exists()


def test_token_is_revoked_by_its_owner(sign_in, ada):
    client = sign_in(ada)
    _, secret = make_token(client)
    token = Token.objects.get()

    client.post(f"/me/tokens/{token.pk}/revoke/")

    assert Token.objects.find(secret, now=timezone.now()) is None
    assert "Revoked" in client.get("/me/tokens/").content.decode()


def test_token_of_somebody_else_is_not_found(sign_in, ada):
    make_token(sign_in(ada))
    token = Token.objects.get()

    response = sign_in("admin").post(f"/me/tokens/{token.pk}/revoke/")

    assert response.status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None
