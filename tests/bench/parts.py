"""What is timed: imports, evaluation, pages and the API under load."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.accounts.actions import create_token
from portal.accounts.models import Person, Role
from portal.catalog.models import Service
from portal.operations.start import collect_static
from scorecards.evaluation import evaluate
from scorecards.evaluation_jobs import file_evaluation
from scorecards.models import Check, CheckVersion, Result, Scorecard, Snapshot
from scorecards.publishing import publish_packs
from scorecards.ruleset import load_ruleset
from tests import servers
from tests.bench import radar
from tests.bench.generate import Size
from tests.bench.load import Request, Timing, run_load
from tests.bench.process import ROOT, manage
from tests.bench.report import Report

CHECKS_A_SERVICE = 40
FOUR, SIXTEEN = 4, 16


def catalog_import(report: Report) -> None:
    """10,000 entities in 1,000 files, into an empty database of either kind."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as postgres:
        postgres.execute("CREATE DATABASE imported")
    with TemporaryDirectory(prefix="portal-bench-import-") as name:
        folder = Path(name) / "catalogue"
        _write_catalogue(folder, 10_000)
        for title, database in {
            "PostgreSQL": url.replace("/portal", "/imported"),
            "SQLite": f"sqlite:///{name}/portal.sqlite3",
        }.items():
            manage("migrate", "--verbosity=0", DATABASE_URL=database)
            for run, what in (("first", "imported"), ("second", "unchanged")):
                seconds = manage("import_catalog", str(folder), DATABASE_URL=database)
                note = f"{run} run, all {what}; the process's start included"
                report.add(f"import of 10,000 entities, {title}", seconds, 8, "s", note)


def _write_catalogue(folder: Path, count: int) -> None:
    owners = [f"team-{n}" for n in range(100)]
    texts = [
        f"apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: {owner}\n"
        "spec:\n  type: team\n  children: []\n"
        for owner in owners
    ]
    for n in range(count - len(owners)):
        texts.append(
            "apiVersion: backstage.io/v1alpha1\n"
            "kind: Component\n"
            "metadata:\n"
            f"  name: service-{n}\n"
            f"  description: Service number {n} of the bench\n"
            "  tags: [go, bench]\n"
            "  annotations:\n"
            f"    github.com/project-slug: bench/service-{n}\n"
            "  links:\n"
            f"    - url: https://dashboards.bench.example/{n}\n"
            "      title: Dashboard\n"
            "spec:\n"
            "  type: service\n"
            "  lifecycle: production\n"
            f"  owner: team-{n % 100}\n"
            f"  dependsOn: ['component:service-{(n * 7 + 1) % (count - 100)}']\n"
        )
    for start in range(0, count, 10):
        place = folder / f"part-{start // 10}"
        place.mkdir(parents=True)
        (place / "catalog-info.yaml").write_text("---\n".join(texts[start : start + 10]))


