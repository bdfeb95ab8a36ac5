"""The review queue: what is to be looked at again, and by whom."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.models import Person, Team
from portal.accounts.roles import Permission, may, teams_of
from portal.accounts.views.me import current
from portal.lib.errors import Conflict
from portal.lib.htmx import render_page
from portal.lib.lists import Column, Filter, ListPage, list_page, query_string
from radar import actions
from radar.models import Entry, Placement, Radar, Technology
from radar.reviews import SOON_DAYS, due_words, is_due_soon, is_overdue
from radar.state import current as current_edition
from radar.views.common import the_radar, today

MINE, NOBODY = "mine", "nobody"
_COLUMNS = (
    Column(key="technology", title="Technology", sort=("technology__name_key",)),
    Column(key="ring", title="Ring", sort=("ring_order",), priority=2),
    Column(key="owner", title="Owner", sort=("technology__owner__name",), priority=2),
    Column(key="due", title="Due", sort=("next_review_on", "technology__name_key")),
)


@require_safe
def review(request: HttpRequest, radar: str) -> HttpResponse:
    """Everything that is reviewed some day, the most overdue first."""
    person, found, day = current(request), the_radar(radar), today()
    due = Entry.objects.filter(radar=found, next_review_on__isnull=False)
    listed = list_page(
        request.GET,
        _with_ring(due.select_related("technology__owner"), found),
        columns=_COLUMNS,
        filters=_filters(person),
        default_sort="due",
    )
    for row in listed.rows:
        _judge(row, person, day)
    context = {
        "radar": found,
        "list": listed,
        "owners": _owners(due, request.GET.get("owner", ""), listed, day),
        "soon_days": SOON_DAYS,
    }
    return render_page(request, "radar/review.html", context, partials=["reviews"])


@require_POST
def reviewed(request: HttpRequest, radar: str, slug: str) -> HttpResponse:
    """It stands where it should: the next review is due a quarter from now."""
    found = the_radar(radar)
    technology = get_object_or_404(Technology.objects.select_related("owner"), slug=slug)
    try:
        entry = actions.review(
            by=current(request), radar=found, technology=technology, now=timezone.now()
        )
    except Conflict as error:
        messages.error(request, error.message)
    else:
        due = entry.next_review_on
        messages.success(request, f"{technology} stays. Its next review is due on {due:%-d %b %Y}.")
    query = request.POST.get("query", "")
    return redirect(reverse("radar:review", args=[radar]) + (query and f"?{query}"))


def _with_ring(rows: QuerySet[Entry], radar: Radar) -> QuerySet[Entry]:
    edition = current_edition(radar)
    there = Placement.objects.filter(edition=edition, technology=OuterRef("technology"))
    return rows.annotate(
        ring_order=Subquery(there.values("ring__order")[:1]),
        ring_title=Subquery(there.values("ring__title")[:1]),
        ring_meaning=Subquery(there.values("ring__meaning")[:1]),
    )


def _judge(row: Any, person: Person, day: Any) -> None:
    """What the row's cells say, and whether this person may review it."""
    row.is_overdue = is_overdue(row.next_review_on, day)
    row.is_soon = is_due_soon(row.next_review_on, day)
    row.due_words = due_words(row.next_review_on, day)
    row.may_review = bool(may(person, Permission.REVIEW_TECHNOLOGY, row.technology))


def _owners(
    due: QuerySet[Entry], chosen: str, listed: ListPage[Entry], day: Any
) -> list[dict[str, object]]:
    """How much each owner has to do, those with overdue reviews first; one query."""
    soon = Q(next_review_on__gte=day, next_review_on__lte=day + timedelta(days=SOON_DAYS))
    rows = due.values("technology__owner__key", "technology__owner__name").annotate(
        title=Subquery(Team.objects.filter(pk=OuterRef("technology__owner")).values("title")),
        overdue=Count("pk", filter=Q(next_review_on__lt=day)),
        soon=Count("pk", filter=soon),
        total=Count("pk"),
    )
    owners = []
    for row in rows.order_by("-overdue", "-soon", "technology__owner__name"):
        key = row["technology__owner__key"] or NOBODY
        owners.append(
            {
                "title": row["title"] or row["technology__owner__name"] or "Nobody",
                "href": query_string(listed.params, owner=key, page=""),
                "is_chosen": key == chosen,
                "overdue": row["overdue"],
                "soon": row["soon"],
                "total": row["total"],
            }
        )
    return owners


def _filters(person: Person) -> list[Filter]:
    def owned(rows: QuerySet[Entry], value: str) -> QuerySet[Entry]:
        if value == MINE:
            return rows.filter(technology__owner__in=teams_of(person))
        if value == NOBODY:
            return rows.filter(technology__owner=None)
        return rows.filter(technology__owner__key=value)

    def falling(rows: QuerySet[Entry], value: str) -> QuerySet[Entry]:
        day = today()
        if value == "overdue":
            return rows.filter(next_review_on__lt=day)
        return rows.filter(
            next_review_on__gte=day, next_review_on__lte=day + timedelta(days=SOON_DAYS)
        )

    def owners() -> list[tuple[str, str]]:
        teams = Team.objects.filter(technologies__entries__next_review_on__isnull=False)
        found = [(team.key, str(team)) for team in teams.distinct()]
        return [(MINE, "My teams"), (NOBODY, "Nobody"), *found]

    return [
        Filter(
            key="q",
            title="Find technologies",
            apply=lambda rows, value: rows.filter(technology__name__icontains=value),
        ),
        Filter(key="owner", title="Owner", apply=owned, options=owners),
        Filter(
            key="due",
            title="Due",
            apply=falling,
            options=lambda: [("overdue", "Overdue"), ("soon", f"In {SOON_DAYS} days")],
        ),
    ]
