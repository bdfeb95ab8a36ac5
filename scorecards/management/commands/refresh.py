"""`refresh [--service S] [--source NAME] [--wait]`: ask the sources for fresh facts now."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.catalog.models import Service
from portal.jobs.models import Job, JobState
from portal.jobs.worker import run_job
from scorecards.refresh import file_refresh
from scorecards.sources.base import sources


class Command(BaseCommand):
    help = "Ask the sources for fresh facts about one service, or about all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--service", metavar="KEY", help="only this service")
        parser.add_argument(
            "--source",
            action="append",
            metavar="NAME",
            help=f"only this source, repeatable: {', '.join(source.key for source in sources)}",
        )
        parser.add_argument("--wait", action="store_true", help="do it here, and say how it went")

    def handle(self, *args: Any, **options: Any) -> None:
        job, _ = file_refresh(
            service=self._service(options["service"]), source_keys=self._sources(options["source"])
        )
        if not options["wait"]:
            self.stdout.write(f"Job {job.pk} is filed: {job.title}.")
            return
        if run_job(job.pk, told=self._tell) is None:
            self._watch(job)
        job.refresh_from_db()
        self._report(job)

    def _service(self, key: str | None) -> Service | None:
        if key is None:
            return None
        found = Service.objects.filter(key=key.lower(), vanished_at=None)
        service: Service | None = found.first()
        if service is None:
            raise CommandError(f"There is no service {key}.")
        return service

    def _sources(self, keys: list[str] | None) -> list[str] | None:
        for key in keys or []:
            source = sources.get(key)
            if source is None:
                known = ", ".join(source.key for source in sources)
                raise CommandError(f"There is no source {key}; there are {known}.")
            if reason := source.why_off():
                raise CommandError(f"{source.title} is off: {reason}")
        return keys

    def _tell(self, done: int, total: int, current: str) -> None:
        self.stdout.write(f"{done} of {total}  {current}")

    def _watch(self, job: Job) -> None:
        """A worker has it: look at the row until it is over."""
        while not job.is_over:
            time.sleep(0.5)
            job.refresh_from_db()

    def _report(self, job: Job) -> None:
        if job.state == JobState.FAILED:
            raise CommandError(f"The refresh failed: {job.reason}")
        summary = job.summary
        for failure in summary["failed"]:
            self.stdout.write(f"failed  {failure['item']}: {failure['reason']}")
        for note in summary["notes"]:
            self.stdout.write(f"note    {note}")
        self.stdout.write(
            f"{summary['done']} changed, {summary['unchanged']} unchanged, "
            f"{summary['skipped']} skipped, {len(summary['failed'])} failed."
        )
