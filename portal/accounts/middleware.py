"""Every page asks for sign-in, except those that say otherwise by `@login_not_required`."""

from collections.abc import Callable

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect

API_NAMESPACE = "api"


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's own rule; the API answers for itself, and htmx is sent to the page as a whole."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[object, ...],
        view_kwargs: dict[str, object],
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if match is not None and match.namespaces[:1] == [API_NAMESPACE]:
            return None
        response = super().process_view(request, view_func, view_args, view_kwargs)
        if response is not None and request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(response.headers["Location"])
        return response
