"""`ready`: ask every readiness probe from here; the health check of worker and beat."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from portal.operations.readiness import Probes, is_ready


class Command(BaseCommand):
    help = "Say whether database, migrations and broker are in order; exit code 1 where not."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        outcomes = Probes().run()
        for key, outcome in outcomes.items():
            self.stdout.write(f"{key}: {outcome.problem or 'ok'}")
        if not is_ready(outcomes):
            sys.exit(1)
