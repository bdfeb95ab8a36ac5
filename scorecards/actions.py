"""What people do with scorecards."""

from django.db import transaction

from portal.accounts.models import Person
from portal.accounts.roles import Permission, require
from portal.audit.actions import record
from portal.catalog.models import Service
from portal.jobs.models import Job
from portal.lib.errors import Conflict
from scorecards.refresh import file_refresh


@transaction.atomic
def request_refresh(service: Service, *, by: Person) -> tuple[Job, bool]:
    """Ask for fresh facts about a service; answers the job, and whether it is a new one.

    The job's row lives and dies with the audit event; its message leaves after commit.
    """
    require(by, Permission.REFRESH, service)
    if service.vanished_at is not None:
        raise Conflict(
            f"{service} is no longer in the catalogue's sources, so nobody can be asked about it."
        )
    job, is_new = file_refresh(service=service, by=by)
    if is_new:
        record(
            "service.refresh_requested",
            by=by,
            subject=("service", service.key, str(service)),
            after={"job": job.pk},
        )
    return job, is_new
