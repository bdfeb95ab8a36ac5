import json
from types import SimpleNamespace

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import OperationalError
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path

from portal.lib.errors import Conflict, Forbidden, Invalid, NotFound, PortalError, Unauthorized
from portal.shell import errors
from portal.shell.frame import Frame


def raising(error: Exception):
    def view(request):
        raise error

    return view


def failing(error: Exception):
    def fail(*args: object):
        raise error

    return fail


RAISED = {
    "forbidden": Forbidden("This belongs to Payments, and you are not in that team."),
    "notfound": NotFound("No service is called ledger."),
    "conflict": Conflict("It is being refreshed already."),
    "invalid": Invalid("A date must lie ahead."),
    "unauthorized": Unauthorized("Your session is over."),
    "database": OperationalError("server closed the connection"),
    "bug": ValueError("secret detail"),
    "portal": PortalError("secret detail"),
}

urlpatterns = [
    *(path(f"raise/{name}/", raising(error)) for name, error in RAISED.items()),
    *(path(f"api/raise/{name}/", raising(error)) for name, error in RAISED.items()),
    path("", include("portal.urls")),
]
handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def quiet(sign_in) -> Client:
    """A signed-in client that gets the error page instead of the exception."""
    client = sign_in()
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    ("name", "status", "heading"),
    [
        ("forbidden", 403, "You may not do this"),
        ("notfound", 404, "Nothing is at this address"),
        ("conflict", 409, "This was not accepted"),
        ("invalid", 422, "This was not accepted"),
    ],
)
def test_portal_error_is_answered_with_its_status_and_sentence(quiet, name, status, heading):
    response = quiet.get(f"/raise/{name}/")
    html = response.content.decode()

    assert response.status_code == status
    assert f"<h1>{heading}</h1>" in html
    assert RAISED[name].message in html
    assert 'class="rail"' in html


def test_unauthorized_leads_to_sign_in_and_back(quiet):
    response = quiet.get("/raise/unauthorized/?a=1")

    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/raise/unauthorized/%3Fa%3D1"


def test_unknown_address_keeps_the_frame_and_offers_the_search(quiet):
    response = quiet.get("/no/such/page/")
    html = response.content.decode()

    assert response.status_code == 404
    assert 'class="rail"' in html
    assert 'href="/search/"' in html


def test_unknown_address_without_sign_in_has_no_rail(client):
    html = client.get("/no/such/page/").content.decode()

    assert "Nothing is at this address" in html
    assert 'class="rail"' not in html


@pytest.mark.parametrize("name", ["bug", "portal"])
def test_unforeseen_error_says_what_was_kept_and_hides_details(quiet, name):
    response = quiet.get(f"/raise/{name}/", headers={"X-Request-ID": "test-12345"})
    html = response.content.decode()

    assert response.status_code == 500
    assert "What you sent was not saved" in html
    assert "test-12345" in html
    assert "secret detail" not in html


def test_database_that_is_away_is_answered_without_it(quiet, django_assert_num_queries):
    quiet.cookies["theme"] = "dark"
    request = RequestFactory().get("/", headers={"Cookie": "theme=dark"})
    try:
        raise RAISED["database"]
    except OperationalError:
        with django_assert_num_queries(0):
            response = errors.server_error(request)

    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert b'data-theme="dark"' in response.content
    assert quiet.get("/raise/database/").status_code == 503


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [("database", 503, "The database does not answer."), ("bug", 500, "Something went wrong")],
)
def test_errors_are_told_without_the_list_of_static_files(
    quiet, monkeypatch, caplog, name, status, words
):
    monkeypatch.setattr(staticfiles_storage, "url", failing(ValueError("Missing manifest entry")))

    response = quiet.get(f"/raise/{name}/", headers={"X-Request-ID": "test-12345"})
    html = response.content.decode()

    assert response.status_code == status
    assert f"<h1>{words}" in html
    assert "What you sent was not saved" in html
    assert "test-12345" in html
    assert "secret detail" not in html
    assert ("Retry-After" in response.headers) == (status == 503)
    assert "is collectstatic done?" in caplog.text


def test_page_that_needs_the_list_of_static_files_is_an_error_without_it(quiet, monkeypatch):
    monkeypatch.setattr(staticfiles_storage, "url", failing(ValueError("Missing manifest entry")))

    for address in ("/", "/no/such/page/"):
        response = quiet.get(address)
        assert response.status_code == 500
        assert b"<h1>Something went wrong on our side.</h1>" in response.content


@pytest.mark.parametrize("name", ["bug", "notfound", "no-such"])
def test_database_that_leaves_while_a_page_is_drawn_is_told(quiet, monkeypatch, name):
    monkeypatch.setattr(Frame, "has_sample", property(failing(OperationalError("gone"))))

    response = quiet.get(f"/raise/{name}/")

    assert response.status_code == (500 if name == "bug" else 503)
    assert "What you sent was not saved" in response.content.decode()


def test_number_of_a_request_is_never_markup(monkeypatch):
    monkeypatch.setattr(errors, "render_to_string", failing(LookupError("no templates")))
    monkeypatch.setattr(errors, "request_id", SimpleNamespace(get=lambda: "<script>"))

    response = errors.server_error(RequestFactory().get("/"))

    assert b"&lt;script&gt;" in response.content


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("database", 503, "INTERNAL_ERROR"), ("bug", 500, "INTERNAL_ERROR")],
)
def test_api_gets_errors_in_its_own_shape(quiet, name, status, code):
    response = quiet.get(f"/api/raise/{name}/")

    assert response.status_code == status
    assert json.loads(response.content)["error"]["code"] == code


def test_unknown_api_address_is_answered_as_json(quiet):
    response = quiet.get("/api/v1/no/such/")

    assert response.status_code == 404
    assert json.loads(response.content)["error"]["code"] == "NOT_FOUND"


def test_form_without_its_token_is_explained(sign_in):
    person = sign_in()
    client = Client(enforce_csrf_checks=True)
    client.cookies = person.cookies

    response = client.post("/theme/", {"theme": "dark"})

    assert response.status_code == 403
    assert "opened too long ago" in response.content.decode()


@override_settings(ALLOWED_HOSTS=["portal.example"])
def test_wrong_host_is_refused_without_details(client):
    client.raise_request_exception = False
    response = client.get("/", headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()
