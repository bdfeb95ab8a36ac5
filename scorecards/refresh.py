"""The main job: ask sources about services, keep what they say, evaluate.

A service counts as refreshed by a source as soon as its snapshot is kept, and results follow in
the same step. So a job that is run again soon after its worker was killed asks only about the
rest, and two jobs never ask a source about one service at the same time.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from portal.audit.actions import Actor
from portal.catalog.models import Service
from portal.jobs.models import Job
from portal.jobs.queue import Failure, Summary, enqueue
from portal.jobs.worker import Lost, Stopped, Work
from scorecards import snapshots
from scorecards.evaluation import evaluate
from scorecards.ruleset import is_sample_source, load_ruleset
from scorecards.sources.base import Outcome, Source, sources

KIND = "refresh"
BATCH = 100  # outcomes kept at once
BATCH_SECONDS = 1.0  # … or whatever came within this time
MAX_LISTED = 100  # failures and notes in a summary

logger = logging.getLogger(__name__)


def file_refresh(
    *,
    service: Service | None = None,
    source_keys: Sequence[str] | None = None,
    by: Actor | None = None,
) -> tuple[Job, bool]:
    """File a refresh of a service (None: all) from some sources (None: all); answers the job,
    and whether it is a new one: the same refresh that still waits or runs is answered."""
    what = "all services" if service is None else str(service)
    origin, dedupe = "", "*"
    if source_keys is not None:
        titles = [source.title for key in source_keys if (source := sources.get(key))]
        origin = f" from {', '.join(titles)}"
        dedupe = ",".join(sorted(source_keys))
    return enqueue(
        KIND,
        title=f"Refresh {what}{origin}",
        by=by,
        args={
            "services": None if service is None else [service.key],
            "sources": None if source_keys is None else sorted(source_keys),
        },
        subject=("", "") if service is None else ("service", service.key),
        dedupe_key=f"refresh:{'*' if service is None else service.key}:{dedupe}",
    )


def last_refresh(service: Service) -> Job | None:
    """The newest refresh of this one service, over or not."""
    jobs = Job.objects.filter(kind=KIND, subject_kind="service", subject_key=service.key)
    return jobs.order_by("-pk").first()


def measures(source: Source, service: Service) -> bool:
    """Whether a source is asked about a service: stand-ins only about sample services, real
    sources only about real ones."""
    return is_sample_source(source) == service.is_sample and source.applies_to(service)


def has_work(source: Source) -> bool:
    """Whether a source is connected and may have services to be asked about."""
    services = Service.objects.filter(vanished_at=None, is_sample=is_sample_source(source))
    return not source.why_off() and services.exists()


def run_refresh(work: Work) -> Summary:
    """The job kind's function; `args` as `file_refresh` makes them."""
    return _Refresh(work).run()


