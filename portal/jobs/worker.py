"""Running one job row: claim, work with heartbeats, end. (Being built.)"""

from dataclasses import dataclass

from portal.jobs.models import Job


@dataclass
class Work:
    """A claimed job in a worker's hands."""

    job: Job

    def progress(self, done: int, total: int, current: str = "") -> None:
        """Write progress and a heartbeat (rate-limited; raises `Lost` when the lease is gone)."""
        raise NotImplementedError
