"""How the portal signs in to GitHub: by a token, or as an App.

A token: https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
An App: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from portal.lib.github.errors import GitHubError, Refused
from portal.lib.github.replies import InstallationToken, read
from portal.lib.http import Answered, Outside, OutsideError

RENEW_BEFORE = timedelta(minutes=5)


class Auth(Protocol):
    """Gives the value of the Authorization header."""

    def header(self, outside: Outside) -> str: ...

    def renew(self) -> bool:
        """What was given was refused: whether the next one may be another."""
        ...


class TokenAuth:
    """A personal or fine-grained access token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def header(self, outside: Outside) -> str:
        return f"Bearer {self._token}"

    def renew(self) -> bool:
        return False


class AppAuth:
    """A GitHub App: signs a short JWT with its key and trades it for an installation's token.

    The token lives an hour; it is kept in this process until five minutes before its end and
    written nowhere.
    """

    def __init__(
        self,
        *,
        app_id: str,
        private_key: str,
        installation_id: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._app_id = app_id
        self._private_key = private_key.replace("\\n", "\n")
        self._installation_id = installation_id
        self._now = now
        self._lock = threading.Lock()
        self._token: InstallationToken | None = None

    def header(self, outside: Outside) -> str:
        with self._lock:
            if self._token is None or self._token.expires_at - RENEW_BEFORE <= self._now():
                self._token = self._trade(outside)
            return f"Bearer {self._token.token}"

    def renew(self) -> bool:
        with self._lock:
            self._token = None
        return True

    def _trade(self, outside: Outside) -> InstallationToken:
        """POST /app/installations/{installation_id}/access_tokens:
        https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
        """
        try:
            answer = outside.request(
                "POST",
                f"/app/installations/{self._installation_id}/access_tokens",
                headers={"Authorization": f"Bearer {self._signed()}"},
                accept=(201,),
                idempotent=True,
            )
            return read(InstallationToken, answer.json())
        except Answered as error:
            raise Refused(
                f"GitHub does not let the App sign in ({error.status}): check GITHUB_APP_ID, "
                "GITHUB_APP_PRIVATE_KEY and GITHUB_APP_INSTALLATION_ID.",
                status=error.status,
            ) from error
        except OutsideError as error:
            raise GitHubError(error.message) from error

    def _signed(self) -> str:
        """A JWT of ten minutes at most, dated back a minute against clocks that differ."""
        import jwt  # noqa: PLC0415 brings cryptography, 8 MB that only an App needs

        now = self._now()
        claims = {
            "iat": int((now - timedelta(seconds=60)).timestamp()),
            "exp": int((now + timedelta(minutes=9)).timestamp()),
            "iss": self._app_id,
        }
        try:
            return jwt.encode(claims, self._private_key, algorithm="RS256")
        except (ValueError, jwt.PyJWTError) as error:
            raise GitHubError(
                "GITHUB_APP_PRIVATE_KEY is no RSA private key in PEM form."
            ) from error
