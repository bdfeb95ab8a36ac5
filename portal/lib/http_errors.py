"""What can go wrong with a call to an outside service, one class a kind.

Each message is a full sentence that a person can act on and that may be stored and shown: it
never holds a header, a body or a query string.
"""

from collections.abc import Mapping
from datetime import datetime


class OutsideError(Exception):
    """Base of everything that a call through `portal.lib.http.Outside` raises."""

    def __init__(self, service: str, message: str) -> None:
        super().__init__(message)
        self.service = service
        self.message = message


class Unreachable(OutsideError):
    """No connection: the name is unknown, the port closed, TLS refused, or the line was cut.

    `is_unsent` tells that the request never left, so that asking again changes nothing.
    `is_our_side` tells that a name could not be resolved or that the network is gone here: that
    says nothing of the service.
    """

    def __init__(
        self, service: str, message: str, *, is_unsent: bool = True, is_our_side: bool = False
    ) -> None:
        super().__init__(service, message)
        self.is_unsent = is_unsent
        self.is_our_side = is_our_side


class TimedOut(OutsideError):
    """Connecting, reading or the whole call took too long."""

    def __init__(self, service: str, message: str, *, is_unsent: bool = False) -> None:
        super().__init__(service, message)
        self.is_unsent = is_unsent


class CircuitOpen(OutsideError):
    """The service failed again and again and is left alone until `retry_at`."""

    def __init__(self, service: str, message: str, *, retry_at: datetime) -> None:
        super().__init__(service, message)
        self.retry_at = retry_at


class Full(OutsideError):
    """Too many calls to this service are in flight or waiting."""


class Blocked(OutsideError):
    """The address guard refuses the address."""


class TooLarge(OutsideError):
    """The answer is larger than its cap."""


class Unreadable(OutsideError):
    """The service answered, but not with what HTTP or its own contract promises."""


class Answered(OutsideError):
    """An answer whose status the caller did not accept."""

    def __init__(
        self, service: str, message: str, *, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        super().__init__(service, message)
        self.status = status
        self.headers = headers
        self.body = body


class RateLimited(Answered):
    """The service wants to be left alone until `retry_at` (UTC).

    `is_asked` tells that it named that time; else it is our guess.
    """

    def __init__(
        self,
        service: str,
        message: str,
        *,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        retry_at: datetime,
        is_asked: bool,
    ) -> None:
        super().__init__(service, message, status=status, headers=headers, body=body)
        self.retry_at = retry_at
        self.is_asked = is_asked
