"""Whether the portal can do its work: the probes of the registry, never longer than two seconds.

A probe runs in a thread of its own, so that one that hangs (a database that takes connections
and says nothing) costs its own line and not the answer. A probe still hanging from before is
waited for again instead of being started twice.
"""

import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from django.db import DatabaseError, connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from portal.lib.registry import ReadinessProbe, readiness_probes

LONGEST = 1.5  # seconds for all probes together


@dataclass(frozen=True)
class Outcome:
    """What a probe found: None or the sentence that says what is wrong, and how long it took."""

    problem: str | None
    ms: float

    def as_json(self) -> dict[str, object]:
        answer: dict[str, object] = {"ok": self.problem is None, "ms": self.ms}
        if self.problem is not None:
            answer["problem"] = self.problem
        return answer


class Probes:
    """Runs probes side by side, each at most once at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="probe")
        self._running: dict[str, Future[Outcome]] = {}

    def run(self, longest: float = LONGEST) -> dict[str, Outcome]:
        """The outcome of every registered probe by its key, in order."""
        probes = list(readiness_probes)
        futures = {probe.key: self._start(probe) for probe in probes}
        wait(futures.values(), timeout=longest)
        return {key: _outcome(future, longest) for key, future in futures.items()}

    def _start(self, probe: ReadinessProbe) -> Future[Outcome]:
        with self._lock:
            future = self._running.get(probe.key)
            if future is None or future.done():
                future = self._running[probe.key] = self._pool.submit(_ask, probe)
            return future


def _ask(probe: ReadinessProbe) -> Outcome:
    started = time.perf_counter()
    try:
        problem = probe.check()
    except Exception as error:
        problem = f"The probe itself failed: {error}"
    finally:
        connections.close_all()  # this thread's own
    return Outcome(problem, round((time.perf_counter() - started) * 1000, 1))


def _outcome(future: Future[Outcome], longest: float) -> Outcome:
    if future.done():
        return future.result()
    return Outcome(f"No answer within {longest:g} s.", round(longest * 1000, 1))


def is_ready(outcomes: Mapping[str, Outcome]) -> bool:
    return all(outcome.problem is None for outcome in outcomes.values())


def database_problem() -> str | None:
    """One query that needs no table."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"The database does not answer: {_first_line(error)}"
    return None


def migrations_problem() -> str | None:
    """Whether the tables are as this version's code needs them; one query."""
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError as error:
        return f"The database does not say which migrations it has: {_first_line(error)}"
    missing = sorted(_needed_migrations() - applied)
    if not missing:
        return None
    app, name = missing[0]
    others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return f"The migration {app}.{name}{others} is not applied: run `python manage.py migrate`."


@lru_cache(maxsize=1)
def _needed_migrations() -> frozenset[tuple[str, str]]:
    """Every migration of this version; they change with the code only, so they are read once."""
    return frozenset(MigrationLoader(None).disk_migrations)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
