"""Keeping what sources say, and who is asking them right now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from portal.catalog.models import Service
from scorecards.expressions import MAX_ITEMS, MAX_TEXT
from scorecards.models import Snapshot, SourceState
from scorecards.sources.base import Measured, Outcome, Previous, Reading

LEASE = timedelta(minutes=15)
LATELY = timedelta(hours=2)  # longer than any source waits between two refreshes
LONGEST_WORDS = 500  # of evidence and errors
_AT_ONCE = 500  # rows a statement
_KEPT = [
    "facts",
    "last_success_at",
    "last_failure_at",
    "failing_since",
    "failure_reason",
    "state",
    "leased_by",
    "leased_until",
]


@dataclass
class Kept:
    """What came of a batch of outcomes, by service."""

    changed: set[int] = field(default_factory=set)
    unchanged: set[int] = field(default_factory=set)
    failed: dict[int, str] = field(default_factory=dict)


def keep(source: str, outcomes: Iterable[Outcome], services: Mapping[int, Service]) -> Kept:
    """Store the outcomes of one source in one transaction, and give the services free."""
    kept = Kept()
    by_service = {outcome.service_id: outcome for outcome in outcomes}
    with transaction.atomic():
        rows = {
            row.service_id: row
            for row in Snapshot.objects.filter(source=source, service__in=by_service)
        }
        written = []
        for service_id, outcome in by_service.items():
            row = rows.get(service_id) or Snapshot(service_id=service_id, source=source)
            row.is_sample = services[service_id].is_sample
            has_changed = apply(row, outcome)
            written.append(row)
            if outcome.failure:
                kept.failed[service_id] = outcome.failure
            else:
                (kept.changed if has_changed else kept.unchanged).add(service_id)
        Snapshot.objects.bulk_create(
            written,
            update_conflicts=True,
            unique_fields=["service", "source"],
            update_fields=_KEPT,
            batch_size=_AT_ONCE,
        )
        _note_state(source, by_service.values())
    return kept


def apply(row: Snapshot, outcome: Outcome) -> bool:
    """Bring a snapshot up to date; answers whether a fact changed. A failure leaves the facts."""
    row.leased_by, row.leased_until = "", None
    if outcome.state is not None:
        row.state = dict(outcome.state)
    if outcome.failure:
        row.last_failure_at = outcome.at
        row.failing_since = row.failing_since or outcome.at
        row.failure_reason = _storable(outcome.failure[:LONGEST_WORDS])
        return False
    row.last_success_at = outcome.at
    row.failing_since = None
    row.failure_reason = ""
    before = row.facts
    if outcome.is_unchanged:
        at = outcome.at.isoformat()
        row.facts = {name: {**entry, "measured_at": at} for name, entry in before.items()}
        return False
    row.facts = before | {name: as_entry(item) for name, item in outcome.readings.items()}
    return _timeless(row.facts) != _timeless(before)


def as_entry(reading: Reading) -> dict[str, Any]:
    """A reading as snapshots keep it."""
    at = reading.measured_at.isoformat()
    if not isinstance(reading, Measured):
        return {"error": _storable(reading.error[:LONGEST_WORDS]), "measured_at": at}
    entry: dict[str, Any] = {"value": _storable(reading.value), "measured_at": at}
    if reading.evidence:
        entry["evidence"] = _storable(reading.evidence[:LONGEST_WORDS])
    if reading.url:
        entry["url"] = _storable(reading.url)
    return entry


def _storable(value: Any) -> Any:
    """A value as both databases keep it: texts without NUL and halves of characters, and nothing
    longer than what expressions see."""
    if isinstance(value, str):
        return value.replace("\0", "")[:MAX_TEXT].encode("utf-8", "replace").decode()
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value[:MAX_ITEMS]]
    if isinstance(value, dict):
        return {_storable(key): item for key, item in list(value.items())[:MAX_ITEMS]}
    return value


def lease(source: str, service_ids: Sequence[int], holder: str, now: datetime) -> set[int]:
    """Take the right to ask a source about services; answers those that are free or ours."""
    mine: set[int] = set()
    for start in range(0, len(service_ids), _AT_ONCE):
        ids = service_ids[start : start + _AT_ONCE]
        Snapshot.objects.bulk_create(
            _missing(source, ids), ignore_conflicts=True, batch_size=_AT_ONCE
        )
        rows = Snapshot.objects.filter(source=source, service__in=ids)
        free = Q(leased_until=None) | Q(leased_until__lte=now) | Q(leased_by=holder)
        rows.filter(free).update(leased_by=holder, leased_until=now + LEASE)
        mine.update(rows.filter(leased_by=holder).values_list("service_id", flat=True))
    return mine


def release(source: str, holder: str) -> None:
    """Give back what this holder still has of a source."""
    rows = Snapshot.objects.filter(source=source, leased_by=holder)
    rows.update(leased_by="", leased_until=None)


def asked_since(source: str, moment: datetime) -> set[int]:
    """The services that a source was asked about since a moment, with or without success."""
    rows = Snapshot.objects.filter(source=source)
    recent = Q(last_success_at__gte=moment) | Q(last_failure_at__gte=moment)
    return set(rows.filter(recent).values_list("service_id", flat=True))


def previous(source: str, service_ids: Iterable[int]) -> dict[int, Previous]:
    """What the source said last about services, to hand back to it."""
    wanted = set(service_ids)
    rows = Snapshot.objects.filter(source=source)
    if len(wanted) <= _AT_ONCE:
        rows = rows.filter(service__in=wanted)
    return {
        row.service_id: Previous(
            facts=row.facts, state=row.state, last_success_at=row.last_success_at
        )
        for row in rows.iterator()
        if row.service_id in wanted
    }


def _missing(source: str, ids: Sequence[int]) -> list[Snapshot]:
    there = set(
        Snapshot.objects.filter(source=source, service__in=ids).values_list("service_id", flat=True)
    )
    samples = dict(Service.objects.filter(pk__in=set(ids) - there).values_list("pk", "is_sample"))
    return [
        Snapshot(service_id=pk, source=source, is_sample=is_sample)
        for pk, is_sample in samples.items()
    ]


def _note_state(source: str, outcomes: Iterable[Outcome]) -> None:
    """How the source does as a whole: it fails when it answers about nothing it was asked, and
    did not answer about anything else lately either."""
    outcomes = list(outcomes)
    if not outcomes:
        return
    state, _ = SourceState.objects.get_or_create(source=source)
    answered = [outcome.at for outcome in outcomes if not outcome.failure]
    if answered:
        state.last_success_at = max(answered)
        state.failing_since = None
        state.failure_reason = ""
    else:
        last = max(outcomes, key=lambda outcome: outcome.at)
        if _answers_elsewhere(source, last.at):
            return
        state.last_failure_at = last.at
        state.failing_since = state.failing_since or last.at
        state.failure_reason = _storable(last.failure[:LONGEST_WORDS])
    state.save()


def _answers_elsewhere(source: str, now: datetime) -> bool:
    """Whether the last try went well for some service that is there, and is not long ago."""
    rows = Snapshot.objects.filter(source=source, failing_since=None, service__vanished_at=None)
    return rows.filter(last_success_at__gte=now - LATELY).exists()


def _timeless(facts: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: {key: value for key, value in entry.items() if key != "measured_at"}
        for name, entry in facts.items()
    }
