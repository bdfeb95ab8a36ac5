from datetime import UTC, datetime, timedelta

from scorecards.history import PastEvent, daily, replay, thinned

START = datetime(2025, 11, 1, tzinfo=UTC)


def at(days):
    return START + timedelta(days=days)


def events(*rows):
    return [
        PastEvent(at(day), check, state, weight, rank) for day, check, state, weight, rank in rows
    ]


def test_replay_follows_score_and_level():
    found = list(
        replay(
            events(
                (0, 1, "pass", 3, 1),
                (0, 2, "fail", 1, 2),
                (5, 2, "pass", 1, 2),
                (9, 1, "fail", 3, 1),
            ),
            levels=2,
        )
    )
    assert [(moment, score.score, score.rank) for moment, score in found] == [
        (at(0), 75.0, 1),
        (at(5), 100.0, 2),
        (at(9), 25.0, 0),
    ]


def test_replay_remembers_the_level_that_was_held():
    found = list(
        replay(
            events((0, 1, "pass", 1, 1), (3, 1, "unknown", 1, 1), (7, 1, "pass", 1, 1)), levels=1
        )
    )
    assert [(score.rank, score.held_since) for _, score in found] == [
        (1, None),
        (1, at(3)),
        (1, None),
    ]


def test_replay_uses_the_weight_of_that_time():
    found = list(
        replay(events((0, 1, "pass", 1, 1), (0, 2, "fail", 1, 1), (4, 1, "pass", 9, 1)), levels=1)
    )
    assert [score.score for _, score in found] == [50.0, 90.0]


def test_replay_stops_at_a_moment():
    rows = events((0, 1, "pass", 1, 1), (4, 1, "fail", 1, 1))
    assert len(list(replay(rows, levels=1, until=at(3)))) == 1
    assert len(list(replay(rows, levels=1, until=at(4)))) == 2


def test_daily_carries_the_last_value_forward():
    points = list(replay(events((2, 1, "pass", 1, 1), (4, 1, "fail", 1, 1)), levels=1))
    assert [value for _, value in daily(points, at(5), 5)] == [None, 100.0, 100.0, 0.0, 0.0]
    assert daily([], at(5), 2) == [(at(4), None), (at(5), None)]


def test_line_keeps_its_turns_gaps_and_noted_moments():
    values = [
        (at(day), value) for day, value in enumerate([5.0, 5.0, 5.0, 5.0, 7.0, None, None, None])
    ]
    assert thinned(values, {}) == [values[0], *values[3:6], values[7]]
    assert thinned(values, {at(1)})[1] == values[1]


def test_shortest_lines_are_kept():
    assert thinned([], {}) == []
    assert thinned([(at(0), 5.0), (at(1), 5.0)], {}) == [(at(0), 5.0), (at(1), 5.0)]
