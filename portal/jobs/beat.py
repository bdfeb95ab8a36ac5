"""Celery beat's scheduler: fires the `schedules` registry; its memory is in the database."""

import logging
from typing import Any

from celery.beat import Scheduler
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from portal.jobs.schedules import forget_unknown, run_due

TICK_SECONDS = 1.0
RETRY_SECONDS = 5.0

logger = logging.getLogger(__name__)


class DatabaseScheduler(Scheduler):
    """Looks once a second for what is due. A database that is away is said once and waited for.

    Celery's own `beat_schedule` setting is not used.
    """

    sync_every = 365 * 24 * 3600

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._is_away = False
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """Nothing to load: the registry is filled when Django starts."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Fire what is due; answers the seconds until the next look."""
        close_old_connections()
        try:
            run_due(timezone.now())
        except DatabaseError as error:
            if not self._is_away:
                logger.warning("The database is away, schedules wait: %s", error)
            self._is_away = True
            connection.close()
            return RETRY_SECONDS
        if self._is_away:
            logger.warning("The database answers again, schedules go on")
            self._is_away = False
        return TICK_SECONDS

    def sync(self) -> None:
        """Drop what is no longer scheduled; Celery calls this when beat ends."""
        try:
            forget_unknown()
        except DatabaseError as error:
            logger.warning("Schedules that are gone could not be forgotten: %s", error)
