"""`load_sample`: add the sample organisation now."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.jobs.models import Job, JobState
from portal.jobs.queue import enqueue
from portal.jobs.worker import run_job
from portal.operations.sample import KIND, TITLE

LOOK_SECONDS = 0.5


class Command(BaseCommand):
    help = "Add the sample organisation. Rows that are there already are brought up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        filed, _ = enqueue(KIND, title=TITLE, dedupe_key=KIND)
        job = self._bring_to_an_end(filed.pk)
        if job.state == JobState.FAILED:
            raise CommandError(job.reason)
        self.stdout.write("The sample data is loaded.")

    def _bring_to_an_end(self, number: int) -> Job:
        """Run the job here, or follow it where a worker was quicker."""
        said = ""
        while True:
            run_job(number, told=self._tell)
            job = Job.objects.get(pk=number)
            if job.is_over:
                return job
            if job.current != said:
                self._tell(job.done, job.total, job.current)
                said = job.current
            time.sleep(LOOK_SECONDS)

    def _tell(self, done: int, total: int, current: str) -> None:
        if current:
            step = f" ({done} of {total})" if total else ""
            self.stdout.write(f"Loading sample data: {current}{step}")
            self.stdout.flush()
