from datetime import date

import pytest

from radar.reviews import due_words, is_due_soon, is_overdue, next_review

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("last", "months", "expected"),
    [
        (date(2026, 1, 15), 3, date(2026, 4, 15)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_next_review_is_months_later(last, months, expected):
    assert next_review(last, months) == expected


@pytest.mark.parametrize(
    ("due", "overdue", "soon", "words"),
    [
        (date(2026, 11, 21), True, False, "3 days overdue"),
        (date(2026, 11, 23), True, False, "1 day overdue"),
        (TODAY, False, True, "due today"),
        (date(2026, 11, 25), False, True, "due in 1 day"),
        (date(2026, 12, 8), False, True, "due in 14 days"),
        (date(2026, 12, 9), False, False, "due in 15 days"),
    ],
)
def test_a_review_by_its_day(due, overdue, soon, words):
    assert is_overdue(due, TODAY) is overdue
    assert is_due_soon(due, TODAY) is soon
    assert due_words(due, TODAY) == words


def test_what_is_on_no_edition_is_not_reviewed():
    assert not is_overdue(None, TODAY)
    assert not is_due_soon(None, TODAY)
