"""What a person sees when something went wrong, in plain sentences.

400, 403 and 404 keep the frame around the page; 500 and 503 are drawn without the database,
because it may be what went wrong, and where even their templates fail, such as without the list
of static files, from the few words below. Clients of the API get the same in its own shape.
"""

import logging
import sys
from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html

from portal.lib.errors import PortalError, Unauthorized
from portal.lib.requests import request_id
from portal.shell.theme import chosen_theme

RETRY_AFTER = 10  # seconds, for a database that is away
CODES = {
    400: "VALIDATION_ERROR",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    500: "INTERNAL_ERROR",
    503: "INTERNAL_ERROR",
}
PLAIN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{message} · Command Center</title></head>
<body><main><p>{status}{number}</p><h1>{message}</h1>
<p data-problem>What you sent was not saved; everything saved before is as it was. Try again in a
moment, and if it happens twice, tell whoever runs the portal.</p>
<p><a href="/">To your desk</a></p></main></body></html>
"""

logger = logging.getLogger(__name__)


class PortalErrorMiddleware:
    """Answers a `PortalError` that a view lets through with the page of its status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, PortalError) or exception.status >= 500:
            return None
        if isinstance(exception, Unauthorized):
            return redirect_to_login(request.get_full_path())
        template = f"{exception.status}.html" if exception.status in (403, 404) else "400.html"
        return render(request, template, {"reason": exception.message}, status=exception.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address or a form that can't be read; details stay in the log."""
    return _framed(request, 400, "This request can't be read.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _framed(request, 403, "You may not do this.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: the page was open too long, or cookies are blocked."""
    text = (
        "This form was opened too long ago, or this browser blocks the portal's cookies. "
        "Go back, reload the page and send it again."
    )
    return render(request, "403.html", {"reason": text}, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _framed(request, 404, "Nothing is at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 where the database does not answer."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = _bare(request, 503, "The database does not answer.")
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    return _bare(request, 500, "Something went wrong on our side.")


def _framed(request: HttpRequest, status: int, message: str) -> HttpResponse:
    if _is_api(request):
        return _api(status, message)
    return render(request, f"{status}.html", status=status)


def _bare(request: HttpRequest, status: int, message: str) -> HttpResponse:
    if _is_api(request):
        return _api(status, message)
    number = request_id.get()
    try:
        context = {"shell": {"theme": chosen_theme(request)}, "request_id": number}
        html = render_to_string(f"{status}.html", context)
    except Exception:  # whatever it is, the person gets an answer
        logger.exception("The page for status %s can't be drawn; is collectstatic done?", status)
        html = format_html(
            PLAIN, status=status, message=message, number=f" · {number}" if number else ""
        )
    return HttpResponse(html, status=status)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _api(status: int, message: str) -> HttpResponse:
    error = {"code": CODES[status], "message": message, "context": {}}
    return JsonResponse({"error": error}, status=status)
