"""How each source does about one service, or about all, in words and a state."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.catalog.models import Service
from scorecards.models import Snapshot, SourceState
from scorecards.ruleset import is_sample_source
from scorecards.sources.base import Source, sources

STALE_AFTER = 3  # times the usual distance between two refreshes


@dataclass(frozen=True)
class SourceLine:
    """A source with how it is: ok, stale, down, never or off; the template adds the moments."""

    title: str
    state: str
    at: datetime | None  # of the last success
    since: datetime | None  # of the first failure in a row
    reason: str


def lines_for(service: Service, snapshots: Iterable[Snapshot], now: datetime) -> list[SourceLine]:
    """A line for every source that may be asked about this service."""
    by_source = {snapshot.source: snapshot for snapshot in snapshots}
    lines = []
    for source in sources:
        if is_sample_source(source) != service.is_sample:
            continue
        snapshot = by_source.get(source.key)
        reason = source.why_off()
        has_facts = snapshot is not None and bool(snapshot.facts)
        if reason and not has_facts:
            lines.append(SourceLine(source.title, "off", None, None, reason))
        elif source.applies_to(service) or has_facts:
            lines.append(_line(source, snapshot, now))
    return lines


def lines_for_all(now: datetime) -> list[SourceLine]:
    """A line for every source, with one query; stand-ins only where they were asked."""
    states = {state.source: state for state in SourceState.objects.all()}
    lines = []
    for source in sources:
        state = states.get(source.key)
        if is_sample_source(source) and state is None:
            continue
        reason = source.why_off()
        if reason:
            lines.append(SourceLine(source.title, "off", None, None, reason))
        else:
            lines.append(_line(source, state, now))
    return lines


def _line(source: Source, found: Snapshot | SourceState | None, now: datetime) -> SourceLine:
    at = found.last_success_at if found else None
    since = found.failing_since if found else None
    reason = found.failure_reason if found else ""
    if since is not None:
        state = "down"
    elif at is None:
        state = "never"
    elif now - at > STALE_AFTER * source.every:
        state = "stale"
    else:
        state = "ok"
    return SourceLine(source.title, state, at, since, reason)
