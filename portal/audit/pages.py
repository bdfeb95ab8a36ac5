"""One page of events: filters that an index serves, read from a place instead of an offset."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_date

from portal.audit.models import Event, EventQuerySet

SIZE = 50
COUNTED = 1_000  # beyond it the page says "more than"
RECENT = 500  # events whose actors and kinds are offered as filters


@dataclass(frozen=True)
class Question:
    """What the address asks for; what is no valid value is left out."""

    actor: str = ""
    verb: str = ""
    kind: str = ""
    key: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, params: Mapping[str, str]) -> "Question":
        text = {
            name: params.get(name, "").strip()[:300] for name in ("actor", "verb", "kind", "key")
        }
        return cls(**text, since=_date(params.get("since")), until=_date(params.get("until")))

    @property
    def is_empty(self) -> bool:
        return self == Question()

    def narrow(self, events: EventQuerySet) -> EventQuerySet:
        """The events asked for; days are those of the reader's time zone, both included."""
        if self.actor:
            events = events.of_actor(self.actor)
        for field, value in (
            ("verb", self.verb),
            ("subject_kind", self.kind),
            ("subject_key", self.key),
        ):
            if value:
                events = events.filter(**{field: value})
        if self.since:
            events = events.filter(at__gte=_start(self.since))
        if self.until and self.until < date.max:
            events = events.filter(at__lt=_start(self.until + timedelta(days=1)))
        return events


@dataclass(frozen=True)
class EventPage:
    """Events with the newest first, and the places of the pages around it."""

    rows: list[Event]
    total: int  # at most COUNTED + 1
    older: int | None  # the event after which the next page begins
    newer: int | None

    @property
    def is_more(self) -> bool:
        return self.total > COUNTED


def event_page(question: Question, *, before: str = "", after: str = "") -> EventPage:
    """The page that ends or begins at an event's id; three or four queries at any size."""
    events = question.narrow(Event.objects.all())
    total = events.order_by()[: COUNTED + 1].count()
    at = _place(before or after)
    if at is None:
        rows = list(events.order_by("-at", "-id")[: SIZE + 1])
        return _page(rows[:SIZE], total, has_older=len(rows) > SIZE, has_newer=False)
    if before:
        rows = list(events.older_than(*at).order_by("-at", "-id")[: SIZE + 1])
        return _page(rows[:SIZE], total, has_older=len(rows) > SIZE, has_newer=True)
    rows = list(events.newer_than(*at).order_by("at", "id")[: SIZE + 1])
    has_newer = len(rows) > SIZE
    return _page(rows[:SIZE][::-1], total, has_older=True, has_newer=has_newer)


def suggestions() -> tuple[list[str], list[str]]:
    """The actors and kinds of subjects among the latest events; one query."""
    latest = Event.objects.order_by("-at", "-id").values_list("actor_name", "subject_kind")
    pairs = list(latest[:RECENT])
    return sorted({actor for actor, _ in pairs}), sorted({kind for _, kind in pairs})


def _page(rows: list[Event], total: int, *, has_older: bool, has_newer: bool) -> EventPage:
    return EventPage(
        rows=rows,
        total=total,
        older=rows[-1].pk if rows and has_older else None,
        newer=rows[0].pk if rows and has_newer else None,
    )


def _place(text: str) -> tuple[datetime, int] | None:
    """Where an event stands. Ids that no database can hold are no events."""
    if not text.isdecimal() or len(text) > 18:
        return None
    return Event.objects.filter(pk=int(text)).values_list("at", "pk").first()


def _date(text: str | None) -> date | None:
    try:
        return parse_date(text or "")
    except ValueError:
        return None


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
