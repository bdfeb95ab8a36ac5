"""Which edition a file is, by the words of its name or its content. Pure."""

import re
from datetime import date

from radar.importers.document import Day

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EARLIEST, _LATEST = 1990, 2100
_BEFORE, _AFTER = r"(?<![\dA-Za-z])", r"(?![\dA-Za-z])"
_DAY = re.compile(rf"{_BEFORE}(\d{{4}})[-._](\d{{1,2}})[-._](\d{{1,2}})(?!\d)")
_MONTH = re.compile(rf"{_BEFORE}(\d{{4}})[-._](\d{{1,2}})(?!\d)")
_QUARTER = re.compile(
    rf"{_BEFORE}(?:(\d{{4}})[-._ /]*q([1-4])|q([1-4])[-._ /]*(\d{{4}})){_AFTER}", re.IGNORECASE
)
_HALF = re.compile(
    rf"{_BEFORE}(?:(\d{{4}})[-._ /]*h([12])|h([12])[-._ /]*(\d{{4}})){_AFTER}", re.IGNORECASE
)
_NAMED_MONTH = re.compile(
    rf"{_BEFORE}({'|'.join(_MONTHS)})[a-z]*\.?[ \-_]*(\d{{4}}){_AFTER}", re.IGNORECASE
)
_VOLUME = re.compile(r"(?<![A-Za-z])(vol(?:ume)?\.?\s*\d+)(?!\d)", re.IGNORECASE)
_DATES = (_DAY, _QUARTER, _HALF, _NAMED_MONTH, _MONTH)


class NoSuchDate(ValueError):
    """The words look like a date, and there is no such day."""


def day_of(words: str) -> Day | None:
    """The first date in the words: `2023-09-27`, `2026.05`, `Q4 2026`, `2026-H2`, `Sep 2023`.

    None where there is nothing like a date. Raises `NoSuchDate`.
    """
    if match := _DAY.search(words):
        year, month, day = (int(part) for part in match.groups())
        at = _date(year, month, day, match[0])
        return Day(at, at.isoformat(), at.isoformat())
    if match := _QUARTER.search(words):
        year = int(match[1] or match[4])
        quarter = int(match[2] or match[3])
        at = _date(year, quarter * 3 - 2, 1, match[0])
        return Day(at, f"{year}-q{quarter}", f"{year}-Q{quarter}")
    if match := _HALF.search(words):
        year = int(match[1] or match[4])
        half = int(match[2] or match[3])
        return Day(_date(year, half * 6 - 5, 1, match[0]), f"{year}-h{half}", f"{year}-H{half}")
    if match := _NAMED_MONTH.search(words):
        month = _MONTHS.index(match[1].lower()) + 1
        return _month(int(match[2]), month, match[0])
    if match := _MONTH.search(words):
        return _month(int(match[1]), int(match[2]), match[0])
    return None


def day_of_file(stem: str) -> Day | None:
    """As `day_of`, with the volume that a file's name tells in the title.

    A name whose numbers are no date has none.
    """
    try:
        day = day_of(stem)
    except NoSuchDate:
        return None
    volume = _VOLUME.search(stem)
    if day is None or volume is None:
        return day
    return Day(day.date, day.key, f"{volume[1]} ({day.title})")


def title_of(stem: str) -> str:
    """A file's name without date and volume, as words: what the radar may be called."""
    for pattern in (*_DATES, _VOLUME):
        stem = pattern.sub(" ", stem)
    words = " ".join(re.sub(r"[()\[\]_\-.]+", " ", stem).split())
    return words[:1].upper() + words[1:]


def _month(year: int, month: int, words: str) -> Day:
    at = _date(year, month, 1, words)
    return Day(at, f"{year:04}-{month:02}", f"{at:%b %Y}")


def _date(year: int, month: int, day: int, words: str) -> date:
    try:
        if not _EARLIEST <= year <= _LATEST:
            raise ValueError
        return date(year, month, day)
    except ValueError:
        raise NoSuchDate(f"{words.strip()[:40]} is no date that exists.") from None
