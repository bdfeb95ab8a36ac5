"""What a refresh costs outside: 1,000 repositories on the GitHub double."""

import time

from django.conf import settings

from portal.catalog.models import Service
from portal.jobs.models import CachedAnswer, Job, Quota
from portal.jobs.worker import run_job
from scorecards.models import SourceState
from scorecards.refresh import file_refresh
from tests.bench.report import Report
from tests.factories import make_service
from tests.github_double import Double, World, repository
from tests.github_double.server import TOKEN

REPOSITORIES = 1_000


def sources(report: Report) -> None:
    """Measure on an empty catalogue, and leave it empty."""
    before = settings.ENV
    try:
        _github(report)
    finally:
        settings.ENV = before
        for model in (Service, Job, CachedAnswer, Quota, SourceState):
            model._default_manager.all().delete()


def _github(report: Report) -> None:
    with Double(World()) as double:
        for number in range(REPOSITORIES):
            double.world.add(repository(f"acme/r{number}", files=_files(number)))
            make_service(f"r{number}", repository=f"acme/r{number}")
        double.world.alerts["acme", "code-scanning"] = [
            {"repository": f"acme/r{number}", "severity": "high"} for number in range(300)
        ]
        settings.ENV = settings.ENV.model_copy(
            update={"github_url": double.url, "github_token": TOKEN}
        )
        seconds = _refresh()
        facts, files = double.count("Facts"), double.count() - double.count("Facts")
        report.add("GitHub, 1,000 repositories: calls for facts", facts, 25, "")
        report.add("GitHub, 1,000 repositories: calls for files, cold", files, 120, "")
        report.remark(f"the cold refresh of 1,000 repositories on the double took {seconds:.0f} s")
        double.clear()
        _refresh()
        report.add("GitHub, 1,000 repositories: points for facts", double.points, 100, "")
        again = double.count() - double.count("Facts")
        report.add("GitHub, again at once: calls for files", again, 0, "")
        report.add("GitHub, again at once: spent on lists", double.spent_on_lists, 0, "")


def _files(number: int) -> dict[str, str]:
    """A repository with a lock file as long as most are, every eighth as long as is read."""
    kilobytes = 390 if number % 8 == 0 else 30 + number % 120
    package = '[[package]]\nname = "package-{}"\nversion = "1.{}.0"\n' + "# hashes\n" * 20
    names = range(kilobytes * 1024 // len(package))
    asked = ", ".join(f'"package-{name}"' for name in names[:30])
    return {
        "README.md": "What it does. " * 40,
        "pyproject.toml": f"[project]\ndependencies = [{asked}]\n[tool.ruff]\n",
        "uv.lock": "".join(package.format(name, number % 9) for name in names),
        "Dockerfile": "FROM python:3.12-slim\n",
        "compose.yaml": "services:\n  db:\n    image: postgres:16\n",
        "k8s/web.yaml": "apiVersion: apps/v1\nkind: Deployment\nimage: acme/web:1\n",
    }


def _refresh() -> float:
    job, _ = file_refresh(source_keys=["github"])
    started = time.perf_counter()
    run_job(job.pk)
    job.refresh_from_db()
    if job.summary.get("failed") or job.reason:
        raise RuntimeError(f"the refresh failed: {job.reason} {job.summary.get('failed')}")
    return time.perf_counter() - started
