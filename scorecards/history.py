"""Past standings, replayed from result events. Pure.

The level depends on the one before (a level held), so history is read forwards from its start.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from scorecards.scoring import Held, Mark, Score, score_of


@dataclass(frozen=True)
class PastEvent:
    """A result event: the state of a check from then on, its weight and its level's rank."""

    at: datetime
    check: int
    state: str
    weight: int
    rank: int


def replay(
    events: Iterable[PastEvent], levels: int, until: datetime | None = None
) -> Iterator[tuple[datetime, Score]]:
    """The standing after each moment at which something changed, up to and including `until`.

    `events` are those of one service and scorecard, in order.
    """
    marks: dict[int, Mark] = {}
    held = Held()
    for at, group in groupby(events, key=lambda event: event.at):
        if until is not None and at > until:
            return
        for event in group:
            marks[event.check] = Mark(event.state, event.weight, event.rank)
        score = score_of(marks.values(), levels, held, at)
        held = Held(score.rank, score.held_since)
        yield at, score


def daily(
    points: Sequence[tuple[datetime, Score]], now: datetime, days: int
) -> list[tuple[datetime, float | None]]:
    """The score at the end of each of the last `days` days, today's as it is now; None before
    the first event and where nothing was known."""
    found: list[tuple[datetime, float | None]] = []
    index, current = 0, None
    for back in range(days - 1, -1, -1):
        moment = now - timedelta(days=back)
        while index < len(points) and points[index][0] <= moment:
            current = points[index][1].score
            index += 1
        found.append((moment, current))
    return found


def thinned(
    values: Sequence[tuple[datetime, float | None]], noted: Container[datetime]
) -> list[tuple[datetime, float | None]]:
    """What a line through the values needs: all but the middle of a level stretch, and every
    noted moment."""
    last = len(values) - 1
    return [
        (at, value)
        for index, (at, value) in enumerate(values)
        if at in noted
        or index in (0, last)
        or not values[index - 1][1] == value == values[index + 1][1]
    ]
