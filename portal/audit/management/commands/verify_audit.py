"""`verify_audit`: whether the audit events are those that were written."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.audit.chain import Walk, walk
from portal.audit.models import Event

_CHUNK = 2000


class Command(BaseCommand):
    help = (
        "Walk the hash chain of the audit events and name the first one that does not fit. "
        "Note the last hash somewhere else: --expect shows later whether events after it were "
        "cut off."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--expect", metavar="HASH", default="", help="a hash that the chain must still hold"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        real = self._walk(is_sample=False, expected=options["expect"])
        sample = self._walk(is_sample=True)
        if not real.found_expected:
            raise CommandError(
                f"No event has the hash {options['expect']}: events were cut off or replaced."
            )
        self.stdout.write(f"{real.count + sample.count:,} events fit together.")
        self.stdout.write(f"The last hash is {real.last_hash}")

    def _walk(self, *, is_sample: bool, expected: str = "") -> Walk:
        events = Event.objects.filter(is_sample=is_sample).order_by("id")
        found = walk(events.iterator(chunk_size=_CHUNK), expected=expected)
        if found.broken:
            raise CommandError(
                f"Event {found.broken.event_id} of {found.broken.at:%Y-%m-%d %H:%M:%S} UTC is the "
                f"first that does not fit: {found.broken.reason}. "
                f"{found.count:,} events before it are whole."
            )
        return found
