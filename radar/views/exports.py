"""A radar in other programs' formats: what each can carry, and the files themselves."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal.accounts.models import Team
from portal.accounts.views.me import current
from portal.lib.htmx import render_page
from radar.blip import Blip
from radar.exporters import drawn, listing
from radar.exporters.formats import EXPORTS, export
from radar.filters import SECTOR, Selection
from radar.state import Snapshot, snapshot_of
from radar.use import technology_ids_of_team
from radar.views.common import pick, the_editions, today

LIST = "csv"


@require_safe
def formats(request: HttpRequest, radar: str) -> HttpResponse:
    """The formats with what each can't carry, for the state that the address asks for."""
    current(request)
    found, editions = the_editions(radar)
    selection = Selection.parse(request.GET)
    base = pick(editions, key=selection.edition, on=selection.on)
    state = Selection(edition=selection.edition, on=selection.on).query()
    context = {
        "radar": found,
        "exports": EXPORTS.values(),
        "edition": base,
        "on": selection.on if not selection.edition else None,
        "query": "" if state == "?" else state,
    }
    return render_page(request, "radar/export.html", context)


@require_safe
def download(request: HttpRequest, radar: str, format_: str) -> HttpResponse:
    """A radar in one format; the list as CSV is narrowed as the address says."""
    current(request)
    if format_ != LIST and format_ not in EXPORTS:
        raise Http404("There is no such format.")
    _, editions = the_editions(radar)
    selection = Selection.parse(request.GET)
    on = None if selection.edition else selection.on
    base = pick(editions, key=selection.edition, on=on)
    if base is None:
        raise Http404("The radar has no such edition.")
    shown = snapshot_of(base, on=on, today=today())
    data: str | bytes
    if format_ == LIST:
        name = f"{_name(shown)}-list.csv"
        data, content_type = listing.write(shown, _fitting(shown, selection)), "text/csv"
    elif format_ == "svg":
        name, data = f"{_name(shown)}.svg", _drawn(request, shown, selection)
        content_type = EXPORTS[format_].content_type
    else:
        name, data = export(shown, format_)
        content_type = EXPORTS[format_].content_type
    charset = "" if isinstance(data, bytes) and name.endswith(".zip") else "; charset=utf-8"
    response = HttpResponse(data, content_type=content_type + charset)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _name(shown: Snapshot) -> str:
    return f"{shown.radar.slug}-{shown.on.isoformat() if shown.on else shown.edition.key}"


def _fitting(shown: Snapshot, selection: Selection) -> list[Blip]:
    """The blips that the address leaves."""
    team = Team.objects.filter(key=selection.team).first() if selection.team else None
    used = technology_ids_of_team(team) if team else None
    return selection.fitting(
        shown.blips, sectors=shown.sectors, rings=shown.rings, team_technologies=used
    )


def _drawn(request: HttpRequest, shown: Snapshot, selection: Selection) -> str:
    """The picture as the page shows it: narrowed, and one sector where that is chosen."""
    orders = {row.key: row.order for row in shown.sectors}
    return drawn.picture(
        shown,
        matching=(
            {blip.slug for blip in _fitting(shown, selection)} if selection.is_narrowed else None
        ),
        sector=orders.get(selection.sector) if selection.view == SECTOR else None,
        address=request.build_absolute_uri("/").rstrip("/"),
    )
