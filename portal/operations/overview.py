"""What the operations page shows, read with a constant number of queries."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import django
from django.conf import settings
from django.db import connection
from django.db.models import Count, Min

import portal
from portal.jobs.models import Breaker, Job, JobState, Quota
from portal.jobs.outside import BulkheadUse, breaker_states, bulkhead_states
from portal.lib.registry import outside_states

FAILED_SHOWN = 5


@dataclass(frozen=True)
class SourceLine:
    """An outside source: how it is, and when it last answered and last failed."""

    title: str
    state: str
    words: object
    breaker: Breaker | None


@dataclass(frozen=True)
class ServiceLine:
    """Everything known about the calls to one outside service."""

    breaker: Breaker
    bulkhead: BulkheadUse | None


@dataclass(frozen=True)
class QueueLine:
    """The jobs of one state, and since when the oldest of them has been in it."""

    state: JobState
    number: int
    since: datetime | None


@dataclass(frozen=True)
class DatabaseFacts:
    title: str
    version: str
    size: int  # bytes


@dataclass(frozen=True)
class Overview:
    sources: list[SourceLine]
    services: list[ServiceLine]
    quotas: list[Quota]
    queue: list[QueueLine]
    failed: list[Job]
    database: DatabaseFacts
    versions: Mapping[str, str]


def load_overview(now: datetime) -> Overview:
    breakers = breaker_states()
    bulkheads = {use.name: use for use in bulkhead_states(now)}
    return Overview(
        sources=_sources({breaker.name: breaker for breaker in breakers}),
        services=[ServiceLine(row, bulkheads.get(row.name)) for row in breakers],
        quotas=list(Quota.objects.all()),
        queue=queue_lines(),
        failed=list(Job.objects.filter(state=JobState.FAILED)[:FAILED_SHOWN]),
        database=database_facts(),
        versions=versions(),
    )


def _sources(breakers: Mapping[str, Breaker]) -> list[SourceLine]:
    lines = []
    for source in outside_states:
        found = source.load()
        state = str(found.get("state", "never"))
        lines.append(
            SourceLine(source.title, state, found.get("words", ""), breakers.get(source.key))
        )
    return lines


def queue_lines() -> list[QueueLine]:
    """Every state in order. Queued jobs wait since they are due, running ones since their start."""
    rows = (
        Job.objects.order_by()
        .values("state")
        .annotate(number=Count("pk"), due=Min("not_before"), started=Min("started_at"))
    )
    lines = {state: QueueLine(state, 0, None) for state in JobState}
    for row in rows:
        state = JobState(row["state"])
        since = {JobState.QUEUED: row["due"], JobState.RUNNING: row["started"]}.get(state)
        lines[state] = QueueLine(state, row["number"], since)
    return list(lines.values())


def database_facts() -> DatabaseFacts:
    """The database's kind, version and size on disk."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT current_setting('server_version'), pg_database_size(current_database())"
            )
            version, size = cursor.fetchone()
            return DatabaseFacts("PostgreSQL", str(version).split(" ", maxsplit=1)[0], int(size))
        cursor.execute("SELECT sqlite_version()")
        (version,) = cursor.fetchone()
    file = Path(connection.settings_dict["NAME"])
    files = [file, file.with_name(f"{file.name}-wal")]
    size = sum(one.stat().st_size for one in files if one.exists())
    return DatabaseFacts("SQLite", version, size)


def versions() -> dict[str, str]:
    return {
        "Command Center": portal.__version__,
        "Python": platform.python_version(),
        "Django": django.get_version(),
        "Runs": "embedded" if settings.EMBEDDED else "in production",
    }
