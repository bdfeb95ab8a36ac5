"""The request in hand: its id, the line it leaves in the log, and the headers of every answer."""

import re
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar

import structlog
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

request_id: ContextVar[str] = ContextVar("request_id", default="")

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_MACHINE_PATHS = ("/health/", "/metrics", "/static/")
_log = structlog.stdlib.get_logger("portal.access")

# Beside what Django's SecurityMiddleware and the content security policy set.
HEADERS = {
    # Pages are somebody's own: no shared cache keeps them, and a browser asks before it shows one
    # again. Static files and views that say otherwise have their own value.
    "Cache-Control": "private, no-cache",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-DNS-Prefetch-Control": "off",
    "X-Download-Options": "noopen",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-XSS-Protection": "0",  # the filter it controls did more harm than good
}

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestContextMiddleware:
    """Gives each request an id (`X-Request-ID`, taken over when well-formed) for logs and audit,
    and logs one line about it. The line has the path without its query, which may hold secrets."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        value = given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        token = request_id.set(value)
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=value):
            try:
                response = self.get_response(request)
                _log_access(request, response, time.perf_counter() - started)
            finally:
                request_id.reset(token)
        response["X-Request-ID"] = value
        return response


def _log_access(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    log = _log.debug if request.path.startswith(_MACHINE_PATHS) else _log.info
    log(
        "request",
        method=request.method,
        path=request.path,
        route=request.resolver_match.view_name if request.resolver_match else None,
        status=response.status_code,
        duration_ms=round(seconds * 1000, 1),
    )


class SecurityHeadersMiddleware:
    """The headers that nothing else sets; a view's own value stays."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        return response


class NulMiddleware:
    """Refuses a NUL in an address or in a form, and takes no cookie with one: it means nothing,
    and PostgreSQL fails on it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("a NUL in the address")
        if any("\0" in value for _, values in request.POST.lists() for value in values):
            raise BadRequest("a NUL in a form")
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if "\0" not in value
        }
        return self.get_response(request)
