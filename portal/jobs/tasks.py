"""Messages to the workers, and the one task they carry."""

import logging

from django.utils import timezone
from kombu.exceptions import KombuError

from portal.jobs.app import app
from portal.jobs.models import Job, JobState
from portal.jobs.worker import run_job

QUEUE = "jobs"

logger = logging.getLogger(__name__)


@app.task(name="jobs.run", ignore_result=True)
def run(job_id: int) -> None:
    """Run the job of this row if it is still due."""
    run_job(job_id)


def send(job_id: int) -> bool:
    """Hint to the workers that a row waits; answers whether the broker took it.

    A job that is not due yet is sent by `reap()` when it is, as is one whose broker was away.
    """
    now = timezone.now()
    waiting = Job.objects.filter(pk=job_id, state=JobState.QUEUED, not_before__lte=now)
    if not waiting.update(sent_at=now):
        return False
    try:
        run.apply_async(args=[job_id], retry=False)
    except (KombuError, OSError) as error:
        logger.warning("The broker is away, job %s is sent later: %s", job_id, error)
        waiting.update(sent_at=None)
        return False
    return True


def messages_waiting() -> int | None:
    """How many messages the broker holds for the workers; None where it does not say."""
    with app.connection_for_read() as connection:
        try:
            return int(connection.default_channel.queue_declare(QUEUE, passive=True).message_count)
        except connection.channel_errors:
            return 0  # nobody has used the queue yet
        except (KombuError, OSError) as error:
            logger.debug("The broker does not say how many messages wait: %s", error)
            return None
