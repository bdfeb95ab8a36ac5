"""Every error in one shape, from wherever it comes."""

import json

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.http import Http404, HttpRequest
from django.test import RequestFactory
from ninja.errors import HttpError

from portal.api.app import api
from portal.lib.errors import Conflict, Forbidden, Invalid, NotFound, PortalError, Unauthorized

CASES = [
    (Invalid("No.", context={"fields": {"a": "b"}}), 422, "VALIDATION_ERROR"),
    (NotFound("Gone."), 404, "NOT_FOUND"),
    (Conflict("Taken."), 409, "CONFLICT"),
    (Unauthorized("Who?"), 401, "UNAUTHORIZED"),
    (Forbidden("No."), 403, "FORBIDDEN"),
    (PortalError("Broken."), 500, "INTERNAL_ERROR"),
    (Http404("secret"), 404, "NOT_FOUND"),
    (PermissionDenied(), 403, "FORBIDDEN"),
    (ValidationError({"name": ["Too long."]}), 422, "VALIDATION_ERROR"),
    (ValidationError("Too long."), 422, "VALIDATION_ERROR"),
    (SuspiciousOperation("secret"), 400, "VALIDATION_ERROR"),
    (HttpError(400, "Cannot parse request body"), 400, "VALIDATION_ERROR"),
    (HttpError(409, "Taken"), 409, "CONFLICT"),
    (HttpError(503, "Away"), 503, "INTERNAL_ERROR"),
    (ZeroDivisionError("secret"), 500, "INTERNAL_ERROR"),
    (KeyError("secret"), 500, "INTERNAL_ERROR"),
]


@pytest.fixture
def request_() -> HttpRequest:
    return RequestFactory().get("/api/v1/me")


@pytest.mark.parametrize(("error", "status", "code"), CASES, ids=lambda value: repr(value)[:40])
def test_each_error_has_the_shape_and_its_code(request_, error, status, code):
    response = api.on_exception(request_, error)

    body = json.loads(response.content)
    assert response.status_code == status
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "context"}
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    assert "secret" not in response.content.decode()


def test_context_of_our_errors_is_kept(request_):
    response = api.on_exception(request_, Invalid("No.", context={"fields": {"tier": "is 9"}}))

    assert json.loads(response.content)["error"]["context"] == {"fields": {"tier": "is 9"}}


def test_what_nobody_foresaw_is_logged(request_, caplog):
    api.on_exception(request_, ZeroDivisionError("division by zero"))

    assert "api_unexpected_error" in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/v1/", 404, "NOT_FOUND"),
        ("get", "/api/v1/nothing/here", 404, "NOT_FOUND"),
        ("post", "/api/v1/nothing/here", 404, "NOT_FOUND"),
        ("put", "/api/v1/me", 405, "VALIDATION_ERROR"),
    ],
)
def test_errors_before_any_operation_have_it_too(client, db, method, path, status, code):
    response = getattr(client, method)(path)

    assert response.status_code == status
    assert response["Content-Type"].startswith("application/json")
    assert response.json()["error"]["code"] == code


def test_a_method_that_is_not_offered_names_those_that_are(client, db):
    response = client.put("/api/v1/me")

    assert response["Allow"] == "GET"
    assert response.json()["error"]["context"] == {"allowed": ["GET"]}


def test_errors_of_pages_stay_pages(client, db):
    assert client.get("/nothing/here")["Content-Type"].startswith("text/html")
