"""`evaluate [--service S] [--at DATE]`: judge the stored facts now, or tell a past standing."""

from argparse import ArgumentParser
from datetime import UTC, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from portal.catalog.models import Service
from portal.shell.words import count_words
from scorecards.evaluation import chunks, evaluate
from scorecards.past import standings_at
from scorecards.ruleset import load_ruleset
from scorecards.verdicts import moment_words
from scorecards.words import points


class Command(BaseCommand):
    help = "Judge every service by the facts that are stored, without asking any source."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--service", metavar="KEY", help="only this service")
        parser.add_argument(
            "--at",
            metavar="DATE",
            help="print how services stood at the end of a day, or at a moment; changes nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        services = Service.objects.order_by("pk")
        if options["service"]:
            services = services.filter(key=options["service"].lower())
            if not services.exists():
                raise CommandError(f"There is no service {options['service']}.")
        if options["at"]:
            self._tell(services.order_by("key"), _moment(options["at"]))
            return
        ids = list(services.values_list("pk", flat=True))
        ruleset = load_ruleset()
        changed = 0
        for chunk in chunks(ids):
            changed += len(evaluate(chunk, ruleset, now=timezone.now()))
        for fault in ruleset.faults:
            self.stderr.write(fault)
        self.stdout.write(f"{count_words(len(ids), 'service')} evaluated, {changed} changed.")

    def _tell(self, services: Any, moment: datetime) -> None:
        is_empty = True
        for past in standings_at(services, moment):
            is_empty = False
            score = points(past.score.score, 1) or "-"
            self.stdout.write(
                f"{past.service.key}\t{past.scorecard.slug}\t{score}\t"
                f"{past.scorecard.level_title(past.score.rank)}"
            )
        if is_empty:
            self.stderr.write(f"Nothing was evaluated yet at {moment_words(moment)}.")


def _moment(text: str) -> datetime:
    """The end of a day in the portal's time zone, or an exact moment. Raises `CommandError`."""
    try:
        day = parse_date(text)
        moment = datetime.combine(day, time.max) if day else parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{text!r} is no date such as 2025-11-24 or 2025-11-24T09:14.")
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first and the last day that there are
        return moment.replace(tzinfo=UTC)
