"""Job rows (the truth about work), leases, and the shared state of outside calls."""

from portal.jobs.models.job import Job, JobState
from portal.jobs.models.lease import Lease
from portal.jobs.models.outside import Breaker, BulkheadSlot, CachedAnswer, Quota
from portal.jobs.models.schedule import ScheduleRun

__all__ = [
    "Breaker",
    "BulkheadSlot",
    "CachedAnswer",
    "Job",
    "JobState",
    "Lease",
    "Quota",
    "ScheduleRun",
]
