"""`create_person EMAIL --role ROLE`: let somebody in."""

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.accounts import actions, links
from portal.accounts.models import Purpose, Role
from portal.audit.actions import System
from portal.lib.errors import PortalError


class Command(BaseCommand):
    help = (
        "Let somebody in under a role. The password comes from PORTAL_PASSWORD, else it is asked "
        "for where there is a terminal; without one, or with --no-password, a link is printed "
        "behind which the person chooses it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--name", default="", help="default: the part before the @")
        parser.add_argument(
            "--no-password", action="store_true", help="ask for none, print a link instead"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by = System("Command line")
        password = None if options["no_password"] else _password()
        try:
            person = actions.create_person(
                by=by,
                email=options["email"],
                role=options["role"],
                name=options["name"],
                password=password,
            )
            secret = ""
            if password is None:
                secret = actions.make_password_link(by=by, person=person, now=timezone.now())
        except PortalError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{person.name} ({person.key}) may sign in as {person.role}.")
        if secret:
            address = settings.PORTAL_URL.rstrip("/")
            hours = int(links.PASSWORD_LIVES.total_seconds() // 3600)
            self.stdout.write(f"Behind this link they choose a password (once, {hours} hours):")
            self.stdout.write(address + links.path(Purpose.PASSWORD, secret))


def _password() -> str | None:
    """The password from the environment or the terminal; None where there is neither."""
    given = os.environ.get("PORTAL_PASSWORD")
    if given is not None or not sys.stdin.isatty():
        return given
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("The same again: "):
        raise CommandError("The two passwords differ; nobody was created.")
    return password
