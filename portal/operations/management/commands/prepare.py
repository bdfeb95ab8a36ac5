"""`prepare`: bring the database to this version. Run once before each start in production, as the
role that owns the tables; `up` does the same by itself."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.operations import start


class Command(BaseCommand):
    help = "Wait for the database, migrate it and load the starting content. Safe to repeat."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with start.in_one_sentence():
                start.wait_for_database(self.stdout.write)
                start.migrate(self.stdout.write)
                start.load_starting_content()
        except start.CanNotStart as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The database is ready.")
