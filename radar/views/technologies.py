"""Technologies: the list of all, the whole story of one, and changing what is said of it."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.forms import add_error, posted
from portal.accounts.models import Person
from portal.accounts.roles import Permission, may, require
from portal.accounts.views.me import current
from portal.catalog.links import ResolvedLink, resolve
from portal.catalog.models import Link
from portal.lib.htmx import render_page
from radar import actions, timeline
from radar.forms import TechnologyForm
from radar.history import Story, stories
from radar.models import Entry, Proposal, Technology
from radar.reviews import is_overdue
from radar.technology_list import TechnologyList
from radar.use_lists import uses_page
from radar.views.common import Refused, today


@dataclass(frozen=True)
class Drawn:
    """A story with its timeline and its next review."""

    story: Story
    line: timeline.Line
    titles: list[tuple[str, str]]  # meaning and title of each ring that occurs, innermost first
    entry: Entry | None
    is_overdue: bool
    open_proposals: list[Proposal]

    @property
    def since(self) -> date:
        """Since when it is where it is now."""
        return self.story.segments[-1].since


@require_safe
def technologies(request: HttpRequest) -> HttpResponseBase:
    """Every technology that some radar or import named; `format=csv` hands them out."""
    known = TechnologyList(request.GET)
    if request.GET.get("format") == "csv":
        response = StreamingHttpResponse(known.csv(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="technologies.csv"'
        return response
    listed = known.page()
    context = {"list": listed, "csv_href": listed.href(format="csv", page="")}
    return render_page(request, "radar/technologies.html", context, partials=["technologies"])


@require_safe
def technology(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is, its way through every radar, and who uses it."""
    person = current(request)
    found, entries = _with_entries(slug)
    told = stories(found, person=person)
    context = {
        "technology": found,
        "stories": [_drawn(story, entries.get(story.radar.pk)) for story in told],
        "links": _links(found, person),
        "may_edit": bool(may(person, Permission.EDIT_TECHNOLOGY, found)),
        "uses": uses_page(found, request.GET),
    }
    return render_page(request, "radar/technology.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_technology(request: HttpRequest, slug: str) -> HttpResponse:
    person = current(request)
    found = get_object_or_404(Technology.objects.select_related("owner"), slug=slug)
    require(person, Permission.EDIT_TECHNOLOGY, found)
    form = TechnologyForm(posted(request), initial=TechnologyForm.said_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_technology(by=person, technology=found, **form.cleaned_data)
        except Refused as error:
            add_error(form, error)
            found.refresh_from_db()
        else:
            messages.success(request, f"What is said of {found} is saved.")
            return redirect("radar:technology", found.slug)
    context = {"technology": found, "form": form}
    status = 422 if form.errors else 200
    return render_page(request, "radar/edit_technology.html", context, status=status)


def _with_entries(slug: str) -> tuple[Technology, dict[int, Entry]]:
    """A technology with what each radar remembers of it, by the radar's id; one query where some
    radar does."""
    rows = Entry.objects.filter(technology__slug=slug).select_related("technology__owner")
    entries = {row.radar_id: row for row in rows}
    for entry in entries.values():
        return entry.technology, entries
    return get_object_or_404(Technology.objects.select_related("owner"), slug=slug), {}


def _links(technology: Technology, person: Person) -> list[ResolvedLink]:
    """What is linked with it, whichever way: one query, and one for each kind of thing."""
    here = "technology", technology.slug
    rows = Link.objects.filter(
        Q(from_kind=here[0], from_key=here[1]) | Q(to_kind=here[0], to_key=here[1])
    )
    ends = [
        (row.to_kind, row.to_key, row.role)
        if (row.from_kind, row.from_key) == here
        else (row.from_kind, row.from_key, row.role)
        for row in rows
    ]
    return resolve(ends, person)


def _drawn(story: Story, entry: Entry | None) -> Drawn:
    """Rings are those that the story names, in the radar's order: no other matters to it."""
    rings = {segment.ring.order: segment.ring for segment in story.segments if segment.ring}
    rows = {order: row for row, order in enumerate(sorted(rings))}
    stays = [
        timeline.Stay(rows[row.ring.order] if row.ring else None, row.since, row.until)
        for row in story.segments
    ]
    due = entry.next_review_on if entry is not None else None
    return Drawn(
        story=story,
        line=timeline.lay_out(stays, len(rings), today()),
        titles=[(rings[order].meaning, rings[order].title) for order in sorted(rings)],
        entry=entry if due is not None else None,
        is_overdue=is_overdue(due, today()),
        open_proposals=[row for row in story.proposals if row.is_open],
    )
