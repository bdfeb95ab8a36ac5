from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards.scoring import Held, Mark, level_of, score_of

NOW = datetime(2025, 11, 24, tzinfo=UTC)
EARLIER = datetime(2025, 11, 1, tzinfo=UTC)
LEVELS = 3

STATES = ["pass", "fail", "unknown", "waived", "not_applicable"]
marks_strategy = st.lists(
    st.builds(Mark, st.sampled_from(STATES), st.integers(1, 10), st.integers(1, LEVELS)),
    max_size=25,
)
held_strategy = st.builds(Held, st.integers(0, LEVELS), st.sampled_from([None, EARLIER]))


def marks(*states_by_rank):
    """`marks("pass pass", "fail", "unknown")`: the states of each level's checks."""
    return [
        Mark(state, 1, rank)
        for rank, states in enumerate(states_by_rank, 1)
        for state in states.split()
    ]


def test_score_is_passed_over_known_weight_and_range_counts_the_unknown():
    found = score_of(
        [
            Mark("pass", 56, 1),
            Mark("fail", 12, 1),
            Mark("unknown", 13, 1),
            Mark("waived", 4, 1),
            Mark("not_applicable", 50, 1),
        ],
        LEVELS,
        Held(),
        NOW,
    )
    assert found.score == pytest.approx(100 * 56 / 68, abs=1e-4)
    assert found.low == pytest.approx(100 * 56 / 81, abs=1e-4)
    assert found.high == pytest.approx(100 * 69 / 81, abs=1e-4)
    assert (found.passed_weight, found.known_weight, found.total_weight) == (56, 68, 81)
    assert (found.passed, found.failed, found.unknown, found.waived) == (1, 1, 1, 1)


def test_score_without_anything_known_is_none_with_the_full_range():
    found = score_of([Mark("unknown", 3, 1)], LEVELS, Held(), NOW)
    assert (found.score, found.low, found.high) == (None, 0.0, 100.0)


def test_score_without_applicable_checks_is_none_and_has_no_level():
    found = score_of([Mark("not_applicable", 3, 1)], LEVELS, Held(3), NOW)
    assert (found.score, found.low, found.high, found.rank) == (None, None, None, 0)


@pytest.mark.parametrize(
    ("states", "before", "expected"),
    [
        (("pass", "pass", "pass"), Held(), (3, None)),
        (("pass", "pass", "fail"), Held(), (2, None)),
        (("fail", "pass", "pass"), Held(), (0, None)),
        (("pass", "unknown", "pass"), Held(), (1, None)),  # never gained over an unknown
        (("pass", "waived", "pass"), Held(), (3, None)),  # a waiver does not block
        (("pass", "not_applicable", "pass"), Held(), (3, None)),
        (("pass", "pass", "unknown"), Held(3), (3, NOW)),  # held, not measurable since now
        (("pass", "pass", "unknown"), Held(3, EARLIER), (3, EARLIER)),  # … since it began
        (("unknown", "unknown", "unknown"), Held(2), (2, NOW)),
        (("pass", "fail", "unknown"), Held(3, EARLIER), (1, None)),  # a fail ends it
        (("pass", "unknown", "fail"), Held(3), (2, NOW)),  # gold ended, silver is still held
        (("pass", "pass", "pass"), Held(3, EARLIER), (3, None)),  # measured again
        (("pass", "pass", "unknown"), Held(2, EARLIER), (2, None)),  # earned, not held
    ],
)
def test_level(states, before, expected):
    assert level_of(marks(*states), LEVELS, before, NOW) == expected


def test_level_says_on_how_many_waivers_it_rests():
    found = score_of(marks("waived pass", "waived", "waived fail"), LEVELS, Held(), NOW)
    assert (found.rank, found.level_waivers, found.waived) == (2, 2, 3)


def test_level_of_a_scorecard_that_lost_its_highest_level():
    assert level_of(marks("pass", "unknown"), 2, Held(3), NOW) == (2, NOW)


@given(marks_strategy, held_strategy)
def test_range_encloses_the_score(found, held):
    score = score_of(found, LEVELS, held, NOW)
    if score.score is not None:
        assert 0 <= score.low <= score.score <= score.high <= 100


@given(marks_strategy, held_strategy)
def test_range_ends_are_the_scores_once_everything_is_known(found, held):
    before = score_of(found, LEVELS, held, NOW)
    for state, bound in (("fail", before.low), ("pass", before.high)):
        settled = [replace(m, state=state) if m.state == "unknown" else m for m in found]
        assert score_of(settled, LEVELS, held, NOW).score == bound


@given(marks_strategy, held_strategy, st.data())
def test_repairing_a_check_never_lowers_score_or_level(found, held, data):
    failing = [index for index, mark in enumerate(found) if mark.state == "fail"]
    if not failing:
        return
    index = data.draw(st.sampled_from(failing))
    repaired = [*found[:index], replace(found[index], state="pass"), *found[index + 1 :]]
    before = score_of(found, LEVELS, held, NOW)
    after = score_of(repaired, LEVELS, held, NOW)
    assert after.score >= before.score
    assert after.rank >= before.rank


@given(marks_strategy, held_strategy)
def test_level_is_never_above_a_fail_nor_gained_over_an_unknown(found, held):
    rank, since = level_of(found, LEVELS, held, NOW)
    at_or_below = {mark.state for mark in found if mark.rank <= rank}
    assert "fail" not in at_or_below
    if rank > held.rank:
        assert "unknown" not in at_or_below
    assert (since is None) == ("unknown" not in at_or_below)


@given(marks_strategy, held_strategy)
def test_losing_sight_of_a_passing_check_keeps_the_level(found, held):
    before = score_of(found, LEVELS, held, NOW)
    blind = [replace(m, state="unknown") if m.state == "pass" else m for m in found]
    after = score_of(blind, LEVELS, Held(before.rank, before.held_since), NOW)
    assert after.rank == before.rank


@given(marks_strategy, held_strategy)
def test_level_of_unchanged_results_settles(found, held):
    once = level_of(found, LEVELS, held, NOW)
    assert level_of(found, LEVELS, Held(*once), NOW) == once
