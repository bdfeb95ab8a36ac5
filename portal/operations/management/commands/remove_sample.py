"""`remove_sample`: take the sample organisation away."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.audit.actions import System
from portal.lib.errors import PortalError
from portal.operations.sample import remove_sample


class Command(BaseCommand):
    help = "Remove all sample data and nothing else. Needs a real admin to exist."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            remove_sample(by=System("remove_sample command"))
        except PortalError as error:
            raise CommandError(error.message) from error
        self.stdout.write("The sample data is gone.")
