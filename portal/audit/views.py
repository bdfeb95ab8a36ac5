"""`/audit/`: who did what to what. Everybody who is signed in may read it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from portal.audit.export import lines
from portal.audit.models import Event
from portal.audit.pages import COUNTED, Question, event_page, suggestions
from portal.audit.sentences import Difference, differences, sentence
from portal.lib.errors import NotFound
from portal.lib.htmx import render_page
from portal.lib.lists import query_string
from portal.lib.registry import audit_sentences, link_targets


@dataclass(frozen=True)
class Row:
    """An event as drawn."""

    event: Event
    sentence: SafeString
    differences: list[Difference]


@require_safe
def events(request: HttpRequest) -> HttpResponseBase:
    question = Question.of(request.GET)
    if request.GET.get("format") == "csv":
        return _csv(question)
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    page = event_page(question, before=before, after=after)
    actors, kinds = suggestions()
    at = {"before": "", "after": ""}
    context = {
        "question": question,
        "page": page,
        "rows": [_row(event) for event in page.rows],
        "counted": COUNTED,
        "actors": actors,
        "kinds": sorted({*kinds, *(target.key for target in link_targets)}),
        "verbs": [entry.key for entry in audit_sentences],
        "newer_href": query_string(request.GET, **(at | {"after": str(page.newer or "")})),
        "older_href": query_string(request.GET, **(at | {"before": str(page.older or "")})),
        "csv_href": query_string(request.GET, **at, format="csv"),
        "is_latest": not (before or after),
    }
    return render_page(request, "audit/events.html", context, partials=["events"])


@require_safe
def subject(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """To the page of what an event is about, where it has one and still exists."""
    target = link_targets.get(kind)
    found = target.resolve([key]).get(key) if target and target.may_see(request.user) else None
    if found is None:
        raise NotFound(f"The {kind} {key} has no page, or is gone. Its events stay.")
    return redirect(found[1])


def _csv(question: Question) -> StreamingHttpResponse:
    response = StreamingHttpResponse(
        lines(question.narrow(Event.objects.all())), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


def _row(event: Event) -> Row:
    known = audit_sentences.get(event.verb)
    title = event.subject_title or event.subject_key
    return Row(
        event=event,
        sentence=sentence(
            known.sentence if known else None,
            verb=event.verb,
            actor=format_html("<b>{}</b>", event.actor_name),
            subject=_subject_link(event, title),
            before=event.before,
            after=event.after,
        ),
        differences=differences(event.before, event.after),
    )


def _subject_link(event: Event, title: str) -> SafeString:
    """A link where the kind has pages; the page itself is looked up when somebody follows it."""
    if event.subject_kind not in link_targets or not event.subject_key:
        return format_html("{}", title)
    return format_html(
        '<a href="{}">{}</a>',
        reverse("audit:subject", args=[event.subject_kind, event.subject_key]),
        title,
    )
