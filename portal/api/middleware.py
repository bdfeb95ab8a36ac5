"""Answers that leave the API without passing an operation, put into the API's error shape.

An unknown address, a method that is not offered and whatever Django refuses before a view runs
would be HTML pages; a client of the API gets JSON for them too.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from portal.api.errors import code_of, error_response

PREFIX = "/api/v1/"

_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not offer that method.",
    500: "Something went wrong on our side.",
}


class ApiErrorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path_info.startswith(PREFIX):
            return response
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return response
        return _as_json(response)


def _as_json(response: HttpResponseBase) -> HttpResponse:
    status = response.status_code
    allowed = response.headers.get("Allow", "")
    answer = error_response(
        code_of(status),
        _SENTENCES.get(status, "The request was refused."),
        status=status,
        context={"allowed": allowed.split(", ")} if allowed else {},
    )
    if allowed:
        answer["Allow"] = allowed
    return answer
