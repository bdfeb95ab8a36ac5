"""The coordinates of a candidate's scores around a circle."""

from math import dist

import pytest

from radar.polar import RADIUS, SIZE, Score, lay_out, outline

MIDDLE = (SIZE / 2, SIZE / 2)


def away(point):
    return dist(point, MIDDLE)


def test_first_criterion_points_up_and_the_next_goes_clockwise():
    first, second, *_ = lay_out([Score(5, 5, 5)] * 4).spokes

    assert first.end == (MIDDLE[0], MIDDLE[1] - RADIUS)
    assert second.end == (MIDDLE[0] + RADIUS, MIDDLE[1])


@pytest.mark.parametrize("median", [1, 2, 3, 4, 5])
def test_score_is_the_distance_from_the_centre(median):
    drawn = lay_out([Score(median, 1, 5)] * 10)

    expected = RADIUS * median / 5
    assert [away(spoke.dot) for spoke in drawn.spokes] == pytest.approx([expected] * 10, abs=0.1)
    assert drawn.outline == tuple(spoke.dot for spoke in drawn.spokes)
    assert drawn.rings[median - 1] == pytest.approx(expected, abs=0.1)


def test_span_reaches_from_the_lowest_to_the_highest():
    spread, agreed = lay_out([Score(3, 2, 4), Score(3, 3, 3)]).spokes

    assert [away(end) for end in spread.span] == pytest.approx([RADIUS * 2 / 5, RADIUS * 4 / 5])
    assert agreed.span is None


def test_everything_stays_inside_the_picture():
    drawn = lay_out([Score(5, 1, 5)] * 20)

    for spoke in drawn.spokes:
        for at in (*spoke.end, *spoke.label, *spoke.dot):
            assert 8 <= at <= SIZE - 8


def test_another_candidate_is_drawn_on_the_same_spokes():
    assert outline([4, 2, 5]) == lay_out([Score(4, 1, 5), Score(2, 2, 2), Score(5, 5, 5)]).outline
