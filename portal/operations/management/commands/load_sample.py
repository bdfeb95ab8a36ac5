"""`load_sample`: add the sample organisation now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.jobs.models import Job, JobState
from portal.jobs.queue import enqueue
from portal.jobs.worker import run_job
from portal.operations.sample import KIND, TITLE


class Command(BaseCommand):
    help = "Add the sample organisation. Rows that are there already are brought up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        job, _ = enqueue(KIND, title=TITLE, dedupe_key=KIND)
        state = run_job(job.pk, told=self._tell)
        if state is None:
            self.stdout.write(f"A worker loads the sample data: see /jobs/{job.pk}/")
        elif state is JobState.FAILED:
            raise CommandError(Job.objects.get(pk=job.pk).reason)
        else:
            self.stdout.write("The sample data is loaded.")

    def _tell(self, done: int, total: int, current: str) -> None:
        if current:
            self.stdout.write(f"Loading sample data: {current} ({done + 1} of {total})")
            self.stdout.flush()
