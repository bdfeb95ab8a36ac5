"""All radars, a new one, and what one is made of."""

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.forms import add_error, posted
from portal.accounts.roles import Permission, may, require
from portal.accounts.views.me import current
from portal.lib.htmx import render_page
from radar import actions
from radar.forms import NewRadarForm, RadarForm, radar_as_it_is, usual_radar
from radar.models import Edition, Proposal, Radar
from radar.views.common import Refused, the_radar, today


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The one radar, or the list of them."""
    radars = list(_with_numbers())
    if len(radars) == 1:
        return redirect("radar:radar", radars[0].slug)
    context = {
        "radars": radars,
        "may_add": bool(may(current(request), Permission.PUBLISH_RADAR)),
    }
    return render_page(request, "radar/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_radar(request: HttpRequest) -> HttpResponse:
    """A radar without anything in it yet."""
    person = current(request)
    require(person, Permission.PUBLISH_RADAR)
    form = NewRadarForm(posted(request), initial=usual_radar())
    if request.method == "POST" and form.is_valid():
        try:
            radar = actions.create_radar(by=person, now=timezone.now(), **form.specs())
        except Refused as error:
            add_error(form, error)
        else:
            messages.success(request, f"{radar} is there. Propose what belongs on it, or import.")
            return redirect("radar:radar", radar.slug)
    status = 422 if form.errors else 200
    return render_page(request, "radar/new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, radar: str) -> HttpResponse:
    """A radar's words, sectors and rings."""
    person, found = current(request), the_radar(radar)
    require(person, Permission.PUBLISH_RADAR)
    form = RadarForm(posted(request), initial=radar_as_it_is(found))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_radar(by=person, radar=found, **form.specs())
        except Refused as error:
            add_error(form, error)
        else:
            messages.success(request, "The radar's settings are saved.")
            return redirect("radar:settings", found.slug)
    context = {"radar": found, "form": form}
    status = 422 if form.errors else 200
    return render_page(request, "radar/settings.html", context, status=status)


def _with_numbers() -> list[Radar]:
    """Radars with what their lines say, in one query."""
    default = Edition.objects.filter(radar=OuterRef("pk")).drafts_last()
    blips = default.annotate(n=Count("placements")).values("n")[:1]
    overdue = Q(entries__next_review_on__lt=today())
    open_ones = Q(proposals__state=Proposal.State.OPEN)
    return list(
        Radar.objects.annotate(
            edition_title=Subquery(default.values("title")[:1]),
            blips=Subquery(blips),
            overdue=Count("entries", filter=overdue, distinct=True),
            open_proposals=Count("proposals", filter=open_ones, distinct=True),
        )
    )
