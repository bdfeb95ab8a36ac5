"""What the desk shows of the radar: evaluations to score, proposals to decide, reviews due, and
rings that moved.

The desk gathers from many apps, so each of the two functions makes one query: rows of two tables
are united.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from textwrap import shorten
from typing import Any, NamedTuple

from django.db.models import DateField, IntegerField, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Person
from portal.accounts.roles import Permission, may, teams_of
from portal.lib.addresses import address_of
from portal.lib.registry import Act, Change, DeskItem
from portal.shell.words import count_words, day_words
from radar.models import Entry, Evaluation, Meaning, Proposal, RingChange
from radar.queries import (
    decided_proposals,
    open_proposals,
    owned_or_used_by,
    reviews_for,
    ring_changes,
)
from radar.reviews import is_overdue

ICON = "radar"
REVIEWS_SHOWN = 3
PROPOSALS_SHOWN = 10
EVALUATIONS_SHOWN = 10
EVALUATION_ICON = "evaluations"
REVIEW, PROPOSAL, SCORE, TIME_BOX = "review", "proposal", "score", "time box"
LONGEST_LINE = 200
OFF = "Not on the radar"
_NONE = Value("", output_field=TextField())
_ZERO = Value(0, output_field=IntegerField())


class _Waiting(NamedTuple):
    """A review, a proposal, an evaluation to score, or one whose time box is over."""

    kind: str
    due: date | None
    number: int
    name: str
    slug: str
    radar: str
    radar_slug: str
    who: str  # the owner, or who proposed it
    ring: str
    reason: str  # or the question


class _Changed(NamedTuple):
    """A ring change, or a proposal that was decided (`number` is set)."""

    at: datetime
    number: int
    name: str
    slug: str
    radar: str
    radar_slug: str
    before: str
    after: str
    meaning: str
    text: str
    state: str
    who: str


def waiting(person: Person, now: datetime) -> Iterable[DeskItem]:
    """Evaluations that the person is asked to score and own ones whose time box is over, the most
    urgent first; proposals that they may decide, the oldest first; then reviews that are overdue
    or due within two weeks: the most urgent one by one, the others in one line. One query."""
    now = now.astimezone(timezone.get_default_timezone())
    today = now.date()
    asked = _reviews(reviews_for(person, today)).union(
        _evaluations(SCORE, Evaluation.objects.to_score(person)),
        _evaluations(TIME_BOX, Evaluation.objects.overdue(today).filter(owner_id=str(person.pk))),
        all=True,
    )
    if may(person, Permission.DECIDE_RING):
        asked = asked.union(_proposals(open_proposals().exclude(by_id=str(person.pk))), all=True)
    rows = [_Waiting(*row) for row in asked]
    evaluations = [row for row in rows if row.kind in (SCORE, TIME_BOX)]
    evaluations.sort(key=lambda row: (row.due or date.max, row.number, row.kind))
    for row in evaluations[:EVALUATIONS_SHOWN]:
        yield _to_evaluate(row, now)
    proposals = sorted((row for row in rows if row.kind == PROPOSAL), key=lambda row: row.number)
    for row in proposals[:PROPOSALS_SHOWN]:
        yield _to_decide(row)
    due = sorted(
        (row.due, row.name.casefold(), row)
        for row in rows
        if row.kind == REVIEW and row.due is not None
    )
    yield from _to_review([(day, row) for day, _, row in due], now)


def changes(person: Person, since: datetime, limit: int) -> Iterable[Change]:
    """What moved since a moment: technologies that a person's teams own or use, all for somebody
    without a team; and what became of the person's own proposals. One query."""
    teams = teams_of(person)
    moved = ring_changes(since)
    if teams:
        moved = moved.filter(owned_or_used_by(teams))
    decided = _decided(decided_proposals(person, since))
    rows = _moved(moved).union(decided, all=True).order_by("-at")
    for row in rows[:limit]:
        yield _told(_Changed(*row))


def _text(*expressions: Any) -> Coalesce:
    """The first of them that says anything, else nothing."""
    return Coalesce(*expressions, _NONE, output_field=TextField())


def _reviews(entries: QuerySet[Entry]) -> QuerySet[Any, Any]:
    owner = _text(NullIf("technology__owner__title", Value("")), "technology__owner__name")
    return entries.order_by().values_list(
        Value(REVIEW, output_field=TextField()),
        "next_review_on",
        _ZERO,
        "technology__name",
        "technology__slug",
        "radar__title",
        "radar__slug",
        owner,
        _NONE,
        _NONE,
    )


def _proposals(proposals: QuerySet[Proposal]) -> QuerySet[Any, Any]:
    return proposals.order_by().values_list(
        Value(PROPOSAL, output_field=TextField()),
        Value(None, output_field=DateField()),
        "pk",
        "name",
        _NONE,
        "radar__title",
        "radar__slug",
        "by_name",
        _text("ring__title"),
        "reason",
    )


