"""Importing on the page: check first, see what would happen, then take it over."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.forms import add_error, posted
from portal.accounts.models import Person
from portal.accounts.roles import Permission, require
from portal.accounts.views.me import current
from portal.catalog import actions
from portal.catalog.forms import ImportForm
from portal.catalog.import_jobs import KIND
from portal.catalog.kinds import NOUN_WORDS, NOUNS
from portal.catalog.models import CatalogSource, ImportRun
from portal.jobs.queue import enqueue
from portal.lib.errors import Conflict, Invalid
from portal.lib.htmx import render_page

_RECENT = 10


@require_http_methods(["GET", "HEAD", "POST"])
def new_import(request: HttpRequest) -> HttpResponse:
    """Ask for an import: a place or pasted text, which is checked before anything is written."""
    person = current(request)
    require(person, Permission.IMPORT_CATALOG)
    form = ImportForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            run = actions.check_import(by=person, **form.cleaned_data)
        except Invalid as error:
            add_error(form, error)
        else:
            _file(run, person, "Check")
            return redirect("catalog:import_run", run.pk)
    context = {
        "form": form,
        "recent": ImportRun.objects.defer("text", "rows", "problems")[:_RECENT],
        "sources": CatalogSource.objects.exclude(kind="page").order_by("title"),
    }
    status = 422 if form.errors else 200
    return render_page(request, "catalog/import.html", context, status=status)


@require_safe
def import_run(request: HttpRequest, number: int) -> HttpResponse:
    """One import: its progress, what it would change or changed, and what was refused."""
    require(current(request), Permission.IMPORT_CATALOG)
    run = get_object_or_404(ImportRun.objects.select_related("job").defer("text"), pk=number)
    job = run.job
    context = {
        "run": run,
        "job": job,
        "is_waiting": job is not None and not job.is_over,
        "failure": run.failure or (job.reason if job is not None else ""),
        "counts": [
            (NOUN_WORDS.get(noun, noun.capitalize()), states)
            for noun, states in sorted(run.counts.items(), key=_order)
        ],
        "refused": [problem for problem in run.problems if problem["refused"]],
        "remarks": [problem for problem in run.problems if not problem["refused"]],
        "may_confirm": run.checked_at is not None
        and run.confirmed_at is None
        and any(row["state"] in ("created", "changed") for row in run.rows),
    }
    return render_page(request, "catalog/import_run.html", context)


@require_POST
def confirm_import(request: HttpRequest, number: int) -> HttpResponse:
    """Take over what was checked."""
    person = current(request)
    run = get_object_or_404(ImportRun.objects.defer("text"), pk=number)
    try:
        run = actions.confirm_import(run, by=person)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        _file(run, person, "Import")
    return redirect("catalog:import_run", run.pk)


def _order(count: tuple[str, object]) -> int:
    """Nouns in their order, whatever the database made of it."""
    return NOUNS.index(count[0])


def _file(run: ImportRun, person: Person, verb: str) -> None:
    """File the job and remember it with the run."""
    job, _ = enqueue(
        KIND,
        title=f"{verb} {run.source or 'pasted text'}",
        by=person,
        args={"run": run.pk},
        subject=("import", str(run.pk)),
    )
    run.job = job
    run.save(update_fields=["job"])
