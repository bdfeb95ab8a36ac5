from datetime import date

from radar.timeline import NAMES, RIGHT, WIDTH, Stay, lay_out

TODAY = date(2026, 11, 24)


def test_timeline_fills_the_width_from_the_first_stay_to_today():
    line = lay_out(
        [Stay(1, date(2024, 11, 24), date(2025, 11, 24)), Stay(0, date(2025, 11, 24), None)],
        2,
        TODAY,
    )

    first, last = line.bars
    assert first.x == NAMES
    assert last.x + last.width == WIDTH - RIGHT
    assert abs(first.width - last.width) < 0.5


def test_timeline_steps_from_ring_to_ring():
    line = lay_out(
        [Stay(1, date(2025, 1, 1), date(2026, 1, 1)), Stay(0, date(2026, 1, 1), None)], 2, TODAY
    )

    assert line.steps == ((line.bars[1].x, line.rows[1], line.rows[0]),)


def test_timeline_has_no_bar_and_no_step_where_it_was_in_no_ring():
    stays = [
        Stay(0, date(2024, 1, 1), date(2025, 1, 1)),
        Stay(None, date(2025, 1, 1), date(2026, 1, 1)),
        Stay(0, date(2026, 1, 1), None),
    ]

    line = lay_out(stays, 1, TODAY)

    assert len(line.bars) == 2
    assert line.steps == ()


def test_timeline_of_a_stay_that_began_today_is_seen():
    line = lay_out([Stay(0, TODAY, None)], 1, TODAY)

    (bar,) = line.bars
    assert bar.x == WIDTH - RIGHT
    assert bar.width >= 3
    assert bar.x + bar.width <= WIDTH
    assert line.start < TODAY
    assert line.years == ()


def test_timeline_marks_the_beginning_of_each_year_within():
    line = lay_out([Stay(0, date(2024, 6, 1), None)], 1, TODAY)

    assert [year for _, year in line.years] == [2025, 2026]
    assert all(NAMES < x < WIDTH for x, _ in line.years)


def test_timeline_leaves_out_a_year_that_would_meet_its_ends():
    line = lay_out([Stay(0, date(2024, 12, 20), None)], 1, date(2026, 1, 4))

    assert line.years == ()


def test_timeline_of_decades_names_at_most_a_dozen_years():
    line = lay_out([Stay(0, date(1990, 6, 1), None)], 1, TODAY)

    assert len(line.years) <= 12


def test_timeline_without_stays_is_empty():
    line = lay_out([], 0, TODAY)

    assert line.bars == ()
