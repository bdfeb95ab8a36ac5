"""The request in hand: its id, the job's id, and the headers every answer carries."""

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

import structlog
from django.http import HttpRequest, HttpResponse

request_id: ContextVar[str] = ContextVar("request_id", default="")

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestContextMiddleware:
    """Gives each request an id (`X-Request-ID`, taken over when well-formed) for logs and audit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        value = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        token = request_id.set(value)
        structlog.contextvars.bind_contextvars(request_id=value)
        try:
            response = self.get_response(request)
        finally:
            structlog.contextvars.clear_contextvars()
            request_id.reset(token)
        response["X-Request-ID"] = value
        return response


class SecurityHeadersMiddleware:
    """The headers that Django's own middleware does not set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
