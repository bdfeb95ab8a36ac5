"""`create_token PERSON`: make a personal API token."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.accounts import actions
from portal.accounts.models import Person, Scope
from portal.accounts.models.token import LONGEST
from portal.audit.actions import System
from portal.lib.errors import PortalError


class Command(BaseCommand):
    help = "Make a personal API token and print its secret, alone, on standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", metavar="PERSON", help="key or e-mail address")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help=f"may be given several times (default: {Scope.READ})",
        )
        parser.add_argument(
            "--days", type=int, default=90, help=f"1 to {LONGEST.days} (default: %(default)s)"
        )
        parser.add_argument("--name", default="made by command", help="what it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.named(options["person"])
        if person is None:
            raise CommandError(f"There is no person {options['person']}.")
        if not person.is_active:
            raise CommandError(f"The account of {person.name} is switched off.")
        try:
            token, secret = actions.create_token(
                by=System("Command line"),
                person=person,
                name=options["name"],
                scopes=options["scope"] or [Scope.READ],
                days=options["days"],
                now=timezone.now(),
            )
        except PortalError as error:
            raise CommandError(error.message) from error
        self.stderr.write(
            f"A token for {person.name} with {', '.join(token.scopes)}, "
            f"until {token.expires_at:%Y-%m-%d}. It is shown this once:"
        )
        self.stdout.write(secret)
