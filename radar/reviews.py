"""When a technology is to be looked at again. Pure functions of dates."""

import calendar
from datetime import date

SOON_DAYS = 14


def next_review(last: date, months: int) -> date:
    """The same day some months later; the last one of a month that is too short."""
    years, month = divmod(last.month - 1 + months, 12)
    year, month = last.year + years, month + 1
    return date(year, month, min(last.day, calendar.monthrange(year, month)[1]))


def is_overdue(due: date | None, today: date) -> bool:
    return due is not None and due < today


def is_due_soon(due: date | None, today: date) -> bool:
    """Due today or within the next two weeks."""
    return due is not None and 0 <= (due - today).days <= SOON_DAYS


def due_words(due: date, today: date) -> str:
    """How far away a review is: "3 days overdue", "due today", "due in 1 day"."""
    days = (due - today).days
    if days == 0:
        return "due today"
    count = f"{abs(days)} day" + ("" if abs(days) == 1 else "s")
    return f"due in {count}" if days > 0 else f"{count} overdue"
