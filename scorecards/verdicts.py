"""From facts and a rule to a verdict. Pure: `now` is an argument, the reason comes back too.

A source's attempt that fails takes nothing away: the last good value counts until it is older
than its fact allows, and only then is it unknown, with the reason of the failure. Reasons hold
no number that changes by itself ("since 09:14", never "36 min ago"), so that an unchanged
verdict stays the same text.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.lib.registry import FactSpec
from scorecards.expressions import Expression, Missing, Undecided, typed

Entry = Mapping[str, Any]
"""A fact as snapshots keep it: value, evidence, url, measured_at; or error, measured_at."""

PASS, FAIL, UNKNOWN, WAIVED = "pass", "fail", "unknown", "waived"
NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, kw_only=True)
class SourceView:
    """What one source says about one service, and how asking it goes.

    `measures` is the key under which facts name their sources; it is the source's own, except
    for one that stands in for another. Entries without `measured_at` never grow old: the
    catalogue's do not.
    """

    key: str
    title: str
    measures: str = ""
    facts: Mapping[str, Entry] = field(default_factory=dict)
    is_on: bool = True
    applies: bool = True
    last_success_at: datetime | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True)
class Known:
    """A fact that counts now: as CEL sees it, and as results keep it."""

    value: object
    entry: dict[str, Any]


@dataclass(frozen=True)
class Unknown:
    """A fact that does not count now, why, and its last value where there is one."""

    reason: str
    entry: dict[str, Any]


Fact = Known | Unknown


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A check's version, ready to be judged by."""

    expression: Expression | None
    applies: Expression | None = None
    effective_from: datetime | None = None
    fault: str = ""  # why there is no expression: it does not compile any more


@dataclass(frozen=True)
class Verdict:
    state: str
    reason: str
    facts: dict[str, dict[str, Any]]


def merge(specs: Iterable[FactSpec], views: Sequence[SourceView], now: datetime) -> dict[str, Fact]:
    """Each fact as it counts now. Of several sources the freshest value that is not stale wins,
    the earlier view on ties."""
    return {spec.key: _merge_one(spec, views, now) for spec in specs}


def judge(rule: Rule, facts: Mapping[str, Fact], context: Any, now: datetime) -> Verdict:
    """What a rule says about a service whose known facts are in `context`."""
    if rule.effective_from is not None and rule.effective_from > now:
        return Verdict(NOT_APPLICABLE, f"Counts from {day_words(rule.effective_from)}.", {})
    if rule.applies is not None:
        state, reason = _evaluate(rule.applies, facts, context)
        if state == FAIL:
            return Verdict(NOT_APPLICABLE, "", {})
        if state == UNKNOWN:
            reason = f"Whether it applies is not known. {reason}"
            return Verdict(UNKNOWN, reason, _used(rule.applies, facts))
    if rule.expression is None:
        return Verdict(UNKNOWN, f"The check itself is broken: {rule.fault}.", {})
    state, reason = _evaluate(rule.expression, facts, context)
    return Verdict(state, reason, _used(rule.expression, facts))


def fingerprint(verdict: Verdict, version: int) -> int:
    """A number that is equal where there is nothing new to store: 64 bits, signed. The moment of
    measuring is left out: the same value measured again is no news."""
    facts = [
        (name, [(key, entry[key]) for key in sorted(entry) if key != "measured_at"])
        for name, entry in verdict.facts.items()
    ]
    text = json.dumps([verdict.state, verdict.reason, version, facts], separators=(",", ":"))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def moment_words(moment: datetime) -> str:
    """An exact moment in words that never change: "24 Nov 2025, 09:14 UTC"."""
    at = moment.astimezone(UTC)
    return f"{day_words(at)}, {at:%H:%M} UTC"


def day_words(moment: datetime) -> str:
    at = moment.astimezone(UTC)
    return f"{at.day} {at:%b %Y}"


