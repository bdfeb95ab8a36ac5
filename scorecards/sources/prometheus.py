"""Prometheus as a source: how services do, measured for all of them at once.

The queries are grouped by the label that names the service, so their number depends on the
templates and windows and never on the services. `docs/prometheus.md` is the manual.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone

from portal.catalog.models import Service
from portal.jobs.outside import outside, summary
from portal.lib.http import Answered, Limits, OutsideError, TooLarge
from portal.lib.prometheus import (
    Access,
    Instant,
    Prometheus,
    PrometheusError,
)
from portal.lib.promql import parse_duration
from portal.lib.registry import FactSpec, OutsideState, facts, outside_states
from scorecards.sources import live_queries as queries
from scorecards.sources.base import Outcome, Previous, sources
from scorecards.sources.live_queries import Config, ConfigError, Template
from scorecards.sources.live_readings import Column, Firing, Reader, Table
from scorecards.sources.states import with_refusals

KEY = "prometheus"
STALE_AFTER = timedelta(minutes=30)
LIMITS = Limits(read=35.0, total=90.0, answer_bytes=64 * 1024 * 1024)
BATCH = 500
MOST_NOTES = 20
NO_SUCH_PAGE = frozenset({404, 405, 501})  # of what only speaks like Prometheus
# Types of components that never serve requests; an annotation asks for them all the same.
NOT_RUNNING = frozenset({"library", "documentation", "template"})


def _spec(name: str, kind: str, title: str, unit: str, order: int, help_text: str) -> FactSpec:
    return FactSpec(
        key=f"live.{name}",
        type=kind,
        title=title,
        unit=unit,
        sources=(KEY,),
        stale_after=STALE_AFTER,
        help=help_text,
        order=order,
    )


SPECS = (
    _spec("availability", "float", "Availability", "%", 100, "Requests that did not fail, of all."),
    _spec("error_rate", "float", "Error rate", "%", 101, "Requests that failed, of all."),
    _spec("request_rate", "float", "Request rate", "1/s", 102, "Requests a second."),
    _spec("latency_p95_ms", "float", "Latency, p95", "ms", 103, "95 of 100 requests are faster."),
    _spec("latency_p99_ms", "float", "Latency, p99", "ms", 104, "99 of 100 requests are faster."),
    _spec("up_targets", "int", "Targets that answer", "", 105, "Scrape targets that are up."),
    _spec("down_targets", "int", "Targets that are down", "", 106, "Scrapes that fail."),
    _spec("is_scraped", "bool", "Is scraped", "", 107, "At least one scrape target is up."),
    _spec("alerts_firing", "int", "Alerts firing", "", 108, "Firing alerts that name the service."),
)


class PrometheusSource:
    key = KEY
    title = "Prometheus"
    order = 20
    every = timedelta(minutes=5)

    def why_off(self) -> str:
        if settings.ENV.prometheus_url is None:
            return "Set PROMETHEUS_URL to measure availability, latency, errors and alerts."
        try:
            queries.load(settings.ENV.prometheus_config)
        except ConfigError as error:
            return f"PROMETHEUS_CONFIG is wrong: {error}"
        return ""

    def applies_to(self, service: Service) -> bool:
        if service.is_sample:
            return False
        return "prometheus.io/service" in service.annotations or service.type not in NOT_RUNNING

    def measure(
        self,
        services: Sequence[Service],
        previous: Mapping[int, Previous],
        *,
        now: datetime,
        report: Callable[[Iterable[Outcome]], None],
        note: Callable[[str], None],
        job_id: int | None = None,
    ) -> None:
        if not services:
            return
        try:
            config = queries.load(settings.ENV.prometheus_config)
            with outside(KEY, title=self.title, limits=LIMITS, **_access().config()) as way:
                reader = _Asking(Prometheus(way), config, now, note).reader()
        except (ConfigError, OutsideError) as error:
            failure = str(error)
            report([Outcome(service_id=one.pk, at=now, failure=failure) for one in services])
            return
        for start in range(0, len(services), BATCH):
            report(
                Outcome(
                    service_id=service.pk,
                    at=now,
                    readings=reader.read(queries.value_of(service.annotations, service.name)),
                )
                for service in services[start : start + BATCH]
            )


class _Asking:
    """One round of queries. A query that Prometheus refuses leaves a gap in its facts; one that
    can't be asked at all ends the round, and the last good facts stay."""

    def __init__(
        self, client: Prometheus, config: Config, now: datetime, note: Callable[[str], None]
    ) -> None:
        self._client = client
        self._config = config
        self._now = now
        self._note = note
        self._noted: set[str] = set()
        self._refusals: list[OutsideError] = []
        self._answered = 0

    def reader(self) -> Reader:
        tables = [self._table(template) for template in self._config.templates]
        firing = self._firing()
        if not self._answered:
            raise self._refusals[0]
        self._compare_with_retention()
        return Reader(
            tables=tables,
            firing=firing,
            windows=self._config.windows,
            now=self._now,
            link=graph_address,
        )

    def _table(self, template: Template) -> Table:
        recent, long = self._config.windows.recent, self._config.windows.availability
        label, label_of_up = template.label, template.label_of_up
        total, errors = template.total, template.errors
        return Table(
            template=template,
            total=self._column(queries.increase(template, total, recent), label),
            errors=self._column(queries.increase(template, errors, recent), label),
            total_long=self._column(queries.increase(template, total, long), label),
            errors_long=self._column(queries.increase(template, errors, long), label),
            p95=self._column(queries.quantile(template, 0.95, recent), label),
            p99=self._column(queries.quantile(template, 0.99, recent), label),
            targets=self._column(queries.up(template, "all"), label_of_up),
            targets_up=self._column(queries.up(template, "up"), label_of_up),
        )

    def _column(self, expression: str, label: str) -> Column:
        try:
            answer = self._client.query(expression, at=self._now)
        except (PrometheusError, TooLarge) as error:
            self._refusals.append(error)
            return Column(failure=str(error))
        self._answered += 1
        self._pass_on(answer, expression)
        return Column(
            {
                sample.labels[label]: sample.value
                for sample in answer.samples
                if sample.labels.get(label)
            }
        )

    def _firing(self) -> Firing:
        try:
            alerts = self._client.alerts()
            groups = self._client.rules("alert")
        except (PrometheusError, TooLarge, Answered) as error:
            if isinstance(error, Answered) and error.status not in NO_SUCH_PAGE:
                raise
            self._refusals.append(error)
            return Firing(failure=str(error))
        return Firing(
            alerts=[alert for alert in alerts if alert.state == "firing"],
            has_rules=any(group.rules for group in groups),
        )

    def _pass_on(self, answer: Instant, expression: str) -> None:
        for warning in answer.warnings:
            self._say(f"warning: {warning}")
        for info in answer.infos:
            self._say(f"remark: {info}")
        if answer.histograms:
            self._say(f"native histograms are not read: {expression}")

    def _compare_with_retention(self) -> None:
        """A window longer than what is kept is cut short without a word from Prometheus."""
        try:
            retention = self._client.runtimeinfo().retention
        except OutsideError:
            return  # what only speaks like Prometheus often has no such page
        windows = (self._config.windows.recent, self._config.windows.availability)
        for window in dict.fromkeys(windows):
            if retention is not None and parse_duration(window) > retention:
                hours = retention.total_seconds() / 3600
                self._say(
                    f"samples are kept for {hours:g} h, so the window of {window} covers no more "
                    "than that"
                )

    def _say(self, words: str) -> None:
        if words not in self._noted and len(self._noted) < MOST_NOTES:
            self._noted.add(words)
            self._note(words)


def graph_address(expression: str) -> str:
    """Where Prometheus shows a query."""
    base = settings.ENV.prometheus_url or ""
    return f"{base}/graph?g0.expr={quote(expression, safe='')}&g0.tab=1"


def _access() -> Access:
    env = settings.ENV
    return Access(
        url=env.prometheus_url or "",
        bearer_token=env.prometheus_bearer_token,
        username=env.prometheus_username,
        password=env.prometheus_password,
        ca_file=env.prometheus_ca_file,
        client_cert=env.prometheus_client_cert,
        client_key=env.prometheus_client_key,
        insecure_skip_verify=env.prometheus_insecure_skip_verify,
    )


def register() -> None:
    """Called once when Django is ready."""
    source = PrometheusSource()
    sources.add(source)
    for spec in SPECS:
        facts.add(spec)
    outside_states.add(
        OutsideState(
            key=KEY,
            title=source.title,
            load=lambda: with_refusals(
                KEY,
                summary(KEY, why_off=source.why_off(), stale_after=STALE_AFTER, now=timezone.now()),
            ),
            order=source.order,
        )
    )
