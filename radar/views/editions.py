"""Editions: what each changed, publishing the next, and comparing two of them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.forms import add_error, posted
from portal.accounts.roles import Permission, may, require
from portal.accounts.views.me import current
from portal.lib.errors import Conflict
from portal.lib.htmx import render_page
from portal.shell.words import count_words
from radar import actions
from radar.compare import Comparison, compare
from radar.drafts import DRAFT_KEY
from radar.drawing import Picture
from radar.drawing_comparison import draw_comparison
from radar.forms import PublishForm
from radar.models import Edition, Movement, Placement
from radar.state import Snapshot, snapshot_of
from radar.use_jobs import file_look
from radar.views.common import Refused, pick, the_editions, the_radar, today


@dataclass(frozen=True)
class Line:
    """An edition with what it has and what it changed against the one before."""

    edition: Edition
    total: int
    new: int
    moved: int
    gone: int
    before: Edition | None


@require_safe
def editions(request: HttpRequest, radar: str) -> HttpResponse:
    """Every edition, the newest first."""
    found, rows = the_editions(radar)
    context = {
        "radar": found,
        "lines": _lines(rows),
        "draft": next((row for row in rows if row.is_draft), None),
        "may_publish": bool(may(current(request), Permission.PUBLISH_RADAR)),
    }
    return render_page(request, "radar/editions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, radar: str) -> HttpResponse:
    """Show what the draft changes; publish it once that was seen."""
    person, day = current(request), today()
    require(person, Permission.PUBLISH_RADAR)
    found, rows = the_editions(radar)
    draft, last = pick(rows, key=DRAFT_KEY), next((row for row in rows if not row.is_draft), None)
    if draft is None:
        messages.info(request, f"{found} has no draft: everything in it is published.")
        return redirect("radar:editions", found.slug)
    after = snapshot_of(draft, today=day)
    taken = {row.title for row in rows if not row.is_draft}
    initial = {**PublishForm.suggested(day, taken), "seen_at": after.edition.updated_at}
    form = PublishForm(posted(request), initial=initial, taken=taken)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.publish(by=person, radar=found, now=timezone.now(), **form.cleaned_data)
        except Refused as error:
            form = _seen_anew(request.POST, after.edition, taken)
            add_error(form, error)
        else:
            file_look(by=person)  # what is on hold now, services may use
            messages.success(request, f"{made} is published. Nobody changes it any more.")
            return redirect("radar:radar", found.slug)
    before = snapshot_of(last, today=day) if last else None
    comparison = compare(before, after)
    context = {
        "radar": found,
        "form": form,
        "before": before,
        "after": after,
        "comparison": comparison,
        "picture": _picture(before, after, comparison),
    }
    status = 422 if form.errors else 200
    return render_page(request, "radar/publish.html", context, status=status)


@require_POST
def open_draft(request: HttpRequest, radar: str) -> HttpResponse:
    """Begin the next edition before anything was accepted for it."""
    found = the_radar(radar)
    try:
        actions.open_draft(by=current(request), radar=found, now=timezone.now())
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "The draft is open: accepted proposals and imports go into it.")
    return redirect("radar:editions", found.slug)


@require_POST
def discard_draft(request: HttpRequest, radar: str) -> HttpResponse:
    """Throw the draft away; what was accepted into it is proposed again."""
    found = the_radar(radar)
    try:
        gone = actions.discard_draft(by=current(request), radar=found)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        words = "The draft is discarded."
        if gone.reopened:
            again = "is open again" if gone.reopened == 1 else "are open again"
            words += f" {count_words(gone.reopened, 'proposal')} {again}."
        messages.success(request, words)
    return redirect("radar:editions", found.slug)


@require_safe
def compare_editions(request: HttpRequest, radar: str) -> HttpResponse:
    """Two states of a radar: `from` and `to` are an edition's key or a day."""
    (found, rows), day = the_editions(radar), today()
    to = _asked(request, "to") or _usual(rows)
    earlier = _asked(request, "from") or _before(rows, to)
    before, after = (_state(rows, key, day) for key in (earlier, to))
    comparison = compare(before, after) if before and after else None
    context = {
        "radar": found,
        "editions": rows,
        "sides": [_side("from", earlier, rows), _side("to", to, rows)],
        "before": before,
        "after": after,
        "comparison": comparison,
        "picture": _picture(before, after, comparison) if comparison and after else "",
    }
    return render_page(request, "radar/compare.html", context)


def _lines(editions: Sequence[Edition]) -> list[Line]:
    """What every edition changed; `editions` are the newest first, the draft before them all."""
    placed: dict[int, set[int]] = defaultdict(set)
    moves: dict[int, Counter[str]] = defaultdict(Counter)
    rows = Placement.objects.filter(edition__in=[row.pk for row in editions])
    for pk, technology, movement in rows.values_list("edition", "technology", "movement"):
        placed[pk].add(technology)
        moves[pk][movement] += 1
    lines = []
    for edition, before in zip_longest(editions, editions[1:]):
        here, moved = placed[edition.pk], moves[edition.pk]
        lines.append(
            Line(
                edition=edition,
                total=len(here),
                new=moved[Movement.NEW],
                moved=moved[Movement.MOVED_IN] + moved[Movement.MOVED_OUT],
                gone=len(placed[before.pk] - here) if before else 0,
                before=before,
            )
        )
    return lines


def _seen_anew(data: QueryDict, draft: Edition, taken: Collection[str]) -> PublishForm:
    """The form as it was filled in, about the draft as the page shows it now."""
    changed = data.copy()
    changed["seen_at"] = draft.updated_at.isoformat()
    form = PublishForm(changed, taken=taken)
    form.is_valid()
    return form


def _usual(editions: Sequence[Edition]) -> str:
    """The draft where there is one, else the newest edition; "" without any."""
    return editions[0].key if editions else ""


def _before(editions: Sequence[Edition], to: str) -> str:
    """The edition before another; of a day, the one before the newest."""
    keys = [row.key for row in editions]
    at = keys.index(to) if to in keys else 0
    return keys[at + 1] if at + 1 < len(keys) else ""


def _asked(request: HttpRequest, name: str) -> str:
    """A key, or a day; a day of its own field goes before what the choice says."""
    return request.GET.get(f"{name}_on", "") or request.GET.get(name, "")


def _side(name: str, value: str, editions: Sequence[Edition]) -> dict[str, object]:
    """A side as its controls show it: an edition chosen, or a day."""
    is_edition = any(row.key == value for row in editions)
    edition, day = (value, "") if is_edition else ("", value)
    return {"name": name, "edition": edition, "day": day}


def _picture(before: Snapshot | None, after: Snapshot, comparison: Comparison) -> SafeString:
    """The later state with arrows from where things were; escaped where it is drawn."""
    picture = Picture(
        geometry=after.geometry,
        title=f"{after.radar}, from {before.title} to {after.title}" if before else after.title,
        sectors=after.sectors,
        rings=after.rings,
        blips=after.blips,
    )
    return SafeString(draw_comparison(picture, comparison))


def _state(editions: Sequence[Edition], key: str, today: date) -> Snapshot | None:
    """The state in an edition, else on a day; None where there is none."""
    found = pick(editions, key=key) if key else None
    if found is not None:
        return snapshot_of(found, today=today)
    try:
        day = date.fromisoformat(key)
    except ValueError:
        return None
    found = pick(editions, on=day)
    return None if found is None else snapshot_of(found, on=day, today=today)
