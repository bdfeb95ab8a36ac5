"""Evaluating everything, as jobs: in two parts where there is enough for two workers."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.audit.actions import Actor
from portal.catalog.models import Service
from portal.jobs.models import Job
from portal.jobs.queue import Summary, enqueue
from portal.jobs.worker import Work
from scorecards.evaluation import CHUNK, chunks, evaluate
from scorecards.models import CheckVersion
from scorecards.ruleset import load_ruleset

KIND = "evaluate"
ONE_PART = 2_000  # services up to which one worker is enough


def file_evaluation(*, by: Actor | None = None) -> list[Job]:
    """File the evaluation of all services. One that already waits or runs under the same rules
    is answered instead."""
    count = Service.objects.filter(vanished_at=None).count()
    parts = 1 if count <= ONE_PART else 2
    rules = CheckVersion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    jobs = []
    for part in range(parts):
        suffix = f", part {part + 1} of {parts}" if parts > 1 else ""
        job, _ = enqueue(
            KIND,
            title=f"Evaluate all services{suffix}",
            by=by,
            args={"part": part, "parts": parts},
            dedupe_key=f"evaluate:{part}/{parts}:{rules}",
        )
        jobs.append(job)
    return jobs


def evaluate_by_the_clock(now: datetime) -> None:
    """For the schedule: facts grow stale and checks come into force without any refresh."""
    if CheckVersion.objects.exists() and _concerned().exists():
        file_evaluation()


def leave_out_vanished(now: datetime) -> None:
    """For the schedule: what a source dropped counts no more, long before the next evaluation.
    Many at once are left to it."""
    gone = Service.objects.filter(vanished_at__isnull=False, standings__isnull=False)
    ids = list(gone.order_by("pk").values_list("pk", flat=True).distinct()[:CHUNK])
    if ids:
        evaluate(ids, load_ruleset(now), now=now)


def run_evaluation(work: Work) -> Summary:
    """The job kind's function. A job that is run again goes on where the last run wrote its
    progress; evaluating a service twice changes nothing."""
    part, parts = int(work.args.get("part", 0)), int(work.args.get("parts", 1))
    every = _concerned().order_by("pk").values_list("pk", flat=True)
    ids = [pk for pk in every if pk % parts == part]
    done = work.job.done if work.job.total == len(ids) else 0
    summary = Summary(skipped=done, notes=load_ruleset().faults)
    for chunk in chunks(ids[done:], CHUNK):
        # Read anew each time: rules that change meanwhile must not be undone by the old ones.
        changed = evaluate(chunk, load_ruleset(), now=timezone.now())
        done += len(chunk)
        summary.done += len(changed)
        summary.unchanged += len(chunk) - len(changed)
        work.progress(done, len(ids))
    return summary


def _concerned() -> QuerySet[Service]:
    """The services there are, and those that vanished and still have a standing to lose."""
    return Service.objects.filter(Q(vanished_at=None) | Q(standings__isnull=False)).distinct()
