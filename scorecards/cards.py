"""One service's scorecards as pages draw them: summary, ladder, checks in groups, trend."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import F

from portal.catalog.models import Service
from portal.lib.registry import facts as fact_registry
from scorecards.history import PastEvent, daily, replay
from scorecards.models import Result, ResultEvent, Scorecard, Snapshot, Standing
from scorecards.scoring import Score
from scorecards.sources.base import sources
from scorecards.words import points, web_address

TREND_DAYS = 90
MAX_NOTES = 4
LONGEST_VALUE = 200  # characters of a text that pages show
STATE_ORDER = ("fail", "unknown", "waived", "pass", "not_applicable")
STATE_TITLES = {
    "fail": "Fail",
    "unknown": "Unknown",
    "waived": "Waived",
    "pass": "Pass",
    "not_applicable": "Not applicable",
}
_CATALOGUE = "Catalogue"
_AS_THEY_ARE = (
    "slug",
    "title",
    "weight",
    "order",
    "fix",
    "fix_link",
    "fix_minutes",
    "state",
    "reason",
    "version",
    "changed_at",
)


@dataclass(frozen=True)
class FactLine:
    """A fact that a result saw: what, its value in words, and where and when it was measured."""

    title: str
    words: str
    moment: str  # a timestamp's value, drawn as a day; then `words` is empty
    evidence: str
    url: str
    source: str
    measured_at: str
    error: str


@dataclass(frozen=True)
class Coming:
    """The next version of a check, which takes effect on a day."""

    number: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class CheckLine:
    """A check of a service as a row: its result, and what the version says that made it."""

    slug: str
    title: str
    level: str
    rank: int
    weight: int
    order: int
    fix: str
    fix_link: str
    fix_minutes: int | None
    state: str
    reason: str
    version: int
    changed_at: datetime
    facts: list[FactLine]
    coming: Coming | None

    @property
    def state_title(self) -> str:
        return STATE_TITLES[self.state]


@dataclass(frozen=True)
class Group:
    state: str
    title: str
    lines: list[CheckLine]


@dataclass(frozen=True)
class Rung:
    """One level of the ladder with its checks' states."""

    title: str
    rank: int
    states: list[str]
    words: str
    is_held: bool  # the level that the service has


@dataclass
class Card:
    """A scorecard of one service."""

    scorecard: Scorecard
    standing: Standing
    groups: list[Group]
    ladder: list[Rung]
    trend: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    trend_words: str = ""
    next_level: str = ""
    to_next: list[CheckLine] = field(default_factory=list)

    @property
    def level_title(self) -> str:
        return self.scorecard.level_title(self.standing.level_rank)

    @property
    def levels(self) -> int:
        return len(self.scorecard.levels)

    @property
    def has_range(self) -> bool:
        return self.standing.unknown > 0 and self.standing.low != self.standing.high

    @property
    def count(self) -> int:
        """The checks that apply."""
        return sum(len(group.lines) for group in self.groups if group.state != "not_applicable")

    @property
    def open_groups(self) -> list[Group]:
        """What asks for attention; the rest is folded."""
        return [group for group in self.groups if group.state in STATE_ORDER[:3]]

    @property
    def folded_groups(self) -> list[Group]:
        return [group for group in self.groups if group.state not in STATE_ORDER[:3]]


def snapshots_of(service: Service) -> list[Snapshot]:
    """The service's snapshots, read once a request."""
    known: list[Snapshot] | None = getattr(service, "_snapshots", None)
    if known is None:
        known = list(Snapshot.objects.filter(service=service))
        service._snapshots = known  # type: ignore[attr-defined]
    return known


def load_cards(service: Service, now: datetime, slug: str = "") -> list[Card]:
    """The service's scorecards (or the one of a slug) with four queries."""
    standings = Standing.objects.filter(service=service, scorecard__retired_at=None)
    if slug:
        standings = standings.filter(scorecard__slug=slug)
    standings = standings.select_related("scorecard").order_by(
        "scorecard__order", "scorecard__title"
    )
    results = _results(service)
    events = _events(service)
    measured = _measured_now(snapshots_of(service))
    cards = []
    for standing in standings:
        lines = [
            _check_line(row, standing.scorecard, measured, now)
            for row in results.get(standing.scorecard_id, [])
        ]
        card = _card(standing, lines)
        _draw_trend(card, events.get(standing.scorecard_id, []), now)
        cards.append(card)
    return cards


