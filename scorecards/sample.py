"""The sample organisation's 90 days of scorecards, made by the real rules from sample sources.

Each past day is measured and judged as a refresh on that day would have been; nothing in the
history is written by hand. The days go by in memory and are written at once, so that there is
either a whole history or none, whatever else measures and evaluates meanwhile. The sample sources
are refreshed by the clock only once it is there (`has_history`).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction

from portal.catalog.models import Service
from scorecards import snapshots
from scorecards.evaluation import Before, Changes, ServiceRun
from scorecards.models import Result, ResultEvent, Snapshot, SourceState, Standing
from scorecards.ruleset import Ruleset, load_ruleset
from scorecards.sources.base import Outcome
from scorecards.sources.sample import SAMPLE_SOURCES, SampleSource

HISTORY_DAYS = 90
_KEYS = [source.key for source in SAMPLE_SOURCES]

Row = TypeVar("Row")


def has_history() -> bool:
    """Whether the sample sources remember that they measured the past days."""
    return Snapshot.objects.filter(is_sample=True, source=_KEYS[0]).exclude(state={}).exists()


def load(now: datetime, told: Callable[[int, str], None]) -> None:
    """Measure and evaluate the sample services on each of the last 90 days, oldest first.

    A history that is there stays; what was said about the services before it is replaced.
    """
    if has_history():
        return
    first = now - timedelta(days=HISTORY_DAYS - 1)
    services = Service.objects.filter(is_sample=True).select_related("owner", "system")
    past = _Past(list(services.order_by("pk")), load_ruleset(), first)
    for day in range(HISTORY_DAYS):
        moment = first + timedelta(days=day)
        past.go_on(moment)
        told(day + 1, f"the scorecards of {moment:%Y-%m-%d}")
    past.write(now)


def remove() -> None:
    """Everything else goes with the services that it is about."""
    SourceState.objects.filter(source__in=_KEYS).delete()


class _Past:
    """The sample services on their way through the days."""

    def __init__(self, services: list[Service], ruleset: Ruleset, first: datetime) -> None:
        self._services = services
        self._ruleset = ruleset
        self._state = {"history_since": first.isoformat()}
        self._events: list[ResultEvent] = []
        self._snapshots: dict[int, dict[str, Snapshot]] = {}
        self._results: dict[int, dict[int, Result]] = {row.pk: {} for row in services}
        self._standings: dict[int, dict[int, Standing]] = {row.pk: {} for row in services}

    def go_on(self, moment: datetime) -> None:
        """Live through one more day."""
        for source in SAMPLE_SOURCES:
            self._measure(source, moment)
        for service in self._services:
            self._evaluate(service, moment)

    def _measure(self, source: SampleSource, moment: datetime) -> None:
        def report(outcomes: Iterable[Outcome]) -> None:
            for outcome in outcomes:
                said = self._snapshots.setdefault(outcome.service_id, {})
                said[source.key] = Snapshot(
                    service_id=outcome.service_id,
                    source=source.key,
                    facts={
                        name: snapshots.as_entry(reading)
                        for name, reading in outcome.readings.items()
                    },
                    last_success_at=moment,
                    state=self._state,
                    is_sample=True,
                )

        source.measure(self._services, {}, now=moment, report=report, note=lambda text: None)

    def _evaluate(self, service: Service, moment: datetime) -> None:
        results, standings = self._results[service.pk], self._standings[service.pk]
        gone_results = {
            check: Before(0, row.state, row.reason, row.version, row.fingerprint, row.changed_at)
            for check, row in results.items()
        }
        gone_standings = dict(standings)
        changes = Changes()
        run = ServiceRun(service, self._ruleset, changes, moment)
        run.evaluate(self._snapshots[service.pk], gone_results, gone_standings)
        for check in gone_results:  # what still counts was taken out
            del results[check]
        for scorecard in gone_standings:
            del standings[scorecard]
        results.update((row.check_row_id, row) for row in changes.results)
        standings.update((row.scorecard_id, row) for row in changes.standings)
        self._events += changes.events

    @transaction.atomic
    def write(self, now: datetime) -> None:
        """Put the history in the place of whatever is known about the services. One that was
        removed, or became a real one, while the days went by is left alone."""
        chosen = Service.objects.filter(pk__in=self._results, is_sample=True)
        locked = chosen.select_for_update(no_key=True).order_by("pk")
        there = set(locked.values_list("pk", flat=True))
        for model in (ResultEvent, Result, Standing, Snapshot):
            model._default_manager.filter(service__in=there).delete()
        events = [row for row in self._events if row.service_id in there]
        ResultEvent.objects.bulk_create(events, batch_size=2000)
        Result.objects.bulk_create(_rows(self._results, there), batch_size=2000)
        Standing.objects.bulk_create(_rows(self._standings, there), batch_size=1000)
        Snapshot.objects.bulk_create(_rows(self._snapshots, there), batch_size=500)
        for key in _KEYS if there else []:
            SourceState.objects.update_or_create(source=key, defaults={"last_success_at": now})


def _rows(kept: Mapping[int, Mapping[Any, Row]], there: set[int]) -> list[Row]:
    return [row for pk, rows in kept.items() if pk in there for row in rows.values()]