def evaluation(report: Report, size: Size) -> None:
    """All results for the first time, with nothing new, with 2 % new, and one service."""
    publish_packs()
    _fill_up_checks()
    first = _evaluate_all()
    report.add(
        f"first evaluation, {Result.objects.count():,} results", first, 180, "s", "two workers"
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    _touch(share=0.02)
    before = Result.objects.order_by("-changed_at").values_list("changed_at", flat=True)[0]
    again = _evaluate_all()
    moved = Result.objects.filter(changed_at__gt=before).count()
    share = moved / Result.objects.count()
    report.add("evaluation with 2 % changing", again, 60, "s", f"{share:.1%} of results changed")
    ruleset = load_ruleset()
    ids = list(Service.objects.values_list("pk", flat=True)[:200])
    times = []
    for pk in ids:
        started = time.perf_counter()
        evaluate([pk], ruleset, now=timezone.now())
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    report.add("one service evaluated, p95", times[int(0.95 * len(times))], 50, "ms")


def _fill_up_checks() -> None:
    """Add checks until a service has forty."""
    card = Scorecard.objects.create(
        slug="bench",
        title="Bench",
        levels=[{"key": "bronze", "title": "Bronze"}],
        order=9,
    )
    for number in range(CHECKS_A_SERVICE - Check.objects.exclude(current=None).count()):
        check = Check.objects.create(slug=f"bench-{number}", scorecard=card)
        check.current = CheckVersion.objects.create(
            check_row=check,
            number=1,
            title=f"Bench {number}",
            expression=f"repo.open_issues >= 0 && repo.merged_30d > {number}",
            weight=1,
            level="bronze",
            why="To have forty.",
            fix="Nothing.",
            published_at=timezone.now(),
            published_by="bench",
        )
        check.save()


def _evaluate_all() -> float:
    jobs = file_evaluation()
    started = time.perf_counter()
    workers = [
        subprocess.Popen([sys.executable, "-m", "tests.bench.worker", str(job.pk)], cwd=ROOT)
        for job in jobs
    ]
    codes = [worker.wait() for worker in workers]
    if any(codes):
        raise RuntimeError("an evaluation failed")
    return time.perf_counter() - started


def _touch(share: float) -> None:
    """Turn every yes-or-no fact of some services around."""
    ids = list(Service.objects.order_by("pk").values_list("pk", flat=True))
    chosen = random.Random("touch").sample(ids, int(len(ids) * share))
    rows = list(Snapshot.objects.filter(service__in=chosen))
    for row in rows:
        for entry in row.facts.values():
            if isinstance(entry.get("value"), bool):
                entry["value"] = not entry["value"]
            elif isinstance(entry.get("value"), int | float):
                entry["value"] = entry["value"] + 1
    Snapshot.objects.bulk_update(rows, ["facts"], batch_size=500)


def load(report: Report, *, pages: bool, api: bool) -> None:
    """Start the web server as in production and put it under load."""
    collect_static(lambda line: None)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    with _web() as base:
        if pages:
            _load_pages(report, base)
        if api:
            _load_api(report, base)


@contextmanager
def _web() -> Iterator[str]:
    port = servers.free_port()
    base = f"http://127.0.0.1:{port}"
    with TemporaryDirectory(prefix="portal-bench-web-") as name:
        server = servers.start_process(
            [
                *(sys.executable, "-m", "gunicorn"),
                *("--config", "python:portal.operations.web", "portal.wsgi"),
            ],
            url=base,
            folder=Path(name),
            is_ready=lambda: servers.answers(f"{base}/health/live"),
            environment=os.environ | {"PORT": str(port), "PYTHONPATH": str(ROOT)},
        )
        try:
            yield base
        finally:
            server.stop()


def _load_pages(report: Report, base: str) -> None:
    lead = Person.objects.filter(role=Role.LEAD).order_by("pk")[3]
    team = lead.teams.get()
    headers = {"Cookie": _session(lead), "Accept-Encoding": "gzip"}
    keys = list(Service.objects.order_by("?").values_list("key", flat=True)[:40])
    for title, paths in {
        "desk": ["/"],
        "services": ["/services/", "/services/?page=200", "/services/?sort=-name"],
        "services, filtered": ["/services/?tier=1&lifecycle=production", "/services/?q=api"],
        "service": [f"/services/{key}/" for key in keys],
        "a lead's team": [f"/teams/{team.key}/"],
        "scorecards": ["/scorecards/"],
        "radar, 300 blips": [f"/radar/{radar.SLUG}/"],
        "a technology": [f"/radar/technologies/technology-{n}/" for n in range(900, 940)],
        "audit": ["/audit/"],
        "search": ["/search/?q=checkout", "/search/?q=pay"],
    }.items():
        requests = [Request("GET", path, headers) for path in paths]
        _both(report, f"page: {title}", base, requests, (50, 150, 300))
    radar.weight(report, base, headers["Cookie"])


def _load_api(report: Report, base: str) -> None:
    admin = Person.objects.filter(role=Role.ADMIN).order_by("pk")[0]
    _, secret = create_token(
        by=admin, person=admin, name="bench", scopes=["read", "refresh"], days=1, now=timezone.now()
    )
    headers = {"Authorization": f"Bearer {secret}", "Accept-Encoding": "gzip"}
    keys = list(Service.objects.order_by("?").values_list("key", flat=True)[:1000])
    gets = {
        "services": ["/api/v1/services", "/api/v1/services?limit=100"],
        "one service": [f"/api/v1/services/{key}" for key in keys[:40]],
        "results of a service": [f"/api/v1/results?service={key}" for key in keys[:40]],
    }
    for title, paths in gets.items():
        requests = [Request("GET", path, headers) for path in paths]
        _both(report, f"API GET: {title}", base, requests, (50, 150, 300))
    posts = [Request("POST", f"/api/v1/services/{key}/refresh", headers) for key in keys]
    _both(report, "API POST: refresh", base, posts, (100, 300, 500), accept=(200, 202))


def _both(
    report: Report,
    what: str,
    base: str,
    requests: Sequence[Request],
    targets: tuple[float, float, float],
    accept: Sequence[int] = (200,),
) -> None:
    for connections, factor in ((FOUR, 1), (SIXTEEN, 4)):
        timing = run_load(base, requests, connections=connections, total=400, accept=accept)
        if timing.bad:
            raise RuntimeError(f"{what}: {timing.bad} of {timing.count} answers were refused")
        _lines(report, f"{what}, {connections} connections", timing, targets, factor)


def _lines(
    report: Report, what: str, timing: Timing, targets: tuple[float, float, float], factor: int
) -> None:
    for name, target in zip(("p50", "p95", "p99"), targets, strict=True):
        note = f"{timing.size / 1024:.0f} KB" if name == "p50" else ""
        report.add(f"{what}, {name}", getattr(timing, name), target * factor, "ms", note)


def _session(person: Person) -> str:
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"
