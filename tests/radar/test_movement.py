import pytest

from radar.models import Movement
from radar.movement import MOVED_IN, MOVED_OUT, NEW, UNCHANGED, movement


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(None, 2, NEW), (2, 2, UNCHANGED), (2, 0, MOVED_IN), (0, 1, MOVED_OUT)],
)
def test_movement_between_two_editions(before, after, expected):
    assert movement(before, after) == expected


def test_nothing_has_moved_in_a_first_edition():
    assert movement(None, 0, is_first=True) == UNCHANGED


def test_every_movement_can_be_stored():
    assert {NEW, MOVED_IN, MOVED_OUT, UNCHANGED} == set(Movement.values)
