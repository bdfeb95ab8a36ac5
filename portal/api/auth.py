"""Who calls the API: a personal token as bearer, or a person's own session.

Reading needs the scope `read`, everything else `write`, unless the operation names its scope:

    @router.post("/services/{key}/refresh", auth=needs(Scope.REFRESH))

A session has every scope of its person, and its writes need the CSRF token. Either way the
person's role decides in `actions.py`; both set `request.user` and `request.auth` to the person.
"""

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from portal.accounts.models import Person, Scope, Token
from portal.lib.errors import Forbidden, Unauthorized

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class BearerToken(HttpBearer):
    """`Authorization: Bearer cc_…`. A token that does not work is refused, never passed over."""

    openapi_description = "A personal token, made at /me/tokens/."

    def __init__(self, scope: Scope | None = None) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Person:
        now = timezone.now()
        found = Token.objects.find(token.strip(), now=now)
        if found is None:
            raise Unauthorized("The token is unknown, expired or revoked.")
        scope = self.scope or (Scope.READ if request.method in _SAFE_METHODS else Scope.WRITE)
        if not found.has_scope(scope):
            raise Forbidden(
                f"The token lacks the scope {scope.value}.", context={"scope": scope.value}
            )
        found.note_use(now)
        request.user = found.person
        return found.person


class SessionCookie(APIKeyCookie):
    """The session of somebody signed in, for reading in the browser and for our own pages."""

    param_name = settings.SESSION_COOKIE_NAME
    openapi_description = "The session of a signed-in person; writes need the CSRF token."

    def __call__(self, request: HttpRequest) -> Person | None:
        person = request.user
        if not isinstance(person, Person) or not person.is_active:
            return None
        if check_csrf(request) is not None:
            raise Forbidden("The CSRF token is missing or wrong.")
        return person

    def authenticate(self, request: HttpRequest, key: str | None) -> Person | None:
        """Never called: the session middleware has read the cookie already."""
        raise NotImplementedError


def needs(scope: Scope | None = None) -> Sequence[BearerToken | SessionCookie]:
    """The ways to call an operation, with the scope a token needs for it."""
    return [BearerToken(scope), SessionCookie()]
