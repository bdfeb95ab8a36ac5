"""Every error of the API in one shape: `{"error": {"code", "message", "context"}}`.

Actions raise `PortalError`; what Django and ninja raise is translated here. What nobody foresaw
is logged with the request's id and answered as INTERNAL_ERROR without details.
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.errors import ValidationError as RequestValidationError

from portal.lib.errors import Conflict, Forbidden, Invalid, NotFound, PortalError, Unauthorized
from portal.lib.requests import request_id

log = structlog.get_logger(__name__)

INTERNAL = (
    "Something went wrong on our side; nothing was changed. The request's id is in the context."
)
_BY_STATUS: dict[int, str] = {
    error.status: error.code for error in (Unauthorized, Forbidden, NotFound, Conflict)
}


class ErrorBody(Schema):
    """`code` is stable; `message` is a sentence for people; `context` is for programs."""

    code: str
    message: str
    context: dict[str, object]


class Error(Schema):
    error: ErrorBody


def error_response(
    code: str, message: str, *, status: int, context: Mapping[str, object] | None = None
) -> HttpResponse:
    body = {"code": code, "message": message, "context": dict(context or {})}
    response = JsonResponse({"error": body}, status=status)
    if status == Unauthorized.status:
        response["WWW-Authenticate"] = "Bearer"
    return response


def code_of(status: int) -> str:
    """The code that goes with a status which some library chose."""
    if status >= 500:
        return PortalError.code
    return _BY_STATUS.get(status, Invalid.code)


def install(api: NinjaAPI) -> None:
    """Register the handlers on the API."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        PortalError: _portal_error,
        RequestValidationError: _request_error,
        ModelValidationError: _model_error,
        HttpError: _http_error,
        Http404: _missing,
        PermissionDenied: _denied,
        SuspiciousOperation: _suspicious,
        RequestDataTooBig: _too_big,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _portal_error(request: HttpRequest, error: PortalError) -> HttpResponse:
    if error.status >= 500:
        log.error("api_error", message=error.message, **error.context)
    return error_response(error.code, error.message, status=error.status, context=error.context)


def _request_error(request: HttpRequest, error: RequestValidationError) -> HttpResponse:
    """A parameter or body that does not fit; `fields` names each place and what is wrong."""
    fields = {
        ".".join(str(part) for part in item["loc"][1:]) or str(item["loc"][0]): item["msg"]
        for item in error.errors
    }
    message = "; ".join(f"{name}: {text}" for name, text in fields.items())
    return error_response(Invalid.code, message, status=422, context={"fields": fields})


def _model_error(request: HttpRequest, error: ModelValidationError) -> HttpResponse:
    named = hasattr(error, "error_dict")
    fields = dict(error.message_dict) if named else {"__all__": list(error.messages)}
    return error_response(
        Invalid.code, " ".join(error.messages), status=422, context={"fields": fields}
    )


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    message = str(error)
    if error.status_code == 401:
        message = "Sign in, or send a personal token as `Authorization: Bearer …`."
    return error_response(code_of(error.status_code), message, status=error.status_code)


def _missing(request: HttpRequest, error: Exception) -> HttpResponse:
    return error_response(NotFound.code, "There is nothing at this address.", status=404)


def _denied(request: HttpRequest, error: Exception) -> HttpResponse:
    return error_response(Forbidden.code, str(error) or "You may not do this.", status=403)


def _suspicious(request: HttpRequest, error: Exception) -> HttpResponse:
    return error_response(Invalid.code, "The request is not well-formed.", status=400)


def _too_big(request: HttpRequest, error: Exception) -> HttpResponse:
    return error_response(Invalid.code, "The request's body is too large.", status=413)


def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("api_unexpected_error", path=request.path, exc_info=error)
    return error_response(
        PortalError.code, INTERNAL, status=500, context={"request_id": request_id.get()}
    )
