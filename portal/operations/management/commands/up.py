"""`up`: one command from an empty folder to a running portal."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from portal.accounts import first_admin
from portal.jobs.queue import enqueue
from portal.operations import sample, start
from portal.operations.processes import Plan, become_parent


class Command(BaseCommand):
    help = "Prepare everything, then run web, worker and beat until stopped."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with start.in_one_sentence():
                plan = self._prepare()
        except start.CanNotStart as error:
            self.stderr.write(str(error))
            sys.exit(1)
        except KeyboardInterrupt:
            sys.exit(130)
        become_parent(plan)

    def _prepare(self) -> Plan:
        listening = start.take_port(settings.ENV.port)
        lock = start.take_folder(settings.DATA)
        start.wait_for_database(self._say)
        start.migrate(self._say)
        then = []
        if start.wants_sample(is_first=start.is_first_start()):
            enqueue(sample.KIND, title=sample.TITLE, dedupe_key=sample.KIND)
            then.append(["load_sample"])
        start.load_starting_content()
        start.collect_static(self._say)
        port = listening.getsockname()[1]
        lines = _lines(port)
        connections.close_all()
        return Plan(
            folder=str(settings.BASE_DIR),
            data=str(settings.DATA),
            port=port,
            socket=listening.detach(),
            lock=lock,
            lines=lines,
            then=then,
        )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _lines(port: int) -> list[str]:
    lines = [f"Logs are in {settings.DATA / 'logs'}. Ctrl-C stops it."]
    if first_admin.is_needed():
        lines.insert(0, _first_admin_line(port))
    return lines


def _first_admin_line(port: int) -> str:
    """The link works over loopback, where a portal with TLS before it only redirects."""
    if settings.ENV.is_https:
        return "Create the first admin with: python manage.py create_person EMAIL --role admin"
    link = first_admin.make_link(base=f"http://127.0.0.1:{port}")
    return f"Create the first admin here, once, within 15 minutes: {link}"
