"""Evaluating services: facts in, results, events and standings out, in bulk.

Only what changed is written: a result when its fingerprint moved, an event when state, reason or
version did, a standing when any of its figures did. A second run right after the first writes
nothing. Each chunk is one transaction that holds its services' rows, so two runs at the same
time can't write the same change twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from portal.catalog.models import Service
from scorecards import scoring
from scorecards.expressions import Missing, Undecided, context_of
from scorecards.models import Cause, Result, ResultEvent, Snapshot, Standing
from scorecards.ruleset import ActiveCheck, ActiveScorecard, Ruleset
from scorecards.verdicts import (
    FAIL,
    NOT_APPLICABLE,
    PASS,
    Known,
    Rule,
    Verdict,
    fingerprint,
    judge,
    merge,
)

CHUNK = 200  # services a transaction

RESULT_FIELDS = [
    "version",
    "state",
    "reason",
    "facts",
    "changed_at",
    "evaluated_at",
    "fingerprint",
]
STANDING_FIELDS = [
    field.name
    for field in Standing._meta.concrete_fields
    if field.name not in {"id", "service", "scorecard", "is_sample"}
]
_COMPARED = [
    "score",
    "low",
    "high",
    "held_since",
    "level_waivers",
    "passed",
    "failed",
    "unknown",
    "waived",
    "passed_weight",
    "known_weight",
    "total_weight",
]

_LEVEL_CHANGE = [
    "previous_level",
    "previous_rank",
    "level_changed_at",
    "level_cause",
    "level_reason",
]


@dataclass(frozen=True)
class Before:
    """The stored result of a check about a service."""

    pk: int
    state: str
    reason: str
    version: int
    fingerprint: int
    changed_at: datetime


@dataclass
class Changes:
    """What one chunk has to write."""

    results: list[Result] = field(default_factory=list)
    events: list[ResultEvent] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    gone_results: list[int] = field(default_factory=list)
    gone_standings: list[int] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)  # services

    def write(self) -> None:
        Result.objects.bulk_create(
            self.results,
            update_conflicts=True,
            unique_fields=["service", "check_row"],
            update_fields=RESULT_FIELDS,
            batch_size=2000,
        )
        ResultEvent.objects.bulk_create(self.events, batch_size=2000)
        Standing.objects.bulk_create(
            self.standings,
            update_conflicts=True,
            unique_fields=["service", "scorecard"],
            update_fields=STANDING_FIELDS,
            batch_size=1000,
        )
        if self.gone_results:
            Result.objects.filter(pk__in=self.gone_results).delete()
        if self.gone_standings:
            Standing.objects.filter(pk__in=self.gone_standings).delete()


def evaluate(service_ids: Sequence[int], ruleset: Ruleset, *, now: datetime) -> set[int]:
    """Evaluate these services and store what changed; answers the services that changed."""
    changed: set[int] = set()
    for ids in chunks(service_ids):
        changed |= _evaluate_chunk(ids, ruleset, now)
    return changed


def chunks(service_ids: Sequence[int], size: int = CHUNK) -> Iterator[Sequence[int]]:
    for start in range(0, len(service_ids), size):
        yield service_ids[start : start + size]


@transaction.atomic
def _evaluate_chunk(ids: Sequence[int], ruleset: Ruleset, now: datetime) -> set[int]:
    services = list(
        Service.objects.filter(pk__in=ids)
        .select_for_update(of=("self",), no_key=True)
        .select_related("owner", "system")
        .order_by("pk")
    )
    snapshots: dict[int, dict[str, Snapshot]] = {}
    for snapshot in Snapshot.objects.filter(service__in=services):
        snapshots.setdefault(snapshot.service_id, {})[snapshot.source] = snapshot
    before = _results_before(ids)
    standings: dict[int, dict[int, Standing]] = {}
    for standing in Standing.objects.filter(service__in=services):
        standings.setdefault(standing.service_id, {})[standing.scorecard_id] = standing
    changes = Changes()
    for service in services:
        results = before.get(service.pk, {})
        # Another run may have written while this one waited, or by a clock that is ahead: what
        # is written after it must not stand before it in history.
        moment = max((now, *(result.changed_at for result in results.values())))
        run = ServiceRun(service, ruleset, changes, moment)
        run.evaluate(snapshots.get(service.pk, {}), results, standings.get(service.pk, {}))
    changes.write()
    return changes.changed


def _results_before(ids: Sequence[int]) -> dict[int, dict[int, Before]]:
    rows: QuerySet[Result, tuple[Any, ...]] = Result.objects.filter(service__in=ids).values_list(
        "service_id",
        "check_row_id",
        "pk",
        "state",
        "reason",
        "version",
        "fingerprint",
        "changed_at",
    )
    found: dict[int, dict[int, Before]] = {}
    for service_id, check_id, *rest in rows:
        found.setdefault(service_id, {})[check_id] = Before(*rest)
    return found


@dataclass
class ServiceRun:
    """One service on its way through all rules."""

    service: Service
    ruleset: Ruleset
    changes: Changes
    now: datetime

    def evaluate(
        self,
        snapshots: dict[str, Snapshot],
        before: dict[int, Before],
        standings: dict[int, Standing],
    ) -> None:
        if self.service.vanished_at is None:
            self._judge(snapshots, before, standings)
        self._drop(before, standings)

    def _judge(
        self,
        snapshots: dict[str, Snapshot],
        before: dict[int, Before],
        standings: dict[int, Standing],
    ) -> None:
        views = self.ruleset.views(self.service, snapshots)
        facts = merge(self.ruleset.specs, views, self.now)
        values = {name: fact.value for name, fact in facts.items() if isinstance(fact, Known)}
        context = context_of(values, self.ruleset.namespaces, self.now)
        for card in self.ruleset.scorecards:
            if not _applies(card, context):
                continue
            marks, events = [], []
            for check in card.checks:
                verdict = judge(check.rule, facts, context, self.now)
                marks.append(scoring.Mark(verdict.state, check.weight, check.rank))
                event = self._keep(check, verdict, before.pop(check.pk, None))
                if event is not None:
                    events.append(event)
            self._stand(card, marks, events, standings.pop(card.pk, None))

    def _keep(
        self, check: ActiveCheck, verdict: Verdict, before: Before | None
    ) -> ResultEvent | None:
        """Note what has to be written about a verdict; answers the event where there is one."""
        mark = fingerprint(verdict, check.version)
        if before is not None and before.fingerprint == mark:
            return None
        reason = verdict.reason[:500]
        is_new = before is None or (before.state, before.reason, before.version) != (
            verdict.state,
            reason,
            check.version,
        )
        self.changes.changed.add(self.service.pk)
        self.changes.results.append(
            Result(
                service_id=self.service.pk,
                check_row_id=check.pk,
                version=check.version,
                state=verdict.state,
                reason=reason,
                facts=verdict.facts,
                changed_at=self.now if is_new or before is None else before.changed_at,
                evaluated_at=self.now,
                fingerprint=mark,
                is_sample=self.service.is_sample,
            )
        )
        if not is_new:
            return None
        return self._event(check, Verdict(verdict.state, reason, verdict.facts), before)

    def _event(self, check: ActiveCheck, verdict: Verdict, before: Before | None) -> ResultEvent:
        event = ResultEvent(
            service_id=self.service.pk,
            check_row_id=check.pk,
            version=check.version,
            weight=check.weight,
            rank=check.rank,
            state=verdict.state,
            reason=verdict.reason,
            facts=verdict.facts,
            previous_state=before.state if before else "",
            previous_version=before.version if before else 0,
            at=self.now,
            is_sample=self.service.is_sample,
        )
        self.changes.events.append(event)
        return event

    def _stand(
        self,
        card: ActiveScorecard,
        marks: list[scoring.Mark],
        events: list[ResultEvent],
        before: Standing | None,
    ) -> None:
        held = scoring.Held()
        if before is not None:
            held = scoring.Held(card.rank_of(before.level), before.held_since)
        score = scoring.score_of(marks, len(card.levels), held, self.now)
        level = card.level_at(score.rank)
        same = before is not None and before.level == level and before.level_rank == score.rank
        if same and all(getattr(before, name) == getattr(score, name) for name in _COMPARED):
            return
        standing = Standing(
            service_id=self.service.pk,
            scorecard_id=card.pk,
            level=level,
            level_rank=score.rank,
            evaluated_at=self.now,
            is_sample=self.service.is_sample,
            **{name: getattr(score, name) for name in _COMPARED},
        )
        if before is not None:
            _carry_level_change(standing, before, events, card, self.now)
        self.changes.changed.add(self.service.pk)
        self.changes.standings.append(standing)

    def _drop(self, before: dict[int, Before], standings: dict[int, Standing]) -> None:
        """End the results of checks that no longer say anything about this service."""
        for check_id, result in before.items():
            self.changes.gone_results.append(result.pk)
            self.changes.changed.add(self.service.pk)
            if result.state != NOT_APPLICABLE:
                ended = ActiveCheck(check_id, "", result.version, 0, 1, Rule(expression=None))
                verdict = Verdict(NOT_APPLICABLE, "The check no longer counts here.", {})
                self._event(ended, verdict, result)
        self.changes.gone_standings += [standing.pk for standing in standings.values()]


def cause_of(events: Iterable[ResultEvent]) -> Cause:
    """Why a standing moved, from the events that moved it: a changed rule explains more than a
    changed service, and that more than what could or could not be measured."""
    causes = {event.cause for event in events}
    order = (Cause.RULE, Cause.SERVICE, Cause.UNMEASURED, Cause.MEASURED)
    return next((cause for cause in order if cause in causes), Cause.RULE)


def _applies(card: ActiveScorecard, context: object) -> bool:
    if card.fault:
        return False
    if card.applies is None:
        return True
    try:
        return card.applies(context)
    except (Missing, Undecided):
        return False


def _carry_level_change(
    standing: Standing,
    before: Standing,
    events: list[ResultEvent],
    card: ActiveScorecard,
    now: datetime,
) -> None:
    if standing.level == before.level:
        for name in _LEVEL_CHANGE:
            setattr(standing, name, getattr(before, name))
        return
    standing.previous_level = before.level
    standing.previous_rank = before.level_rank
    standing.level_changed_at = now
    standing.level_cause = cause_of(events)
    state = FAIL if standing.level_rank < before.level_rank else PASS
    titles = {check.pk: check.title for check in card.checks}
    moved = [titles[event.check_row_id] for event in events if event.state == state]
    standing.level_reason = moved_words(moved, state)


def moved_words(titles: Sequence[str], state: str) -> str:
    """What moved a level, in a sentence: "Owner on record and 2 more fail now."."""
    if not titles:
        return ""
    more = f" and {len(titles) - 1} more" if len(titles) > 1 else ""
    verb = state if len(titles) > 1 else {PASS: "passes", FAIL: "fails"}[state]
    return f"{titles[0]}{more} {verb} now."
