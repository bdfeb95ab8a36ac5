"""What Prometheus reads at `/metrics`.

Two kinds of numbers. Requests are counted in the memory of the web processes and added up over
them (`prometheus_client`'s multi-process mode, which `portal.operations.web` switches on). All
else is read from database rows at scrape time, so that any web process tells the same truth
about jobs and outside calls, whoever runs them.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime

import structlog
from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from portal.jobs.models import JobState, Quota
from portal.jobs.models.outside import Circuit
from portal.jobs.outside import breaker_states, bulkhead_states
from portal.operations.overview import queue_lines

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_log = structlog.stdlib.get_logger(__name__)

# Among the bounds are the targets of the pages: 50, 150 and 300 ms, and 500 ms of the API.
REQUESTS = Counter(
    "http_requests", "Requests answered, by route and status.", ["method", "route", "status"]
)
DURATIONS = Histogram(
    "http_request_duration_seconds",
    "Time to answer a request, by route.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.3, 0.5, 1, 2.5, 5, 10),
)


def observe_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request. `route` is the name of its address, never the path itself."""
    method = method if method in _METHODS else "OTHER"
    REQUESTS.labels(method, route, str(status)).inc()
    DURATIONS.labels(method, route).observe(seconds)


class RowCollector(Collector):
    """The portal's state as gauges, read from rows with a constant number of queries."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterable[Metric]:
        is_up = GaugeMetricFamily("portal_database_up", "Whether the database answers.")
        try:
            metrics = [*self._jobs(), *self._breakers(), *self._bulkheads(), *self._quotas()]
            is_up.add_metric([], 1)
        except DatabaseError as error:
            _log.warning("metrics without the database", error=str(error))
            metrics = []
            is_up.add_metric([], 0)
        return [is_up, *metrics]

    def _jobs(self) -> Iterator[Metric]:
        counts = GaugeMetricFamily("portal_jobs", "Jobs by state.", labels=["state"])
        oldest = 0.0
        for line in queue_lines():
            counts.add_metric([line.state], line.number)
            if line.state == JobState.QUEUED and line.since:
                oldest = max(0.0, (self.now - line.since).total_seconds())
        yield counts
        yield GaugeMetricFamily(
            "portal_oldest_queued_job_age_seconds",
            "How long the job that is due for longest has been waiting.",
            value=oldest,
        )

    def _breakers(self) -> Iterator[Metric]:
        circuit = GaugeMetricFamily(
            "portal_outside_circuit",
            "1 for the state that a circuit breaker is in.",
            labels=["service", "state"],
        )
        failures = GaugeMetricFamily(
            "portal_outside_failures_in_a_row",
            "Failed calls since the last good one.",
            labels=["service"],
        )
        moments = {
            name: GaugeMetricFamily(
                f"portal_outside_last_{name}_timestamp_seconds",
                f"When a call last ended in {name}.",
                labels=["service"],
            )
            for name in ("success", "failure")
        }
        for row in breaker_states():
            for state in Circuit.values:
                circuit.add_metric([row.name, state], float(row.state == state))
            failures.add_metric([row.name], row.failures)
            for name, family in moments.items():
                moment = row.last_success_at if name == "success" else row.last_failure_at
                if moment is not None:
                    family.add_metric([row.name], moment.timestamp())
        yield from (circuit, failures, *moments.values())

    def _bulkheads(self) -> Iterator[Metric]:
        calls = GaugeMetricFamily(
            "portal_outside_calls", "Calls in flight and waiting.", labels=["service", "state"]
        )
        for use in bulkhead_states(self.now):
            calls.add_metric([use.name, "in_flight"], use.in_flight)
            calls.add_metric([use.name, "waiting"], use.waiting)
        yield calls

    def _quotas(self) -> Iterator[Metric]:
        labels = ["service", "resource"]
        limit = GaugeMetricFamily("portal_quota_limit", "Points a window has.", labels=labels)
        left = GaugeMetricFamily(
            "portal_quota_remaining", "Points left in the running window.", labels=labels
        )
        for row in Quota.objects.all():
            limit.add_metric([row.name, row.resource], row.limit)
            left.add_metric([row.name, row.resource], row.remaining)
        yield from (limit, left)


def exposition() -> bytes:
    """Everything as Prometheus' text format."""
    processes: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        processes = CollectorRegistry()
        MultiProcessCollector(processes)
    rows = CollectorRegistry()
    rows.register(RowCollector(timezone.now()))
    return generate_latest(processes) + generate_latest(rows)
