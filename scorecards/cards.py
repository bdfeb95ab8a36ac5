"""One service's scorecards as pages draw them: summary, ladder, checks in groups, trend."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import F

from portal.catalog.models import Service
from portal.lib.addresses import address_of
from portal.lib.charts import Chart, Point
from scorecards.fact_lines import FactLine, fact_line
from scorecards.history import PastEvent, daily, replay, thinned
from scorecards.models import Result, ResultEvent, Scorecard, Snapshot, Standing
from scorecards.scoring import Score
from scorecards.words import points

TREND_DAYS = 90
MAX_NOTES = 4
STATE_ORDER = ("fail", "unknown", "waived", "pass", "not_applicable")
STATE_TITLES = {
    "fail": "Fail",
    "unknown": "Unknown",
    "waived": "Waived",
    "pass": "Pass",
    "not_applicable": "Not applicable",
}
_AS_THEY_ARE = {
    "slug": "check_row__slug",
    "order": "check_row__order",
    "title": "check_row__versions__title",
    "weight": "check_row__versions__weight",
    "fix": "check_row__versions__fix",
    "fix_link": "check_row__versions__fix_link",
    "fix_minutes": "check_row__versions__fix_minutes",
    "state": "state",
    "reason": "reason",
    "version": "version",
    "changed_at": "changed_at",
}
_READ = _AS_THEY_ARE | {
    "level": "check_row__versions__level",
    "facts": "facts",
    "newest": "check_row__current__number",
    "effective_from": "check_row__current__effective_from",
}


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
    coming: Coming | None
    kept: Mapping[str, Any]  # the facts of the result
    measured: Mapping[Any, str]  # see `_measured_now`

    @property
    def facts(self) -> list[FactLine]:
        """The facts in words; only rows that are drawn ask."""
        return [fact_line(name, entry, self.measured) for name, entry in self.kept.items()]

    @property
    def state_title(self) -> str:
        return STATE_TITLES[self.state]

    @property
    def url(self) -> str:
        return address_of("scorecards:check", self.slug)


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
    states: tuple[str, ...]
    words: str
    is_held: bool  # the level that the service has


@dataclass
class Card:
    """A scorecard of one service."""

    scorecard: Scorecard
    standing: Standing
    groups: list[Group]
    ladder: list[Rung]
    url: str = ""
    values: list[tuple[datetime, float | None]] = field(default_factory=list)  # one a day
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
    def trend(self) -> list[dict[str, Any]]:
        """The points of the small picture."""
        noted = self._noted
        return [
            {"at": at, "value": value, **noted.get(at, {})}
            for at, value in thinned(self.values, noted)
        ]

    @property
    def has_history(self) -> bool:
        """Whether there is a line to draw."""
        return sum(value is not None for _, value in self.values) > 1

    @property
    def chart(self) -> Chart:
        """Every day, to be explored."""
        noted = self._noted
        return Chart(
            key=f"score-{self.scorecard.slug}",
            title=f"Score on {self.scorecard}",
            points=[Point(at=at, value=value, **noted.get(at, {})) for at, value in self.values],
            unit="points",
        )

    @property
    def _noted(self) -> dict[datetime, dict[str, str]]:
        """What happened on a day, where something did."""
        return {at: note for at, _ in self.values if (note := _note_at(self.notes, at))}

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


def address_on(service: Service, slug: str) -> str:
    """The address of one scorecard of a service: below the service's own."""
    return f"{service.url}scorecards/{slug}/"


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
        card.url = address_on(service, standing.scorecard.slug)
        _draw_trend(card, events.get(standing.scorecard_id, []), now)
        cards.append(card)
    return cards


def _results(service: Service) -> dict[int, list[dict[str, Any]]]:
    """The service's results by scorecard, each with the version of its check that made it."""
    rows = Result.objects.filter(service=service, check_row__versions__number=F("version"))
    found: dict[int, list[dict[str, Any]]] = {}
    for scorecard, *values in rows.values_list("check_row__scorecard_id", *_READ.values()):
        found.setdefault(scorecard, []).append(dict(zip(_READ, values, strict=True)))
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
        coming=Coming(row["newest"], starts) if is_waiting else None,
        kept=row["facts"],
        measured=measured,
    )


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
            line for line in lines if line.rank <= following and line.state in ("fail", "unknown")
        ]
    return card


def _ladder(standing: Standing, lines: Iterable[CheckLine]) -> list[Rung]:
    rungs = []
    for rank in range(len(standing.scorecard.levels), 0, -1):
        states = [
            line.state for line in lines if line.rank == rank and line.state != "not_applicable"
        ]
        states.sort(key=("pass", "waived", "fail", "unknown").index)
        title = standing.scorecard.level_title(rank)
        rungs.append(
            Rung(title, rank, tuple(states), ladder_words(states), rank == standing.level_rank)
        )
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
    card.values = values
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


def _note_at(notes: Sequence[Mapping[str, Any]], day: datetime) -> dict[str, str]:
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
