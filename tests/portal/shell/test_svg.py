from datetime import UTC, datetime, timedelta

import pytest

from portal.shell import svg

START = datetime(2026, 9, 1, tzinfo=UTC)


def points(*values: float | None, note: str = "") -> list[svg.Point]:
    return [
        svg.Point(at=START + timedelta(days=index), value=value, note=note)
        for index, value in enumerate(values)
    ]


def test_spark_of_nothing_draws_nothing():
    assert svg.spark([]) == svg.Spark("", "", None)
    assert svg.spark([None, None]) == svg.Spark("", "", None)


def test_spark_stays_inside_its_box():
    drawn = svg.spark([0, 100, 50])

    assert drawn.path == "M2 17 37.5 3 73 10"
    assert drawn.last == (73.0, 10.0)


def test_spark_breaks_at_gaps_and_bridges_them():
    drawn = svg.spark([10, None, None, 20, None])

    assert drawn.path.count("M") == 2
    assert drawn.gaps.count("M") == 1
    assert drawn.last == (55.2, 3.0)


def test_spark_does_not_blow_up_noise():
    assert svg.spark([97, 98]).path == "M2 4.8 73 3"


def test_trend_has_three_round_grid_lines_around_the_values():
    drawn = svg.trend(points(74, 82, 79))

    assert [label for _, label in drawn.grid] == ["70", "80", "90"]
    assert [y for y, _ in drawn.grid] == [56, 31.0, 6.0]


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ([100, 100], ["90", "95", "100"]),
        ([0, 0], ["0", "0.5", "1"]),
        ([97, 98], ["90", "95", "100"]),
        ([-3, 4], ["-5", "0", "5"]),
        ([0.02, 0.05], ["0.02", "0.04", "0.06"]),
        ([12_000, 48_000], ["0", "50\u202f000", "100\u202f000"]),
    ],
)
def test_grid_lines_are_round_and_leave_room_below(values, lines):
    assert [label for _, label in svg.trend(points(*values)).grid] == lines


def test_trend_of_one_value_is_a_point():
    drawn = svg.trend(points(50))

    assert drawn.last is not None
    assert drawn.path.endswith("h.1")


def test_trend_marks_noted_points_that_were_measured():
    drawn = svg.trend([*points(74, 80, note="rule"), *points(None, note="lost")])

    assert [note for *_, note in drawn.marks] == ["rule", "rule"]


def test_trend_spaces_points_by_time():
    drawn = svg.trend(
        [
            svg.Point(START, 1),
            svg.Point(START + timedelta(days=1), 2),
            svg.Point(START + timedelta(days=10), 3),
        ]
    )

    first, second, third = (float(x) for x in drawn.path[1:].split()[::2])
    assert (second - first) * 9 == pytest.approx(third - second, rel=0.05)


def test_cells_wrap_into_rows():
    corners = svg.cells(21)

    assert corners[19] == (285.0, 0.0)
    assert corners[20] == (0.0, 12.0)


def test_hatching_stays_inside_its_cell():
    numbers = svg.hatching(0, 0).replace("M", " ").replace("L", " ").split()

    assert all(0 <= float(number) <= 13 for number in numbers)
    assert len(numbers) == 4 * 5
