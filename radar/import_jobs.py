"""The job kind `import_radar`: an import asked for on the page, checked or taken over."""

from datetime import datetime, timedelta

from django.utils import timezone

from portal.audit.actions import System
from portal.catalog.import_jobs import summary_of
from portal.catalog.importers.problems import WrongCall
from portal.catalog.importers.sources import fetch
from portal.jobs.queue import JobKind, Summary
from portal.jobs.worker import Work
from portal.lib.errors import Invalid, PortalError
from radar.importers import keeping
from radar.importers.files import Source, source_of, source_of_text
from radar.importers.run import Options, Result, import_radar
from radar.importers.targets import Wanted
from radar.models import RadarImport
from radar.use_jobs import file_look

KIND = "import_radar"
KEPT_FOR = timedelta(days=30)


class Requester(System):
    """Who asked for an import, as kept with it; the action asked for the permission."""

    def __init__(self, pk: str, name: str) -> None:
        super().__init__(name)
        self.pk = pk


def run_import(work: Work) -> Summary:
    """Read what a run of the page names. Safe to run twice: the second time everything is
    unchanged."""
    run = RadarImport.objects.get(pk=work.args["run"])
    dry_run = run.confirmed_at is None
    try:
        result = _import(run, work, dry_run=dry_run)
    except (WrongCall, PortalError) as error:
        run.failure = str(error)
        run.finished_at = timezone.now()
        run.save(update_fields=["failure", "finished_at"])
        raise Invalid(str(error)) from None
    run.counts = result.counts()
    run.rows = keeping.rows_of(result)
    run.problems = keeping.problems_of(result)
    run.format = result.format or run.format
    if dry_run:
        run.checked_at = timezone.now()
    else:
        run.finished_at = timezone.now()
        file_look()  # what is on hold now, services may use
    run.save(update_fields=["counts", "rows", "problems", "format", "checked_at", "finished_at"])
    return summary_of(result.counts(), result.problems)


def prune(now: datetime) -> None:
    """Forget what was asked for on the page a month ago; the audit keeps who imported what."""
    RadarImport.objects.filter(created_at__lt=now - KEPT_FOR).delete()


def _import(run: RadarImport, work: Work, *, dry_run: bool) -> Result:
    return import_radar(
        _source(run, work),
        Options(
            radar=run.radar_slug,
            format=run.format,
            edition=Wanted(run.edition_title, run.edition_date),
            dry_run=dry_run,
        ),
        by=Requester(run.requested_by_id, run.requested_by_name),
        now=timezone.now(),
        told=work.progress,
    )


def _source(run: RadarImport, work: Work) -> Source:
    if run.source:
        return source_of(run.source, fetch=fetch(job_id=work.job.pk))
    return source_of_text(run.text, run.file_name)


IMPORT = JobKind(key=KIND, title="Radar import", run=run_import)
