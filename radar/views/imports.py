"""Importing into a radar: check first, see what would happen, then take it over."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.forms import add_error
from portal.accounts.models import Person
from portal.accounts.roles import Permission, require
from portal.accounts.views.me import current
from portal.jobs.queue import enqueue
from portal.lib.errors import Conflict, Invalid
from portal.lib.htmx import render_page
from radar.actions.imports import MOST_BYTES, check_import
from radar.actions.imports import confirm_import as confirm
from radar.import_jobs import KIND
from radar.importers.formats import FORMATS
from radar.importers.run import KINDS
from radar.models import RadarImport
from radar.views.common import the_radar

_RECENT = 10
_TITLES = {"edition": "Editions", "placement": "Blips", "technology": "Technologies"}


class ImportForm(forms.Form):
    """A file, an address or text, and what the file itself may not say."""

    file = forms.FileField(
        label="File",
        required=False,
        help_text="CSV, JSON, YAML, Markdown, TOML, a page, or a ZIP of several files.",
        widget=forms.ClearableFileInput(attrs={"class": "field"}),
    )
    source = forms.CharField(
        label="Address or folder",
        required=False,
        max_length=500,
        help_text="An http(s) address of a file, or a folder below PORTAL_CHECKOUTS.",
        widget=forms.TextInput(attrs={"class": "field", "autocomplete": "off"}),
    )
    text = forms.CharField(
        label="Text",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"class": "field mono", "rows": 8, "spellcheck": "false"}),
    )
    format = forms.ChoiceField(
        label="Format",
        required=False,
        choices=[("", "Guess by content"), *((one.key, one.title) for one in FORMATS.values())],
        widget=forms.Select(attrs={"class": "field"}),
    )
    edition = forms.CharField(
        label="Edition",
        required=False,
        max_length=120,
        help_text="Such as 2026-Q4, where neither the file nor its name says it.",
        widget=forms.TextInput(attrs={"class": "field", "autocomplete": "off"}),
    )
    day = forms.DateField(
        label="Counts from",
        required=False,
        widget=forms.DateInput(attrs={"class": "field", "type": "date"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new_import(request: HttpRequest, radar: str) -> HttpResponse:
    """Ask for an import, which is checked before anything is written."""
    person = current(request)
    require(person, Permission.PUBLISH_RADAR)
    found = the_radar(radar)
    is_posted = request.method == "POST"
    form = ImportForm(request.POST, request.FILES) if is_posted else ImportForm()
    if is_posted and form.is_valid():
        data = dict(form.cleaned_data)
        upload = data.pop("file")
        file = (upload.name, upload.read(MOST_BYTES + 1)) if upload else None
        try:
            run = check_import(by=person, radar=found, file=file, **data)
        except Invalid as error:
            add_error(form, error)
        else:
            _file(run, person, "Check")
            return redirect("radar:import_run", found.slug, run.pk)
    runs = RadarImport.objects.filter(radar_slug=found.slug)
    context = {
        "radar": found,
        "form": form,
        "recent": runs.defer("text", "rows", "problems")[:_RECENT],
    }
    return render_page(request, "radar/import.html", context, status=422 if form.errors else 200)


@require_safe
def import_run(request: HttpRequest, radar: str, number: int) -> HttpResponse:
    """One import: its progress, what it would change or changed, and what was refused."""
    require(current(request), Permission.PUBLISH_RADAR)
    found = the_radar(radar)
    runs = RadarImport.objects.select_related("job").defer("text")
    run = get_object_or_404(runs, pk=number, radar_slug=found.slug)
    job = run.job
    known = FORMATS.get(run.format)
    context = {
        "radar": found,
        "run": run,
        "job": job,
        "format": known.title if known else "",
        "is_waiting": job is not None and not job.is_over,
        "failure": run.failure or (job.reason if job is not None else ""),
        "counts": [(_TITLES[kind], run.counts[kind]) for kind in KINDS if kind in run.counts],
        "refused": [problem for problem in run.problems if problem["refused"]],
        "remarks": [problem for problem in run.problems if not problem["refused"]],
        "may_confirm": run.checked_at is not None
        and run.confirmed_at is None
        and any(states["created"] or states["changed"] for states in run.counts.values()),
    }
    return render_page(request, "radar/import_run.html", context)


@require_POST
def confirm_import(request: HttpRequest, radar: str, number: int) -> HttpResponse:
    """Take over what was checked."""
    person = current(request)
    require(person, Permission.PUBLISH_RADAR)
    found = the_radar(radar)
    run = get_object_or_404(RadarImport.objects.defer("text"), pk=number, radar_slug=found.slug)
    try:
        run = confirm(run, by=person, radar=found)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        _file(run, person, "Import")
    return redirect("radar:import_run", found.slug, run.pk)


def _file(run: RadarImport, person: Person, verb: str) -> None:
    """File the job and remember it with the run."""
    job, _ = enqueue(
        KIND,
        title=f"{verb} {run.source or run.file_name or 'pasted text'}"[:200],
        by=person,
        args={"run": run.pk},
        subject=("radar import", str(run.pk)),
    )
    run.job = job
    run.save(update_fields=["job"])
