"""Every answer has an id, a log line and the headers that protect it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from structlog.testing import capture_logs

from portal.lib.requests import (
    RequestContextMiddleware,
    SecurityHeadersMiddleware,
    request_id,
)


def answer(status: int = 200, **headers: str) -> Any:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request_id.get(), status=status, headers=headers)

    return view


def test_request_id_is_made_and_reaches_the_view(rf: RequestFactory) -> None:
    response = RequestContextMiddleware(answer())(rf.get("/"))
    assert len(response["X-Request-ID"]) == 16
    assert response.content.decode() == response["X-Request-ID"]
    assert request_id.get() == ""


def test_request_id_is_taken_over(rf: RequestFactory) -> None:
    request = rf.get("/", headers={"X-Request-ID": "trace-12345678"})
    assert RequestContextMiddleware(answer())(request)["X-Request-ID"] == "trace-12345678"


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space in it", "new\nline-in-it"])
def test_malformed_request_id_is_replaced(rf: RequestFactory, given: str) -> None:
    request = rf.get("/", headers={"X-Request-ID": given})
    assert RequestContextMiddleware(answer())(request)["X-Request-ID"] != given


def test_request_id_is_reset_after_an_error(rf: RequestFactory) -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        raise RuntimeError("boom")

    with pytest.raises(RuntimeError):
        RequestContextMiddleware(broken)(rf.get("/"))
    assert request_id.get() == ""


def test_access_line_has_no_query(rf: RequestFactory) -> None:
    with capture_logs() as lines:
        RequestContextMiddleware(answer(404))(rf.post("/services/?q=secret"))
    (line,) = lines
    assert line["event"] == "request"
    assert (line["method"], line["path"], line["status"]) == ("POST", "/services/", 404)
    assert line["duration_ms"] >= 0
    assert line["log_level"] == "info"
    assert "secret" not in str(line)


def test_access_lines_of_machines_are_for_debugging(rf: RequestFactory) -> None:
    with capture_logs() as lines:
        RequestContextMiddleware(answer())(rf.get("/health/live"))
    assert [line["log_level"] for line in lines] == ["debug"]


def test_headers_of_a_view_stay(rf: RequestFactory) -> None:
    view = answer(**{"Cross-Origin-Resource-Policy": "cross-origin"})
    response = SecurityHeadersMiddleware(view)(rf.get("/"))
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_every_answer_has_the_security_headers(client: Client) -> None:
    response = client.get("/health/live")
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "upgrade-insecure-requests" not in policy
    expected = {
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Origin-Agent-Cluster": "?1",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
        "X-DNS-Prefetch-Control": "off",
        "X-Download-Options": "noopen",
        "X-Frame-Options": "DENY",
        "X-Permitted-Cross-Domain-Policies": "none",
        "X-XSS-Protection": "0",
    }
    assert {name: response.get(name) for name in expected} == expected
    assert "Server" not in response


@pytest.mark.django_db
def test_static_files_have_the_policy_and_are_for_this_portal_alone(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "mark.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    settings.STATIC_ROOT = tmp_path
    response = Client().get("/static/mark.svg")  # reads the settings anew
    assert response.status_code == 200
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in response
    assert "public" in response["Cache-Control"]
    response.close()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/services/", "/audit/", "/accounts/", "/nowhere/"])
def test_pages_are_kept_by_no_shared_cache(sign_in: Callable[..., Client], path: str) -> None:
    response = sign_in("admin").get(path)
    assert response["Cache-Control"] == "private, no-cache"
    assert "Cookie" in response["Vary"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        *("/", "/services/", "/audit/", "/accounts/", "/jobs/", "/me/", "/me/tokens/"),
        *("/sign-in/", "/scorecards/", "/operations/", "/gallery/", "/api/docs", "/metrics"),
    ],
)
def test_head_is_answered_as_get_is(sign_in: Callable[..., Client], path: str) -> None:
    client = sign_in("admin")
    head = client.head(path)
    assert head.status_code == client.get(path).status_code
    assert head.content == b""


def test_plain_request_is_redirected_where_the_portal_has_tls(
    client: Client, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SECURE_HSTS_PRELOAD = True
    assert client.get("/sign-in/")["Location"].startswith("https://")
    assert client.get("/health/live").status_code == 200
    secure = client.get("/health/live", secure=True)
    assert secure["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


@pytest.mark.parametrize("address", ["/sign-in/%00", "/sign-in/?next=%00"])
def test_nul_in_an_address_is_refused(client: Client, address: str) -> None:
    assert client.get(address).status_code == 400


def test_nul_in_an_address_of_the_api_is_refused_in_its_shape(client: Client) -> None:
    response = client.get("/api/v1/people/%00")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "VALIDATION_ERROR"


@pytest.mark.django_db
def test_nul_in_a_form_is_refused(sign_in: Callable[..., Client]) -> None:
    client = sign_in("admin")
    path = "/accounts/people/nobody/teams/remove/"
    assert client.post(path, {"team": "a\0b"}).status_code == 400
    assert client.post(path, {"team": "a"}).status_code == 404


@pytest.mark.django_db
def test_cookie_with_a_nul_is_not_taken(client: Client, settings: Any) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "\0aaaaaaaaaaaa"
    response = client.get("/")
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")
