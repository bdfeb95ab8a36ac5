"""Which edition of a radar a file is."""

import posixpath
from dataclasses import dataclass
from datetime import date

from portal.catalog.importers.problems import WrongCall
from radar.importers.board import Board
from radar.importers.compare import Target
from radar.importers.dates import NoSuchDate, day_of
from radar.importers.document import Day, Document, clean
from radar.names import edition_key


@dataclass(frozen=True)
class Wanted:
    """The edition that somebody names: a title, a day, or both; neither: the file says it."""

    title: str = ""
    day: date | None = None

    def __bool__(self) -> bool:
        return bool(self.title or self.day)


def target_of(document: Document, wanted: Wanted, board: Board, today: date) -> Target:
    """What was named goes first, then a name as our exports have it, then what the file says.

    Without any of these the file is the radar's current state; the first edition of a radar that
    has none counts from today.
    """
    if wanted:
        return _named(wanted, board, today)
    stem = posixpath.splitext(posixpath.basename(document.file))[0]
    for known in board.editions:
        if stem == f"{board.radar.slug}-{known.edition.key}":
            return Target(known, _day_of(known.edition.date, known.edition.key))
    if document.day is not None:
        return Target(board.matching(document.day), document.day)
    if board.current() is None:
        title = " ".join(clean(document.title).split()) or today.isoformat()
        return Target(None, Day(today, today.isoformat(), title), title)
    return Target(None, None)


def _named(wanted: Wanted, board: Board, today: date) -> Target:
    known = board.named(wanted.title) if wanted.title else None
    if known is not None and known.edition.date is not None:
        if wanted.day not in (None, known.edition.date):
            raise WrongCall(f"{known.edition.title} counts from {known.edition.date}.")
        return Target(known, _day_of(known.edition.date, known.edition.key))
    try:
        told = day_of(wanted.title)
    except NoSuchDate as error:
        raise WrongCall(str(error)) from None
    at = wanted.day or (told.date if told else today)
    title = wanted.title or at.isoformat()
    day = Day(at, edition_key(title, ()), title)
    return Target(board.matching(day), day, wanted.title)


def _day_of(at: date | None, key: str) -> Day | None:
    return Day(at, key, "") if at else None