def _results(service: Service) -> dict[int, list[dict[str, Any]]]:
    """The service's results by scorecard, each with the version of its check that made it."""
    rows = Result.objects.filter(service=service, check_row__versions__number=F("version"))
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows.values(
        "state",
        "reason",
        "facts",
        "version",
        "changed_at",
        scorecard=F("check_row__scorecard_id"),
        slug=F("check_row__slug"),
        order=F("check_row__order"),
        title=F("check_row__versions__title"),
        level=F("check_row__versions__level"),
        weight=F("check_row__versions__weight"),
        fix=F("check_row__versions__fix"),
        fix_link=F("check_row__versions__fix_link"),
        fix_minutes=F("check_row__versions__fix_minutes"),
        newest=F("check_row__current__number"),
        effective_from=F("check_row__current__effective_from"),
    ):
        found.setdefault(row["scorecard"], []).append({**row})
    return found


def _check_line(
    row: Mapping[str, Any], scorecard: Scorecard, measured: Mapping[Any, str], now: datetime
) -> CheckLine:
    rank = scorecard.rank_of(row["level"])
    starts = row["effective_from"]
    is_waiting = starts is not None and starts > now and row["newest"] != row["version"]
    return CheckLine(
        **{name: row[name] for name in _AS_THEY_ARE},
        level=scorecard.level_title(rank),
        rank=rank,
        facts=[fact_line(name, entry, measured) for name, entry in row["facts"].items()],
        coming=Coming(row["newest"], starts) if is_waiting else None,
    )


def fact_line(
    name: str, entry: Mapping[str, Any], measured: Mapping[Any, str] | None = None
) -> FactLine:
    """A kept fact in words; `measured` says when the source measured that very value last."""
    spec = fact_registry.get(name)
    kind = spec.type if spec else "string"
    value = entry.get("value")
    source = entry.get("source", "")
    found = sources.get(source)
    at = (measured or {}).get((source, name, repr(value))) or entry.get("measured_at", "")
    is_moment = kind == "timestamp" and isinstance(value, str)
    return FactLine(
        title=spec.title if spec else name,
        words="" if is_moment or value is None else value_words(value, spec.unit if spec else ""),
        moment=str(value) if is_moment else "",
        evidence=str(entry.get("evidence", "")),
        url=web_address(str(entry.get("url", ""))),
        source=found.title if found else (_CATALOGUE if source == "catalogue" else source),
        measured_at=at,
        error=str(entry.get("error", "")),
    )


