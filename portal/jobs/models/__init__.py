"""Job rows (the truth about work), leases, and the shared state of outside calls."""

from portal.jobs.models.job import Job, JobState
from portal.jobs.models.lease import Lease
from portal.jobs.models.outside import Breaker, BulkheadSlot, CachedAnswer, Quota

__all__ = ["Breaker", "BulkheadSlot", "CachedAnswer", "Job", "JobState", "Lease", "Quota"]
