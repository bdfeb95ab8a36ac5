"""What can go wrong when asking GitHub. Messages are sentences that may be stored and shown."""

from datetime import datetime


class GitHubError(Exception):
    """GitHub could not be asked, or answered with what can't be used."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refused(GitHubError):
    """GitHub answered 401, 403, 404 or 410: not signed in, not permitted, or not there."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class Paused(GitHubError):
    """A rate limit is spent, and waiting for it is not worth a worker's time."""

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class TooHeavy(GitHubError):
    """One query asked for more than GitHub computes in time; a smaller one may pass."""
