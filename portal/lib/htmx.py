"""Pages and their partials: one view answers both.

A view lists the partials it may render. A request by htmx whose target has the name of one of
them gets only that part; every other request gets the page. Both answers vary on the headers
that decide.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page (a boosted link or a restored page wants it all)."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def current_address(request: HttpRequest) -> str:
    """The path and query of the page that htmx asks from; "/" where it isn't known."""
    htmx: Any = getattr(request, "htmx", None)
    return (htmx and htmx.current_url_abs_path) or "/"


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object],
    *,
    partials: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    """Render a page, or the one of its `partials` that htmx targets by id."""
    name = template
    if is_partial(request):
        target = request.headers.get("HX-Target", "")
        if target in partials:
            name = f"{template}#{target}"
    response = render(request, name, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
