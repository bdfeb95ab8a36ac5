"""The sample organisation: put together from every app's share, and taken away again."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Person
from portal.accounts.roles import Permission, require
from portal.audit.actions import Actor, record
from portal.jobs.models import Job
from portal.jobs.queue import JobKind, Summary
from portal.jobs.worker import Work
from portal.lib.errors import Conflict
from portal.lib.registry import sample_content

SUBJECT = ("portal", "sample", "Sample data")
KIND = "load_sample"
TITLE = "Load the sample organisation"


def load_sample(
    now: datetime, *, told: Callable[[int, int, str], None] = lambda done, total, current: None
) -> int:
    """Write every app's sample rows; answers how many apps had some. Safe to repeat.

    `told` hears of the steps of all parts together.
    """
    parts = [(part, part.load) for part in sample_content if part.load is not None]
    total, before = sum(part.steps for part, _ in parts), 0
    for part, load in parts:

        def tell(done: int, current: str, before: int = before) -> None:
            told(before + done, total, current)

        tell(0, part.key)
        load(now, tell)
        before += part.steps
    told(total, total, "")
    return len(parts)


def remove_sample(*, by: Actor) -> None:
    """Delete every sample row and nothing else. Refused until a real admin exists, who is then
    the one to sign in."""
    if isinstance(by, Person):
        require(by, Permission.REMOVE_SAMPLE)
    if not Person.objects.real_admins().exists():
        raise Conflict(
            "Nobody but sample people could manage the portal then. Create an admin first, with "
            "the one-time link that `up` prints or with `create_person EMAIL --role admin`."
        )
    if Job.objects.filter(kind=KIND).active().exists():
        raise Conflict("The sample data is still being loaded. Remove it when that has ended.")
    with transaction.atomic():
        for part in reversed(list(sample_content)):
            part.remove()
        record("sample.removed", by=by, subject=SUBJECT)


def run_load_sample(work: Work) -> Summary:
    return Summary(done=load_sample(timezone.now(), told=work.progress))


LOAD_SAMPLE = JobKind(key=KIND, title=TITLE, run=run_load_sample)
