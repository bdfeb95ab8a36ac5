"""The job kind `import_catalog`: an import asked for on the page, or one by the clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from portal.audit.actions import Actor, System
from portal.catalog.importers import keeping
from portal.catalog.importers.places import Place, TextPlace
from portal.catalog.importers.problems import Problem, WrongCall
from portal.catalog.importers.run import Counts, Result, import_place
from portal.catalog.importers.sources import fetch, github_hosts, place_of
from portal.catalog.models import CatalogSource, ImportRun
from portal.jobs.queue import Failure, JobKind, Summary
from portal.jobs.schedules import Schedule
from portal.jobs.worker import Work
from portal.lib.errors import Invalid

KIND = "import_catalog"
EVERY = timedelta(minutes=30)
KEPT_FOR = timedelta(days=30)
_MOST = 200  # failures and notes in a job's summary


@dataclass(frozen=True)
class Requester:
    """Who asked for an import, as kept with it."""

    pk: str
    name: str


def run_import(work: Work) -> Summary:
    """Read a source, or the text of a run of the page. Safe to run twice: the second time
    everything is unchanged."""
    number = work.args.get("run")
    if number is not None:
        return _run_of_page(work, ImportRun.objects.get(pk=number))
    place = _place(str(work.args["source"]), work)
    result = _import(place, work, by=System("Catalogue import"), dry_run=False)
    return summary_of(result.counts(), result.problems)


def schedules() -> list[Schedule]:
    """Reads each source of `CATALOG_SOURCES` and `GITHUB_ORG`; keeps imports of the page short."""
    sources = list(settings.ENV.catalog_sources)
    if settings.ENV.github_org:
        sources.append(f"github:{settings.ENV.github_org}")
    return [
        Schedule(key="prune imports", every=timedelta(days=1), run=prune),
        *(_schedule(source) for source in dict.fromkeys(sources)),
    ]


def prune(now: datetime) -> None:
    """Forget what was asked for on the page a month ago; the audit keeps who imported what."""
    ImportRun.objects.filter(created_at__lt=now - KEPT_FOR).delete()


def _schedule(source: str) -> Schedule:
    return Schedule(
        key=f"import {source}"[:200],
        every=EVERY,
        job=KIND,
        title=f"Read the catalogue from {source}",
        args={"source": source},
        order=30,
    )


def _run_of_page(work: Work, run: ImportRun) -> Summary:
    dry_run = run.confirmed_at is None
    try:
        place = _place(run.source, work) if run.source else TextPlace(run.text)
        by = Requester(run.requested_by_id, run.requested_by_name)
        result = _import(place, work, by=by, dry_run=dry_run)
    except Invalid as error:
        run.failure = error.message
        run.finished_at = timezone.now()
        run.save(update_fields=["failure", "finished_at"])
        raise
    run.counts = result.counts()
    run.rows = keeping.rows_of(result)
    run.problems = keeping.problems_of(result)
    run.vanished = result.vanished
    if dry_run:
        run.checked_at = timezone.now()
    else:
        run.finished_at = timezone.now()
    run.save(update_fields=["counts", "rows", "problems", "vanished", "checked_at", "finished_at"])
    return summary_of(result.counts(), result.problems)


def _import(place: Place, work: Work, *, by: Actor, dry_run: bool) -> Result:
    return import_place(
        place,
        by=by,
        now=timezone.now(),
        dry_run=dry_run,
        fetch=fetch(job_id=work.job.pk),
        github_hosts=github_hosts(),
        told=work.progress,
    )


def _place(source: str, work: Work) -> Place:
    """The place; where it is gone, what is known from it is kept and the reason with it."""
    try:
        return place_of(source, job_id=work.job.pk)
    except WrongCall as error:
        known = CatalogSource.objects.filter(title=source)
        known.update(last_failure_at=timezone.now(), failure_reason=str(error))
        raise Invalid(str(error)) from None


def summary_of(counts: Counts, problems: Iterable[Problem]) -> Summary:
    """What an import did, as its job's summary."""
    told = list(problems)
    refused = [problem for problem in told if problem.refused]
    remarks = [problem for problem in told if not problem.refused]
    return Summary(
        done=sum(states["created"] + states["changed"] for states in counts.values()),
        unchanged=sum(states["unchanged"] for states in counts.values()),
        skipped=sum(states["skipped"] + states["conflict"] for states in counts.values()),
        failed=[
            Failure(item=f"{problem.file}:{problem.line}", reason=problem.message)
            for problem in refused[:_MOST]
        ],
        notes=[str(problem) for problem in remarks[:_MOST]],
    )


IMPORT = JobKind(key=KIND, title="Catalogue import", run=run_import)
