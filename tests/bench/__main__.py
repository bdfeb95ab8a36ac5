"""`python -m tests.bench`: generate, time, and write `docs/bench.md`.

    python -m tests.bench                     everything at full size
    python -m tests.bench --scale 0.05        a quick look (targets still named for full size)
    python -m tests.bench --only pages,api    some parts

A PostgreSQL and a Redis of its own are started and thrown away; nothing else on the machine is
touched.
"""

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg

from tests import servers

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = ("sources", "import", "radar", "evaluation", "pages", "api", "start")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "bench.md")
    options = parser.parse_args()
    chosen = set(options.only.split(","))
    if unknown := chosen - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-bench-")))
        postgres = servers.start_postgres()
        stack.callback(postgres.stop)
        redis = servers.start_redis()
        stack.callback(redis.stop)
        _environment(folder, postgres.url, redis.url)
        return _run(chosen, options.scale, options.output)


def _environment(folder: Path, postgres_url: str, redis_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE portal")
        for name, value in {
            "shared_buffers": "1GB",
            "work_mem": "32MB",
            "maintenance_work_mem": "256MB",
            "max_wal_size": "4GB",
        }.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.execute("SELECT pg_reload_conf()")
    for name in list(os.environ):
        if name.startswith(("PORTAL_", "GITHUB_", "PROMETHEUS_", "REDIS_")):
            del os.environ[name]
    os.environ |= {
        "PORTAL_DATA": str(folder),
        "PORTAL_SECRET_KEY": "only-for-the-bench-" + "x" * 32,
        "PORTAL_HOSTS": "127.0.0.1",
        "PORTAL_URL": "http://127.0.0.1",
        "REDIS_URL": redis_url,
        "PORTAL_LOG_LEVEL": "ERROR",
        "DATABASE_URL": postgres_url.replace("/postgres", "/portal"),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }


def _run(chosen: set[str], scale: float, output: Path) -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from tests.bench import parts, radar
    from tests.bench.generate import Size, generate
    from tests.bench.report import Report
    from tests.bench.sources import sources
    from tests.bench.start import start

    report = Report("What the portal measures")
    call_command("migrate", verbosity=0)
    if "sources" in chosen:
        sources(report)
    if "import" in chosen:
        parts.catalog_import(report)
    if "radar" in chosen:
        radar.placement(report)
        radar.radar_import(report)
    size = Size().scaled(scale)
    if chosen & {"evaluation", "pages", "api"}:
        started = time.perf_counter()
        generate(size, timezone.now())
        report.remark(
            f"generated {size.services:,} services, {size.teams:,} teams and "
            f"{size.audit_events:,} audit events in {time.perf_counter() - started:.0f} s"
        )
        parts.evaluation(report, size)
    if chosen & {"pages", "api"}:
        parts.load(report, pages="pages" in chosen, api="api" in chosen)
    if "start" in chosen:
        start(report)
    if scale == 1.0 and chosen == set(PARTS):
        report.write(output)
    return 0 if all(line.is_within for line in report.lines) else 1


if __name__ == "__main__":
    sys.exit(main())
