"""Moments in words: how long ago, on which day, and exactly when.

Every function takes `now`, so that a page speaks of one moment only.
"""

from datetime import datetime, timedelta, tzinfo

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def ago_words(moment: datetime, now: datetime) -> str:
    """The distance in the largest fitting unit: "12 min ago", "in 3 h", "just now"."""
    seconds = (now - moment).total_seconds()
    distance = abs(seconds)
    if distance < 45:
        return "just now" if seconds >= 0 else "in a moment"
    if distance < 90 * MINUTE:
        text = f"{round(distance / MINUTE)} min"
    elif distance < 36 * HOUR:
        text = f"{round(distance / HOUR)} h"
    elif distance < 60 * DAY:
        text = f"{round(distance / DAY)} days"
    else:
        return day_words(moment, now)
    return f"{text} ago" if seconds > 0 else f"in {text}"


def left_words(moment: datetime, now: datetime) -> str:
    """What is left until a moment, or by how much it was missed."""
    distance = abs((moment - now).total_seconds())
    if distance < HOUR:
        text = f"{max(1, round(distance / MINUTE))} min"
    elif distance < 36 * HOUR:
        hours, rest = divmod(round(distance / MINUTE), 60)
        text = f"{hours} h {rest} min" if rest and hours < 12 else f"{hours} h"
    else:
        text = f"{round(distance / DAY)} days"
    return text if moment >= now else f"{text} late"


def day_words(moment: datetime, now: datetime) -> str:
    """A day without its time: "today", "yesterday", "24 Nov", with the year in another year."""
    day, today = moment.date(), now.date()
    if day == today:
        return "today"
    if day == today - timedelta(days=1):
        return "yesterday"
    if day == today + timedelta(days=1):
        return "tomorrow"
    words = f"{moment.day} {moment:%b}"
    return words if day.year == today.year else f"{words} {day.year}"


def exact_words(moment: datetime, zone: tzinfo) -> str:
    """The moment to the second, in a person's time zone, which is named."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M:%S %Z}"


def count_words(number: int, one: str, many: str | None = None) -> str:
    """ "1 service", "12 services", with thousands set apart."""
    return f"{number:,} {one if number == 1 else (many or one + 's')}".replace(",", "\u202f")


def singular(noun: str) -> str:
    """The singular of a plural that a list is named by: "services", "entities", "people"."""
    if noun == "people":
        return "person"
    if noun.endswith("ies"):
        return noun.removesuffix("ies") + "y"
    return noun.removesuffix("s")
