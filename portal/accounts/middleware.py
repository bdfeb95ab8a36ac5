"""Every page asks for sign-in, except those that say otherwise by `@login_not_required`."""

import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from portal.accounts.models import Person
from portal.accounts.time_zones import is_time_zone
from portal.lib.htmx import current_address, is_partial

API_NAMESPACE = "api"
SEEN = "seen_at"
SEEN_STEP = 600  # seconds between two writes of a session that is in use


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's own rule, the person's time zone, and sessions that live while they are used.

    The API answers for itself, and htmx is sent to the sign-in page as a whole.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(None):
            response = super().__call__(request)
        assert isinstance(response, HttpResponseBase)  # the portal is served synchronously
        return response

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
            if is_partial(request):  # afterwards one wants the page, not the part
                response = redirect_to_login(current_address(request))
            return HttpResponseClientRedirect(response.headers["Location"])
        if isinstance(request.user, Person):
            _prepare(request, request.user)
        return response


def _prepare(request: HttpRequest, person: Person) -> None:
    """Show moments in the person's time zone, and push the end of the session further out.

    A session ends 12 hours after its last write (`SESSION_COOKIE_AGE`); one that is in use is
    written every ten minutes instead of by every request.
    """
    if person.time_zone and is_time_zone(person.time_zone):
        timezone.activate(ZoneInfo(person.time_zone))
    now = int(time.time())
    if now - int(request.session.get(SEEN, 0)) >= SEEN_STEP:
        request.session[SEEN] = now
