"""The portal's own errors: a stable code, a plain sentence, and context for machines.

`actions.py` raises them; pages show the sentence, the API answers
`{"error": {"code", "message", "context"}}` with the status named here.
"""

from collections.abc import Mapping
from typing import ClassVar


class PortalError(Exception):
    """Base of every error that a person or a client of the API is meant to read."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, context: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.context: dict[str, object] = dict(context or {})


class Invalid(PortalError):
    """The input breaks a rule; `context` may hold messages by field under `fields`."""

    code = "VALIDATION_ERROR"
    status = 422


class NotFound(PortalError):
    code = "NOT_FOUND"
    status = 404


class Conflict(PortalError):
    """The state of things does not allow it now."""

    code = "CONFLICT"
    status = 409


class Unauthorized(PortalError):
    code = "UNAUTHORIZED"
    status = 401


class Forbidden(PortalError):
    code = "FORBIDDEN"
    status = 403
