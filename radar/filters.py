"""What of a radar somebody looks at: one state of the address, shared by the picture, the list, the
CSV and the SVG. Pure functions over plain values.

Narrowing never moves a blip and never renumbers one: what does not fit is dimmed in the picture
and left out of the list.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol, TypeVar
from urllib.parse import urlencode

PICTURE, SECTOR, LIST = "picture", "sector", "list"
VIEWS = (PICTURE, SECTOR, LIST)
MOVEMENTS = ("new", "moved_in", "moved_out", "unchanged")
CHANGED = "changed"  # new or moved
ALL, ANY = "all", "any"
LONGEST = 200  # characters of one value
MOST_TAGS = 20


class Params(Protocol):
    """A query, such as Django's `QueryDict`."""

    def get(self, key: str, default: str, /) -> str | None: ...
    def getlist(self, key: str, /) -> Sequence[str]: ...


class Seen(Protocol):
    """What is asked of a blip."""

    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def remark(self) -> str: ...
    @property
    def sector(self) -> int: ...
    @property
    def ring(self) -> int: ...
    @property
    def movement(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def owner(self) -> str: ...
    @property
    def is_overdue(self) -> bool: ...
    @property
    def technology_id(self) -> int: ...


class Keyed(Protocol):
    """A sector or a ring."""

    key: str
    order: int


B = TypeVar("B", bound=Seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which state of a radar, what of it, and how it is shown; empty values narrow nothing.

    `sector` and `ring` are keys. `has_bad_date` says that `on` was given and is no day.
    """

    edition: str = ""
    on: date | None = None
    q: str = ""
    sector: str = ""
    ring: str = ""
    movement: str = ""
    tags: tuple[str, ...] = ()
    tags_mode: str = ALL
    team: str = ""
    is_overdue: bool = False
    view: str = ""
    blip: str = ""
    has_bad_date: bool = False

    @classmethod
    def parse(cls, params: Params) -> "Selection":
        """Read a query. What can't be understood narrows nothing; a day that is none is said."""

        def one(key: str) -> str:
            return (params.get(key, "") or "").strip()[:LONGEST]

        def among(key: str, known: Collection[str]) -> str:
            value = one(key)
            return value if value in known else ""

        day = _day(one("on"))
        tags = (tag.strip().lower()[:LONGEST] for tag in params.getlist("tag"))
        return cls(
            edition=one("edition"),
            on=day,
            q=" ".join(one("q").split()),
            sector=one("sector"),
            ring=one("ring"),
            movement=among("movement", (*MOVEMENTS, CHANGED)),
            tags=tuple(dict.fromkeys(tag for tag in tags if tag))[:MOST_TAGS],
            tags_mode=ANY if one("tags") == ANY else ALL,
            team=one("team"),
            is_overdue=one("overdue") not in ("", "0"),
            view=among("view", VIEWS),
            blip=one("blip"),
            has_bad_date=bool(one("on")) and day is None,
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether something that is on the radar may be left out."""
        return bool(
            self.q
            or self.sector
            or self.ring
            or self.movement
            or self.tags
            or self.team
            or self.is_overdue
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The query that makes this selection, always in the same order."""
        pairs = [
            ("edition", self.edition),
            ("on", self.on.isoformat() if self.on else ""),
            ("q", self.q),
            ("sector", self.sector),
            ("ring", self.ring),
            ("movement", self.movement),
            *(("tag", tag) for tag in self.tags),
            ("tags", self.tags_mode if self.tags_mode == ANY and self.tags else ""),
            ("team", self.team),
            ("overdue", "1" if self.is_overdue else ""),
            ("view", self.view),
            ("blip", self.blip),
        ]
        return [(key, value) for key, value in pairs if value]

    def query(self, **changes: object) -> str:
        """This selection with some fields changed, as a query that starts with `?`."""
        return "?" + urlencode(replace(self, **changes).pairs())  # type: ignore[arg-type]

    def everything(self) -> "Selection":
        """The same state and view with nothing narrowed."""
        return Selection(edition=self.edition, on=self.on, view=self.view, blip=self.blip)

    def fitting(
        self,
        blips: Iterable[B],
        *,
        sectors: Iterable[Keyed],
        rings: Iterable[Keyed],
        team_technologies: Collection[int] | None = None,
    ) -> list[B]:
        """Those blips that fit, in their order.

        `team_technologies` are the ids of what the services of `team` use. A sector, ring or team
        that is unknown fits nothing: its address is wrong, and showing everything would hide that.
        """
        sector, ring = _order_of(self.sector, sectors), _order_of(self.ring, rings)
        used = frozenset(team_technologies or ()) if self.team else None
        words = self.q.casefold().split()
        return [
            blip
            for blip in blips
            if (sector is None or blip.sector == sector)
            and (ring is None or blip.ring == ring)
            and self._moved(blip)
            and (not self.tags or self._is_tagged(blip.tags))
            and (used is None or blip.technology_id in used)
            and (not self.is_overdue or blip.is_overdue)
            and (not words or _says(blip, words))
        ]

    def _moved(self, blip: Seen) -> bool:
        if self.movement == CHANGED:
            return blip.movement != "unchanged"
        return not self.movement or blip.movement == self.movement

    def _is_tagged(self, tags: Sequence[str]) -> bool:
        some = any if self.tags_mode == ANY else all
        return some(tag in tags for tag in self.tags)


def _order_of(key: str, known: Iterable[Keyed]) -> int | None:
    """The order of a sector or ring; None where none is asked for, -1 where it isn't known."""
    if not key:
        return None
    return next((item.order for item in known if item.key == key), -1)


def _says(blip: Seen, words: Sequence[str]) -> bool:
    """Whether each word occurs in what the list and the panel say of a blip."""
    text = " ".join((blip.name, blip.remark, blip.owner, *blip.tags, blip.description)).casefold()
    return all(word in text for word in words)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
