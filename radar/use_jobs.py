"""Looking for technologies in use: by the clock, and at once when what is looked for changes.

The job finds out about which services something changed, and files a refresh of those from the
radar's own source; keeping, evaluating and progress are the refresh's.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from portal.audit.actions import Actor
from portal.catalog.models import Service
from portal.jobs.models import Job
from portal.jobs.queue import Summary, enqueue
from portal.jobs.worker import Work
from radar.models import Technology
from radar.patterns import load_starting_patterns
from radar.use_source import KEY, SAMPLE_KEY, count_uses, to_look_at
from scorecards import refresh

KIND = "technologies"
EVERY = timedelta(minutes=10)
COUNT_EVERY = timedelta(minutes=1)  # lists know at once that a service vanished
SETTLING = timedelta(seconds=20)  # several changes of the matching table in a row are one


def file_look(*, by: Actor | None = None, wait: timedelta = SETTLING) -> Job:
    """File the look; one that still waits or runs is answered instead."""
    job, _ = enqueue(
        KIND,
        title="Look for technologies in use",
        by=by,
        dedupe_key=KIND,
        not_before=timezone.now() + wait,
    )
    return job


def look_by_the_clock(now: datetime) -> None:
    """For the schedule: there is something to find once there are services and technologies."""
    if Technology.objects.exists() and Service.objects.exists():
        file_look(wait=timedelta())


def count_by_the_clock(now: datetime) -> None:
    """For the schedule: one query over all uses, some 0.1 s for 100,000."""
    count_uses()


def run_look(work: Work) -> Summary:
    """The job kind's function."""
    load_starting_patterns()
    keys = [service.key for service in to_look_at(timezone.now())]
    work.progress(0, len(keys))
    if keys:
        enqueue(
            refresh.KIND,
            title=f"Match technologies of {len(keys)} services",
            args={"services": keys, "sources": [KEY, SAMPLE_KEY]},
            dedupe_key="refresh:technologies",
        )
    return Summary(done=len(keys))