def value_words(value: object, unit: str = "") -> str:
    """A fact's value as people read it: "yes", "78.6 %", "go.mod, Dockerfile and 2 more"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return (
            f"{value:,.6g} {unit}".rstrip()
            if isinstance(value, float)
            else (f"{value:,} {unit}".rstrip())
        )
    if isinstance(value, dict):
        value = list(value)
    if isinstance(value, list):
        shown = ", ".join(_short(str(item)) for item in value[:3])
        more = f" and {len(value) - 3} more" if len(value) > 3 else ""
        return f"{shown}{more}" or "none"
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _card(standing: Standing, lines: list[CheckLine]) -> Card:
    scorecard = standing.scorecard
    lines.sort(key=lambda line: (-line.rank, -line.weight, line.order))
    groups = [
        Group(state, STATE_TITLES[state], found)
        for state in STATE_ORDER
        if (found := [line for line in lines if line.state == state])
    ]
    card = Card(scorecard, standing, groups, _ladder(standing, lines))
    following = standing.level_rank + 1
    if following <= len(scorecard.levels):
        card.next_level = scorecard.level_title(following)
        card.to_next = [
            line
            for line in lines
            if line.rank <= following and line.state in ("fail", "unknown")
        ]
    return card


def _ladder(standing: Standing, lines: Iterable[CheckLine]) -> list[Rung]:
    rungs = []
    for rank in range(len(standing.scorecard.levels), 0, -1):
        states = [
            line.state
            for line in lines
            if line.rank == rank and line.state != "not_applicable"
        ]
        states.sort(key=("pass", "waived", "fail", "unknown").index)
        title = standing.scorecard.level_title(rank)
        rungs.append(Rung(title, rank, states, ladder_words(states), rank == standing.level_rank))
    return rungs


def ladder_words(states: Sequence[str]) -> str:
    """What a level's cells say: "6 of 6, 1 waived", "1 of 7: 3 fail, 3 unknown"."""
    if not states:
        return "no check applies"
    good = states.count("pass") + states.count("waived")
    open_ones = [
        f"{states.count(state)} {state}" for state in ("fail", "unknown") if state in states
    ]
    text = f"{good} of {len(states)}"
    if open_ones:
        text += f": {', '.join(open_ones)}"
    return f"{text}, {states.count('waived')} waived" if "waived" in states else text


def _events(service: Service) -> dict[int, list[dict[str, Any]]]:
    rows = (
        ResultEvent.objects.filter(service=service)
        .in_order()
        .values(
            "at",
            "state",
            "weight",
            "rank",
            "version",
            "previous_version",
            "check_row_id",
            "check_row__scorecard_id",
            "check_row__current__title",
        )
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["check_row__scorecard_id"], []).append({**row})
    return found


def _draw_trend(card: Card, events: Sequence[Mapping[str, Any]], now: datetime) -> None:
    past = [
        PastEvent(row["at"], row["check_row_id"], row["state"], row["weight"], row["rank"])
        for row in events
    ]
    curve = list(replay(past, card.levels))
    values = daily(curve, now, TREND_DAYS)
    notes = _notes(card, curve, events, now)
    card.notes = notes[-MAX_NOTES:]
    card.trend = [{"at": at, "value": value, **_note_at(card.notes, at)} for at, value in values]
    known = [value for _, value in values if value is not None]
    if known:
        span = f"from {points(known[0])} to {points(known[-1])}"
        card.trend_words = f"Score over {TREND_DAYS} days, {span}"


def _notes(
    card: Card,
    curve: Sequence[tuple[datetime, Score]],
    events: Sequence[Mapping[str, Any]],
    now: datetime,
) -> list[dict[str, Any]]:
    """What moved the curve in its days: changed rules, and levels won or lost."""
    since = now - timedelta(days=TREND_DAYS)
    rules = {
        (row["at"], f"{row['check_row__current__title']} v{row['version']}")
        for row in events
        if row["previous_version"] and row["version"] != row["previous_version"]
    }
    notes = [{"at": at, "note": f"rule: {title}", "kind": "rule"} for at, title in rules]
    for (_, before), (at, after) in pairwise(curve):
        if before.rank != after.rank:
            words = f"{card.scorecard.level_title(after.rank)}, was "
            words += card.scorecard.level_title(before.rank)
            notes.append({"at": at, "note": f"level: {words}", "kind": ""})
    return sorted((note for note in notes if note["at"] > since), key=lambda note: note["at"])


def _note_at(notes: Sequence[Mapping[str, Any]], day: datetime) -> dict[str, Any]:
    start = day - timedelta(days=1)
    found = [note for note in notes if start < note["at"] <= day]
    if not found:
        return {}
    kind = "rule" if any(note["kind"] == "rule" for note in found) else ""
    return {"note": "; ".join(note["note"] for note in found), "kind": kind}


def _measured_now(snapshots: Iterable[Snapshot]) -> dict[Any, str]:
    """When each value that sources say now was measured, by source, fact and value."""
    return {
        (snapshot.source, name, repr(entry["value"])): entry["measured_at"]
        for snapshot in snapshots
        for name, entry in snapshot.facts.items()
        if "value" in entry
    }
