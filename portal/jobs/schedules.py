"""What happens by the clock. Registered in `ready()` by the app that owns the work:

    schedules.add(Schedule(key="refresh github", every=timedelta(minutes=15), job="refresh",
                           title="Refresh from GitHub", args={"source": "github"}))
    schedules.add(Schedule(key="watch breakers", every=timedelta(seconds=10), run=watch))

A schedule files a job, or runs a function that takes the moment and needs far less than a
second: functions run in beat itself. A new schedule comes due at once.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from portal.jobs.models import ScheduleRun
from portal.jobs.queue import enqueue
from portal.lib.registry import Registry

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Something that comes due every so often. Give `run`, or `job` with its title and args."""

    key: str
    every: timedelta
    run: Callable[[datetime], object] | None = None
    job: str = ""
    title: str = ""
    args: Mapping[str, object] = field(default_factory=dict)
    order: int = 0

    def __post_init__(self) -> None:
        if (self.run is None) == (not self.job):
            raise ValueError(f"schedule {self.key!r} needs either a function or a job kind")

    def fire(self, now: datetime) -> None:
        """Do it. A job of this schedule that still waits or runs is not filed again."""
        if self.run is not None:
            self.run(now)
        else:
            enqueue(
                self.job,
                title=self.title or self.key,
                args=self.args,
                dedupe_key=f"schedule:{self.key}",
            )


schedules: Registry[Schedule] = Registry("schedules")


def run_due(now: datetime) -> list[str]:
    """Fire every schedule that is due and that no other beat has fired; answers their keys.

    One that raises is logged and comes due again after its usual time.
    """
    ran_at = dict(ScheduleRun.objects.values_list("key", "ran_at"))
    fired = []
    for schedule in schedules:
        last = ran_at.get(schedule.key)
        if last is not None and last > now - schedule.every:
            continue
        if not _claim(schedule.key, last, now):
            continue
        fired.append(schedule.key)
        try:
            schedule.fire(now)
        except Exception:  # one broken schedule must not stop the others
            logger.exception("The schedule %s failed", schedule.key)
    return fired


def forget_unknown() -> None:
    """Drop the rows of schedules that no longer exist."""
    ScheduleRun.objects.exclude(key__in=[schedule.key for schedule in schedules]).delete()


def _claim(key: str, last: datetime | None, now: datetime) -> bool:
    if last is not None:
        return bool(ScheduleRun.objects.filter(key=key, ran_at=last).update(ran_at=now))
    try:
        with transaction.atomic():
            ScheduleRun.objects.create(key=key, ran_at=now)
    except IntegrityError:
        return False
    return True
