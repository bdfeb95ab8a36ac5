"""What `celery -A portal worker` and `celery -A portal beat` load.

Logging stays as Django's settings have it: Celery's own set-up is switched off by answering its
signal.
"""

import logging
import os
from typing import Any

import django
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from portal.jobs import shutdown  # noqa: E402 models need the settings
from portal.jobs.app import app  # noqa: E402

__all__ = ["app"]


@setup_logging.connect(weak=False)
def _keep_logging(**kwargs: Any) -> None:
    """Answering is what keeps Celery's handlers out; what it tells of each task, `run_job` tells
    better."""
    for name in ("celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(name).setLevel(logging.WARNING)


app.autodiscover_tasks()
shutdown.connect()