def _evaluations(kind: str, evaluations: QuerySet[Evaluation]) -> QuerySet[Any, Any]:
    return evaluations.order_by().values_list(
        Value(kind, output_field=TextField()),
        "ends_on",
        "pk",
        "name",
        _NONE,
        "radar__title",
        "radar__slug",
        "owner_name",
        _NONE,
        "question",
    )


def _moved(moved: QuerySet[RingChange]) -> QuerySet[Any, Any]:
    return moved.order_by().values_list(
        "at",
        _ZERO,
        "technology__name",
        "technology__slug",
        "radar__title",
        "radar__slug",
        _text("from_ring__title"),
        _text("to_ring__title"),
        _text("to_ring__meaning"),
        "reason",
        _NONE,
        _NONE,
    )


def _decided(decided: QuerySet[Proposal]) -> QuerySet[Any, Any]:
    return decided.order_by().values_list(
        "decided_at",
        "pk",
        "name",
        _NONE,
        "radar__title",
        "radar__slug",
        _NONE,
        _text("ring__title"),
        _NONE,
        "decision_reason",
        "state",
        "decided_by_name",
    )


def _to_evaluate(row: _Waiting, now: datetime) -> DeskItem:
    """One's own sheets to fill in, or one's own evaluation to bring to an end."""
    assert row.due is not None  # nothing opens without a time box
    url = reverse("radar:evaluation", args=[row.number])
    until = datetime.combine(row.due, time.max, tzinfo=now.tzinfo)
    act = Act(title="See it", url=url)
    title, detail = f"The time box of {row.name} is over", _brief(row.reason)
    if row.kind == SCORE:
        act = Act(title="Score", url=reverse("radar:score", args=[row.number]))
        title, detail = f"Score {row.name}", f"{row.who} asks: {detail}"
    return DeskItem(
        kind="Evaluations",
        icon=EVALUATION_ICON,
        title=title,
        url=url,
        detail=detail,
        due_at=until,
        due_words=f"due {day_words(until, now)}",
        is_late=row.due < now.date(),
        acts=(act,),
    )


def _to_decide(row: _Waiting) -> DeskItem:
    url = _page(row)
    return DeskItem(
        kind="Proposals",
        icon=ICON,
        title=f"{row.name} {_wish(row.ring)}",
        url=url,
        detail=f"{row.who}: {_brief(row.reason)}",
        acts=(Act(title="Decide", url=url),),
    )


def _to_review(due: Sequence[tuple[date, _Waiting]], now: datetime) -> Iterable[DeskItem]:
    today = now.date()
    for day, row in due[:REVIEWS_SHOWN]:
        until = datetime.combine(day, time.max, tzinfo=now.tzinfo)
        yield DeskItem(
            kind="Reviews",
            icon=ICON,
            title=f"Review {row.name}",
            url=address_of("radar:technology", row.slug),
            detail=f"{row.radar}, {f'owned by {row.who}' if row.who else 'owned by nobody'}.",
            due_at=until,
            due_words=f"due {day_words(until, now)}",
            is_late=is_overdue(day, today),
            acts=(Act(title="Review", url=_queue(row)),),
        )
    others = due[REVIEWS_SHOWN:]
    if not others:
        return
    late = sum(is_overdue(day, today) for day, _ in others)
    url = _queue(others[0][1])
    yield DeskItem(
        kind="Reviews",
        icon=ICON,
        title=f"Review {count_words(len(others), 'more technology', 'more technologies')}",
        url=url,
        detail=f"{count_words(late, 'review')} overdue." if late else "",
        is_late=late > 0,
        acts=(Act(title="See them", url=url),),
    )


def _told(row: _Changed) -> Change:
    if row.number:
        return Change(
            at=row.at,
            title=f"Your proposal: {row.name} {_wish(row.after)}",
            url=_page(row),
            lead=f"{Proposal.State(row.state).label} by {row.who}.",
            detail=_brief(row.text),
            got_worse=row.state == Proposal.State.DECLINED,
        )
    return Change(
        at=row.at,
        title=row.name,
        url=address_of("radar:technology", row.slug),
        lead=f"{row.radar}.",
        detail=_brief(row.text),
        before=row.before or OFF,
        after=row.after or OFF,
        got_worse=not row.after or row.meaning == Meaning.HOLD,
    )


def _brief(reason: str) -> str:
    """The first line of a text that may be long."""
    return shorten(reason.strip().partition("\n")[0], LONGEST_LINE, placeholder=" …")


def _wish(ring: str) -> str:
    return f"to {ring}" if ring else "off the radar"


def _page(row: _Waiting | _Changed) -> str:
    """The page of a proposal."""
    return reverse("radar:proposal", args=[row.radar_slug, row.number])


def _queue(row: _Waiting) -> str:
    """The review queue of a radar."""
    return reverse("radar:review", args=[row.radar_slug])
