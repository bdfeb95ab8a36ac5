"""Score, range and level of one service on one scorecard. Pure functions of the results.

- Score = passed weight ÷ known weight, where known is what passed or failed; waived checks and
  those that do not apply are left out. The range says what it would be if every unknown check
  failed, and if every one passed.
- Level = the highest at which every check of it and below passes, is waived or does not apply.
  A level is never gained while one of its checks is unknown. A level held before stays while
  nothing at it or below fails and only unknowns are missing ("held, not measurable since").
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scorecards.verdicts import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, WAIVED


@dataclass(frozen=True)
class Mark:
    """A check's result as scoring sees it: its state, weight, and the rank of its level
    (1 is the lowest)."""

    state: str
    weight: int
    rank: int


@dataclass(frozen=True)
class Held:
    """The level before: its rank (0 for none), and since when it is only held (None: earned)."""

    rank: int = 0
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Score:
    """Where a service stands. `score`, `low` and `high` go from 0 to 100."""

    score: float | None  # None while nothing is known
    low: float | None
    high: float | None  # both None where no check counts at all
    rank: int
    held_since: datetime | None
    level_waivers: int
    passed: int
    failed: int
    unknown: int
    waived: int
    passed_weight: int
    known_weight: int
    total_weight: int


def score_of(marks: Iterable[Mark], levels: int, before: Held, now: datetime) -> Score:
    """The score and level that the marks give, on a scorecard with so many levels."""
    marks = [mark for mark in marks if mark.state != NOT_APPLICABLE]
    passed_weight = _weight(marks, PASS)
    known_weight = passed_weight + _weight(marks, FAIL)
    total_weight = known_weight + _weight(marks, UNKNOWN)
    rank, held_since = level_of(marks, levels, before, now)
    return Score(
        score=_percent(passed_weight, known_weight),
        low=_percent(passed_weight, total_weight),
        high=_percent(total_weight - (known_weight - passed_weight), total_weight),
        rank=rank,
        held_since=held_since,
        level_waivers=sum(mark.state == WAIVED and mark.rank <= rank for mark in marks),
        passed=_count(marks, PASS),
        failed=_count(marks, FAIL),
        unknown=_count(marks, UNKNOWN),
        waived=_count(marks, WAIVED),
        passed_weight=passed_weight,
        known_weight=known_weight,
        total_weight=total_weight,
    )


def level_of(
    marks: Iterable[Mark], levels: int, before: Held, now: datetime
) -> tuple[int, datetime | None]:
    """The rank of the level (0 for none), and since when it is held without being measurable.

    A level that was held counts for every level below it too: where a fail ends gold, silver
    stays held if only unknowns are missing there.
    """
    marks = [mark for mark in marks if mark.state != NOT_APPLICABLE]
    if not marks:
        return 0, None
    failing = min((mark.rank for mark in marks if mark.state == FAIL), default=levels + 1)
    unknown = min((mark.rank for mark in marks if mark.state == UNKNOWN), default=levels + 1)
    earned = min(failing, unknown) - 1
    held = min(before.rank, failing - 1)
    if held > earned:
        return held, before.since or now
    return earned, None


def _weight(marks: Iterable[Mark], state: str) -> int:
    return sum(mark.weight for mark in marks if mark.state == state)


def _count(marks: Iterable[Mark], state: str) -> int:
    return sum(mark.state == state for mark in marks)


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 4) if whole else None
