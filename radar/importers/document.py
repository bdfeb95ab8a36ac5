"""What every reader makes of a file: rows of one edition, in the file's own words. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from portal.catalog.importers.problems import Problem

MOST_ROWS = 10_000  # of one edition
LONGEST_NAME = 200
LONGEST_TEXT = 20_000


def clean(text: str) -> str:
    """The text without what no database keeps: NUL, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


class Carries(StrEnum):
    """What a format can say besides a name and a ring. An import leaves alone what it can't."""

    SECTOR = "sector"
    REMARK = "remark"
    DESCRIPTION = "description"  # what the edition says of a technology
    SUMMARY = "summary"  # what the technology is
    MOVEMENT = "movement"
    RELATED = "related"
    TAGS = "tags"
    LINKS = "links"
    FEATURED = "featured"
    EXTRA = "extra"
    TIMELINE = "timeline"


@dataclass(frozen=True, slots=True)
class Day:
    """Which edition a file is: the day it counts from, and its part of an address."""

    date: date
    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Named:
    """A sector or ring as a file declares it."""

    key: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A technology came into a ring at a time, as a file remembers it."""

    line: int
    at: datetime
    ring: str
    description: str = ""


@dataclass(slots=True)
class Row:
    """A technology in an edition.

    `ring` and `sector` are as written. `html` is the description before it became Markdown.
    `movements` are those that the file allows, the likeliest first; empty: it says nothing.
    """

    line: int
    name: str
    ring: str
    sector: str = ""
    remark: str = ""
    description: str = ""
    html: str = ""
    summary: str = ""
    movements: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    tags: tuple[str, ...] | None = None  # None: it says nothing
    links: tuple[tuple[str, str], ...] = ()  # title, address
    is_featured: bool = True
    extra: dict[str, object] = field(default_factory=dict)
    timeline: tuple[Moment, ...] = ()
    file: str = ""  # where it is not the document's


@dataclass
class Document:
    """One edition as a file tells it.

    `day` None: the file does not say which edition it is. `sectors` and `rings` are those that
    the format declares or has by itself, in its order; empty: what the rows name.
    `is_unusable`: something is wrong with the whole, so no row is taken. `is_misdated`: the file
    names a day that does not exist. `may_be_empty`: it says that nothing is left. `refused` are
    the names of rows that were not taken, and `has_nameless` that there were others: what is
    known of these stays as it is.
    """

    file: str
    format: str
    carries: frozenset[Carries]
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: int = 0
    title: str = ""
    day: Day | None = None
    sectors: tuple[Named, ...] = ()
    rings: tuple[Named, ...] = ()
    is_unusable: bool = False
    is_misdated: bool = False
    may_be_empty: bool = False
    refused: set[str] = field(default_factory=set)
    has_nameless: bool = False

    def remark(self, line: int, rule: str, message: str, file: str = "") -> None:
        """Something was taken, after a repair or with a doubt."""
        self.problems.append(Problem(file or self.file, line, rule, clean(message), refused=False))

    def refuse(self, line: int, rule: str, message: str, file: str = "", *, name: str = "") -> None:
        """A row was not taken; `name` is what it is about, where that can be told."""
        self.problems.append(Problem(file or self.file, line, rule, clean(message)))
        self.skipped += 1
        if name:
            self.refused.add(name)
        else:
            self.has_nameless = True

    def fail(self, line: int, rule: str, message: str) -> None:
        """Nothing of the whole was taken."""
        self.problems.append(Problem(self.file, line, rule, clean(message)))
        self.is_unusable = True

    def lose(self, line: int, rule: str, message: str, file: str = "") -> None:
        """A part of a row was not taken; the row itself was."""
        self.problems.append(Problem(file or self.file, line, rule, clean(message)))

    def add(self, row: Row) -> None:
        """Take a row that has a name and a ring, cut to what can be kept; else refuse it."""
        for part in ("name", "ring", "sector", "remark"):
            setattr(row, part, " ".join(clean(getattr(row, part)).split()))
        where = (row.line, row.file)
        if not row.name:
            self.refuse(where[0], "missing-name", "The entry has no name.", where[1])
        elif len(row.name) > LONGEST_NAME:
            message = f"The name “{row.name[:60]}…” is longer than {LONGEST_NAME} characters."
            self.refuse(where[0], "long-name", message, where[1], name=row.name)
        elif not row.ring:
            message = f"“{row.name}” has no ring."
            self.refuse(where[0], "missing-ring", message, where[1], name=row.name)
        elif len(self.rows) >= MOST_ROWS:
            message = f"An edition has at most {MOST_ROWS:,} entries; “{row.name}” is one more."
            self.refuse(where[0], "too-many-rows", message, where[1], name=row.name)
        else:
            self._cut(row)
            self.rows.append(row)

    def _cut(self, row: Row) -> None:
        for part in ("description", "summary"):
            text = clean(getattr(row, part)).replace("\r\n", "\n").strip()
            if len(text) > LONGEST_TEXT:
                text = text[:LONGEST_TEXT].rstrip()
                row.html = ""
                message = f"The {part} of “{row.name}” is cut after {LONGEST_TEXT:,} characters."
                self.remark(row.line, "text-cut", message, row.file)
            setattr(row, part, text)
        row.related = tuple(clean(name) for name in row.related)
        row.links = tuple((clean(title), clean(url)) for title, url in row.links)
        if len(row.remark) > LONGEST_NAME:
            row.remark = row.remark[:LONGEST_NAME].rstrip()
            message = f"The remark on “{row.name}” is cut after {LONGEST_NAME} characters."
            self.remark(row.line, "text-cut", message, row.file)
