"""From the grouped answers of Prometheus to the `live.*` facts of one service. Pure.

Three things look alike in a graph and are kept apart here: a service without errors has an error
rate of 0; one without traffic has a request rate of 0 and no error rate, availability or
latency; one without data has none of them. A NaN is a reason of its own, never a number.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from portal.lib.prometheus import Alert
from portal.lib.promql import parse_duration
from scorecards.sources import live_queries as queries
from scorecards.sources.base import FactValue, Measured, Reading, Unmeasured
from scorecards.sources.live_queries import Template, Windows


@dataclass(frozen=True)
class Column:
    """What one grouped query gave: a value for each value of the label, or why it failed."""

    values: Mapping[str, float] = field(default_factory=dict)
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """The answers to the queries of one template."""

    template: Template
    total: Column
    errors: Column
    total_long: Column
    errors_long: Column
    p95: Column
    p99: Column
    targets: Column
    targets_up: Column


@dataclass(frozen=True, kw_only=True)
class Firing:
    """Firing alerts, and whether there are rules that could fire at all."""

    alerts: Sequence[Alert] = ()
    has_rules: bool = True
    failure: str = ""


@dataclass(frozen=True)
class _Found:
    """A service's value in the first table that has it, or why there is none."""

    table: Table
    value: float = math.nan
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads the facts of one service after another from the same answers."""

    tables: Sequence[Table]
    firing: Firing
    windows: Windows
    now: datetime
    link: Callable[[str], str]  # where a query can be looked at

    def read(self, service: str) -> dict[str, Reading]:
        """All `live.*` facts of the service whose label has this value."""
        return {
            **self._requests(service),
            "live.availability": self._availability(service),
            "live.latency_p95_ms": self._latency(service, 0.95, lambda table: table.p95),
            "live.latency_p99_ms": self._latency(service, 0.99, lambda table: table.p99),
            **self._targets(service),
            "live.alerts_firing": self._alerts(service),
        }

    def _requests(self, service: str) -> dict[str, Reading]:
        window = self.windows.recent
        found = self._find(service, lambda table: table.total, _total, f"the last {window}")
        if not found.error and not math.isfinite(found.value):
            found = replace(found, error=_not_a_number(window))
        if found.error:
            gap = self._unmeasured(found.error)
            return {"live.request_rate": gap, "live.error_rate": gap}
        seconds = parse_duration(window).total_seconds()
        template = found.table.template
        rate = self._measured(
            round(found.value / seconds, 3), queries.rate(template, window, service)
        )
        share = _share(found, found.table.errors, service, window)
        if isinstance(share, str):
            return {"live.request_rate": rate, "live.error_rate": self._unmeasured(share)}
        query = queries.share(template, template.errors, window, service)
        return {"live.request_rate": rate, "live.error_rate": self._measured(share, query)}

    def _availability(self, service: str) -> Reading:
        window = self.windows.availability
        found = self._find(service, lambda table: table.total_long, _total, f"the last {window}")
        if found.error:
            return self._unmeasured(found.error)
        share = _share(found, found.table.errors_long, service, window)
        if isinstance(share, str):
            return self._unmeasured(share)
        template = found.table.template
        query = queries.share(template, template.errors, window, service)
        return self._measured(round(100 - share, 4), f"100 - {query}")

    def _latency(self, service: str, q: float, column: Callable[[Table], Column]) -> Reading:
        window = self.windows.recent
        found = self._find(service, column, _latency, f"the last {window}")
        if found.error:
            return self._unmeasured(found.error)
        template = found.table.template
        if math.isnan(found.value):
            return self._unmeasured(f"no request was timed in the last {window} (NaN)")
        if math.isinf(found.value):
            return self._unmeasured("the quantile is infinite: the histogram has too few buckets")
        return self._measured(
            round(found.value * template.milliseconds, 1),
            queries.quantile(template, q, window, service),
        )

    def _targets(self, service: str) -> dict[str, Reading]:
        found = self._find(service, lambda table: table.targets, _up, "")
        template = found.table.template
        query = queries.up(template, "all", service)
        if not found.error:
            up = found.table.targets_up
            if up.failure:
                gap = self._unmeasured(up.failure)
                return dict.fromkeys(_TARGETS, gap)
            number = up.values.get(service, 0.0)
            if not math.isfinite(found.value) or not math.isfinite(number):
                gap = self._unmeasured("the number of targets is not a number (NaN)")
                return dict.fromkeys(_TARGETS, gap)
            answering = round(number)
            return {
                "live.up_targets": self._measured(answering, query),
                "live.down_targets": self._measured(round(found.value) - answering, query),
                "live.is_scraped": self._measured(answering > 0, query),
            }
        if found.table.targets.failure:
            return dict.fromkeys(_TARGETS, self._unmeasured(found.error))
        if not any(table.targets.values for table in self.tables):
            gap = self._unmeasured(f"no target carries the label {template.label_of_up}")
            return dict.fromkeys(_TARGETS, gap)
        return {
            "live.up_targets": self._measured(0, query),
            "live.down_targets": self._measured(0, query),
            "live.is_scraped": self._measured(False, query),
        }

    def _alerts(self, service: str) -> Reading:
        if self.firing.failure:
            return self._unmeasured(self.firing.failure)
        if not self.firing.has_rules:
            return self._unmeasured("there are no alerting rules")
        labels = {table.template.label for table in self.tables}
        names = [
            alert.name
            for alert in self.firing.alerts
            if any(alert.labels.get(label) == service for label in labels)
        ]
        query = queries.firing(self.tables[0].template, service)
        evidence = f"{', '.join(sorted(set(names)))}: {query}" if names else query
        return Measured(
            value=len(names), measured_at=self.now, evidence=evidence, url=self.link(query)
        )

    def _find(
        self,
        service: str,
        column: Callable[[Table], Column],
        metric: Callable[[Template, str], str],
        window: str,
    ) -> _Found:
        for table in self.tables:
            if service in column(table).values:
                return _Found(table, column(table).values[service])
        for table in self.tables:
            if column(table).failure:
                return _Found(table, error=column(table).failure)
        table = self.tables[0]
        within = f" in {window}" if window else ""
        return _Found(table, error=f"no series for {metric(table.template, service)}{within}")

    def _measured(self, value: FactValue, query: str) -> Measured:
        return Measured(value=value, measured_at=self.now, evidence=query, url=self.link(query))

    def _unmeasured(self, error: str) -> Unmeasured:
        return Unmeasured(error=error, measured_at=self.now)


_TARGETS = ("live.up_targets", "live.down_targets", "live.is_scraped")


def _total(template: Template, service: str) -> str:
    return queries.selected(template, template.total, service)


def _latency(template: Template, service: str) -> str:
    return queries.selected(template, template.latency, service)


def _up(template: Template, service: str) -> str:
    return queries.up(template, "all", service)


def _share(found: _Found, errors: Column, service: str, window: str) -> float | str:
    """Errors in percent of the total, or why there is no such number.

    Both are extrapolated to the window's edges by Prometheus, so the share is held within 0 and
    100.
    """
    if errors.failure:
        return errors.failure
    failed = errors.values.get(service, 0.0)
    if not math.isfinite(found.value) or not math.isfinite(failed):
        return _not_a_number(window)
    if found.value <= 0:
        return f"no traffic in the last {window}"
    return round(min(max(100 * failed / found.value, 0.0), 100.0), 4)


def _not_a_number(window: str) -> str:
    return f"the number of requests in the last {window} is not a number (NaN)"
