"""Pages of jobs: the list, and one job with its progress."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from portal.jobs.job_list import COLUMNS, DEFAULT_SORT, filters
from portal.jobs.models import Job
from portal.lib.htmx import is_partial, render_page
from portal.lib.lists import list_page


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """All jobs, newest first."""
    listed = list_page(
        request.GET,
        Job.objects.with_duration(),
        columns=COLUMNS,
        filters=filters(),
        default_sort=DEFAULT_SORT,
    )
    return render_page(request, "jobs/list.html", {"list": listed}, partials=["jobs"])


@require_safe
def job(request: HttpRequest, number: int) -> HttpResponse:
    """One job. While it is active, its part of the page asks for itself again every second."""
    found = get_object_or_404(Job, pk=number)
    if is_partial(request) and request.headers.get("HX-Target") == f"job-{number}":
        return _embedded(request, found)
    return render_page(request, "jobs/job.html", {"job": found}, partials=["job"])


def _embedded(request: HttpRequest, job: Job) -> HttpResponse:
    """The progress as another page shows it, which may want to be loaded anew at the end."""
    then = "reload" if request.GET.get("then") == "reload" else ""
    response = render(request, "jobs/_progress.html", {"job": job, "then": then})
    if job.is_over and then:
        response["HX-Refresh"] = "true"
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
