"""Counts every answered request for `/metrics`."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal.operations.metrics import observe_request


class MetricsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        observe_request(
            method=request.method or "",
            route=match.view_name if match else "unmatched",
            status=response.status_code,
            seconds=time.perf_counter() - started,
        )
        return response