def span_words(span: timedelta) -> str:
    """A limit in its largest whole unit: "30 min", "26 h", "7 days"."""
    minutes = int(span.total_seconds() // 60)
    if minutes % 1440 == 0 and minutes > 1440:
        return f"{minutes // 1440} days"
    if minutes % 60 == 0:
        return f"{minutes // 60} h"
    return f"{minutes} min"


def measured_at(entry: Entry) -> datetime | None:
    """When an entry was so; None for one that does not grow old."""
    text = entry.get("measured_at")
    return datetime.fromisoformat(text) if text else None


def _merge_one(spec: FactSpec, views: Sequence[SourceView], now: datetime) -> Fact:
    best: tuple[datetime, SourceView, Entry] | None = None
    for view in views:
        entry = view.facts.get(spec.key)
        if entry is None or "value" not in entry:
            continue
        at = measured_at(entry) or now
        if now - at <= spec.stale_after and (best is None or at > best[0]):
            best = (at, view, entry)
    if best is None:
        return _unknown(spec, views, now)
    _, view, entry = best
    kept = {**entry, "source": view.key}
    try:
        return Known(typed(entry["value"], spec.type), kept)
    except ValueError:
        reason = f"{view.title} gave a value that is no {spec.type}."
        return Unknown(reason, {**kept, "error": reason})


def _unknown(spec: FactSpec, views: Sequence[SourceView], now: datetime) -> Unknown:
    """The reason why a fact does not count, of the source that came closest to measuring it."""
    mine = [view for view in views if (view.measures or view.key) in spec.sources]
    for tell in _REASONS:
        for view in mine:
            reason = tell(spec, view)
            if reason:
                entry = {**view.facts.get(spec.key, {}), "source": view.key, "error": reason}
                return Unknown(reason, entry)
    if any(view.is_on for view in mine):
        titles = " and ".join(view.title for view in mine if view.is_on)
        reason = f"Never measured: this service gives {titles} nothing to go by."
    else:
        reason = f"Never measured: no source for {spec.key} is connected."
    return Unknown(reason, {"error": reason})


def _stale(spec: FactSpec, view: SourceView) -> str:
    entry = view.facts.get(spec.key, {})
    at = measured_at(entry)
    if "value" not in entry or at is None:
        return ""
    if view.failing_since:
        return _no_answer(view, view.failing_since)
    limit = span_words(spec.stale_after)
    return f"Stale since {moment_words(at + spec.stale_after)}: {view.title} counts for {limit}."


def _erroring(spec: FactSpec, view: SourceView) -> str:
    error = view.facts.get(spec.key, {}).get("error", "")
    return f"{view.title}: {str(error).rstrip('.')}." if error else ""


def _failing(spec: FactSpec, view: SourceView) -> str:
    return _no_answer(view, view.failing_since) if view.is_on and view.failing_since else ""


def _waiting(spec: FactSpec, view: SourceView) -> str:
    is_waiting = view.is_on and view.applies and view.last_success_at is None and not view.facts
    return f"Not measured yet: {view.title} has not been asked." if is_waiting else ""


def _unreported(spec: FactSpec, view: SourceView) -> str:
    if not (view.is_on and view.applies):
        return ""
    if spec.key.startswith("service."):
        return f"{view.title}: {spec.key} is not set."
    return f"Never measured: {view.title} reports no {spec.key}."


_REASONS: tuple[Callable[[FactSpec, SourceView], str], ...] = (
    _stale,
    _erroring,
    _failing,
    _waiting,
    _unreported,
)


def _no_answer(view: SourceView, since: datetime) -> str:
    return f"{view.title}: no answer since {moment_words(since)}."


def _evaluate(expression: Expression, facts: Mapping[str, Fact], context: Any) -> tuple[str, str]:
    try:
        return (PASS if expression(context) else FAIL), ""
    except Missing as missing:
        for name in missing.names:
            fact = facts.get(name)
            if isinstance(fact, Unknown):
                return UNKNOWN, fact.reason
        return UNKNOWN, f"Can't be decided: {missing} has no such entry."
    except Undecided as error:
        return UNKNOWN, f"Can't be decided: {error}."


def _used(expression: Expression, facts: Mapping[str, Fact]) -> dict[str, dict[str, Any]]:
    return {name: facts[name].entry for name in expression.facts if name in facts}
