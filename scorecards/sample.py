"""The sample organisation's 90 days of scorecards, made by the real rules from sample sources.

Each past day is measured and judged as a refresh on that day would have been; nothing in the
history is written by hand. The sample sources are refreshed by the clock only once it is there
(`has_history`), so that no day comes before an older one.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from portal.catalog.models import Service
from scorecards import snapshots
from scorecards.evaluation import evaluate
from scorecards.models import ResultEvent, Snapshot, SourceState
from scorecards.ruleset import load_ruleset
from scorecards.sources.base import Outcome
from scorecards.sources.sample import SAMPLE_SOURCES, SampleSource

HISTORY_DAYS = 90


def has_history() -> bool:
    """Whether every sample source has said how its last refresh went."""
    keys = [source.key for source in SAMPLE_SOURCES]
    return SourceState.objects.filter(source__in=keys).count() == len(keys)


def load(now: datetime) -> None:
    """Measure and evaluate the sample services on each of the last 90 days, oldest first.

    A history that was begun and not finished is made anew; a finished one stays.
    """
    if has_history():
        return
    services = list(Service.objects.filter(is_sample=True))
    ids = [service.pk for service in services]
    for model in (ResultEvent, Snapshot):
        model._default_manager.filter(is_sample=True).delete()
    ruleset = load_ruleset()
    for days in range(HISTORY_DAYS - 1, -1, -1):
        moment = now - timedelta(days=days)
        for source in SAMPLE_SOURCES:
            _write_snapshots(source, services, moment)
        evaluate(ids, ruleset, now=moment)
    for source in SAMPLE_SOURCES:
        SourceState.objects.create(source=source.key, last_success_at=now)


def remove() -> None:
    """Everything else goes with the services that it is about."""
    SourceState.objects.filter(source__in=[source.key for source in SAMPLE_SOURCES]).delete()


def _write_snapshots(source: SampleSource, services: list[Service], moment: datetime) -> None:
    outcomes: list[Outcome] = []

    def report(found: Iterable[Outcome]) -> None:
        outcomes.extend(found)

    source.measure(services, {}, now=moment, report=report, note=lambda text: None)
    rows = []
    for outcome in outcomes:
        row = Snapshot(service_id=outcome.service_id, source=source.key, is_sample=True)
        snapshots.apply(row, outcome)
        rows.append(row)
    Snapshot.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["service", "source"],
        update_fields=["facts", "last_success_at"],
    )
