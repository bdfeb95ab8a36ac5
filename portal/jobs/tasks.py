from celery import shared_task


def send(job_id: int) -> None:
    """Hint to the workers that a row waits. (Being built.)"""


@shared_task(name="jobs.run")
def run(job_id: int) -> None:
    """Run the job of this row if it is still due."""
