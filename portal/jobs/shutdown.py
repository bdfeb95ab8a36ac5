"""A worker that ends gives its jobs back, and ends in time.

The worker's first answer to SIGTERM is to set `stopping`: each job leaves at its next
`progress()` and its row is queued again. A job that stays silent is handed back by a timer,
before whoever sent the signal loses patience and kills the process.
"""

import logging
import os
import threading
from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from django.db import DatabaseError, connection
from django.utils import timezone

from portal.jobs import worker
from portal.jobs.reaper import reap

GRACE_SECONDS = 7.0  # below the 10 s after which `up` and container engines kill

logger = logging.getLogger(__name__)


def connect() -> None:
    """Listen to the worker's life; called where the Celery application is loaded to run."""
    worker_ready.connect(_look_for_lost_jobs, weak=False)
    worker_shutting_down.connect(_stop, weak=False)


def _look_for_lost_jobs(**kwargs: Any) -> None:
    """What a killed worker of this machine left behind is queued again now, not at the end of
    its lease."""
    try:
        reap(timezone.now())
    except DatabaseError as error:
        logger.warning("Lost jobs can't be looked for now: %s", error)
    finally:
        connection.close()


def _stop(**kwargs: Any) -> None:
    worker.stopping.set()
    timer = threading.Timer(GRACE_SECONDS, _end)
    timer.daemon = True
    timer.start()


def _end() -> None:
    """Hand back what still runs and end the process, whatever its threads do."""
    try:
        count = worker.hand_back_all()
        logger.warning("Stopped with %s jobs in hand; they are queued again", count)
    except DatabaseError as error:
        logger.warning("Stopped with jobs in hand, to be found by their silence: %s", error)
    finally:
        connection.close()
        os._exit(0)