@dataclass
class _Refresh:
    work: Work
    summary: Summary = field(default_factory=Summary)
    done: int = 0
    total: int = 0
    more_failures: int = 0

    def run(self) -> Summary:
        services = self._services()
        chosen = self._sources()
        plan = [
            (source, [service for service in services if measures(source, service)])
            for source in chosen
        ]
        self.total = sum(len(found) for _, found in plan)
        asked: set[int] = set()
        for source, found in plan:
            self._refresh(source, found)
            asked.update(service.pk for service in found)
        rest = [service.pk for service in services if service.pk not in asked]
        evaluate(rest, load_ruleset(), now=timezone.now())
        if self.more_failures:
            self.note(f"Not listed here: {self.more_failures} more that failed.")
        self.work.progress(self.done, self.total)
        return self.summary

    def note(self, text: str) -> None:
        if text not in self.summary.notes and len(self.summary.notes) < MAX_LISTED:
            self.summary.notes.append(text)

    def fail(self, item: str, reason: str) -> None:
        if len(self.summary.failed) < MAX_LISTED:
            self.summary.failed.append(Failure(item, reason))
        else:
            self.more_failures += 1

    def step(self, count: int, current: str) -> None:
        self.done += count
        self.work.progress(self.done, self.total, current)

    def _services(self) -> list[Service]:
        keys = self.work.args.get("services")
        services = Service.objects.filter(vanished_at=None).order_by("pk")
        if keys is not None:
            services = services.filter(key__in=keys)
        found = list(services)
        for key in sorted(set(keys or []) - {service.key for service in found}):
            self.fail(key, "There is no such service any more.")
        return found

    def _sources(self) -> list[Source]:
        keys = self.work.args.get("sources")
        found = []
        for source in sources:
            if keys is not None and source.key not in keys:
                continue
            reason = source.why_off()
            if not reason:
                found.append(source)
            elif keys is not None:
                self.note(f"{source.title} is off: {reason}")
        return found

    def _refresh(self, source: Source, services: list[Service]) -> None:
        holder = f"job-{self.work.job.pk}"
        asked = snapshots.asked_since(source.key, self._counts_since(source))
        waiting = [service for service in services if service.pk not in asked]
        free = snapshots.lease(
            source.key, [service.pk for service in waiting], holder, timezone.now()
        )
        mine = [service for service in waiting if service.pk in free]
        taken = len(waiting) - len(mine)
        self.summary.skipped += taken
        if taken:
            verb = "service is" if taken == 1 else "services are"
            self.note(f"{source.title}: {taken} {verb} being refreshed by another job.")
        self.step(len(services) - len(mine), source.title)
        if not mine:
            return
        try:
            _Asking(self, source, mine).run()
        except Lost:
            raise  # the leases belong to this job, which somebody else runs now
        except BaseException:
            snapshots.release(source.key, holder)
            raise

    def _counts_since(self, source: Source) -> datetime:
        """Since when having been asked counts for this job: since it was filed, but not for
        longer than half the source's time. A job that a stopped portal left behind takes the
        place of the one that is due after the start, so it must ask like a new one."""
        return max(self.work.job.created_at, timezone.now() - source.every / 2)


class _Asking:
    """One source being asked about the services of one refresh."""

    def __init__(self, refresh: _Refresh, source: Source, services: list[Service]) -> None:
        self.refresh = refresh
        self.source = source
        self.services = {service.pk: service for service in services}
        self.open = dict.fromkeys(self.services)
        self.batch: list[Outcome] = []
        self.kept_at = time.monotonic()
        self.ended: Lost | Stopped | None = None

    def run(self) -> None:
        now = timezone.now()
        reason = "The source said nothing about this service."
        try:
            self.source.measure(
                list(self.services.values()),
                snapshots.previous(self.source.key, self.services),
                now=now,
                report=self.report,
                note=self._note,
                job_id=self.refresh.work.job.pk,
            )
        except (Lost, Stopped):
            raise
        except Exception as error:  # one source's mistake must not end the others' work
            logger.exception("The source %s failed", self.source.key)
            reason = f"The source itself failed: {type(error).__name__}: {error}"
        if self.ended is not None:
            raise self.ended
        self._report_rest(reason, timezone.now())
        self._keep()

    def report(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.service_id in self.open:
                del self.open[outcome.service_id]
                self.batch.append(outcome)
        is_due = time.monotonic() - self.kept_at >= BATCH_SECONDS
        if len(self.batch) >= BATCH or (self.batch and is_due):
            try:
                self._keep()
            except (Lost, Stopped) as ended:
                self.ended = ended  # in case the source swallows it
                raise

    def _report_rest(self, reason: str, now: datetime) -> None:
        self.batch += [Outcome(service_id=pk, at=now, failure=reason) for pk in self.open]
        self.open.clear()

    def _keep(self) -> None:
        batch, self.batch = self.batch, []
        self.kept_at = time.monotonic()
        if not batch:
            return
        kept = snapshots.keep(self.source.key, batch, self.services)
        # The rules are read for each batch: a refresh may wait long, and they may change meanwhile
        ids = sorted(outcome.service_id for outcome in batch)
        evaluate(ids, load_ruleset(), now=timezone.now())
        summary = self.refresh.summary
        summary.done += len(kept.changed)
        summary.unchanged += len(kept.unchanged)
        for pk, reason in kept.failed.items():
            self.refresh.fail(f"{self.services[pk]} ({self.source.title})", reason)
        current = f"{self.source.title}: {self.services[batch[-1].service_id]}"
        self.refresh.step(len(batch), current)

    def _note(self, text: str) -> None:
        self.refresh.note(f"{self.source.title}: {text}")
