"""From grouped answers to one service's facts."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.lib.prometheus import Alert
from scorecards.sources.base import Measured, Reading, Unmeasured
from scorecards.sources.live_queries import Template, Windows
from scorecards.sources.live_readings import Column, Firing, Reader, Table

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
NAN = math.nan


def make_table(template: Template | None = None, **columns: dict[str, float] | str) -> Table:
    """A table whose columns are values by service, or the reason of a failure."""
    names = ("total", "errors", "total_long", "errors_long", "p95", "p99")
    found = {}
    for name in (*names, "targets", "targets_up"):
        given = columns.get(name, {})
        found[name] = Column(failure=given) if isinstance(given, str) else Column(given)
    return Table(template=template or Template(), **found)


def read(*tables: Table, service: str = "cart", **firing: Any) -> dict[str, Reading]:
    reader = Reader(
        tables=tables,
        firing=Firing(**firing),
        windows=Windows(),
        now=NOW,
        link=lambda query: f"http://prometheus/graph?{query}",
    )
    return reader.read(service)


def value(found: dict[str, Reading], name: str) -> object:
    reading = found[f"live.{name}"]
    assert isinstance(reading, Measured), reading
    assert reading.measured_at == NOW
    return reading.value


def error(found: dict[str, Reading], name: str) -> str:
    reading = found[f"live.{name}"]
    assert isinstance(reading, Unmeasured), reading
    return reading.error


def test_service_with_errors_is_measured() -> None:
    found = read(
        make_table(
            total={"cart": 7200.0},
            errors={"cart": 36.0},
            total_long={"cart": 100_000.0},
            errors_long={"cart": 50.0},
            p95={"cart": 0.1234},
            p99={"cart": 1.5},
        )
    )
    assert value(found, "request_rate") == 2.0
    assert value(found, "error_rate") == 0.5
    assert value(found, "availability") == 99.95
    assert value(found, "latency_p95_ms") == 123.4
    assert value(found, "latency_p99_ms") == 1500.0


def test_evidence_is_the_query_for_the_service_with_an_address() -> None:
    reading = read(make_table(total={"cart": 1.0}))["live.error_rate"]
    assert isinstance(reading, Measured)
    assert reading.evidence == (
        '100 * sum(increase(http_requests_total{code=~"5..",service="cart"}[1h]))'
        ' / sum(increase(http_requests_total{service="cart"}[1h]))'
    )
    assert reading.url == f"http://prometheus/graph?{reading.evidence}"


def test_service_without_errors_has_none() -> None:
    found = read(make_table(total={"cart": 60.0}, total_long={"cart": 60.0}, errors={"shop": 9.0}))
    assert value(found, "error_rate") == 0
    assert value(found, "availability") == 100


def test_service_without_traffic_has_a_rate_of_zero_and_no_quality() -> None:
    found = read(make_table(total={"cart": 0.0}, total_long={"cart": 0.0}, p95={"cart": NAN}))
    assert value(found, "request_rate") == 0
    assert error(found, "error_rate") == "no traffic in the last 1h"
    assert error(found, "availability") == "no traffic in the last 24h"
    assert error(found, "latency_p95_ms") == "no request was timed in the last 1h (NaN)"


def test_service_without_data_has_nothing() -> None:
    found = read(make_table(total={"shop": 5.0}))
    for name in ("request_rate", "error_rate"):
        assert error(found, name) == (
            'no series for http_requests_total{service="cart"} in the last 1h'
        )
    assert error(found, "availability").endswith("in the last 24h")
    assert error(found, "latency_p99_ms") == (
        'no series for http_request_duration_seconds_bucket{service="cart"} in the last 1h'
    )


@pytest.mark.parametrize("number", [NAN, math.inf])
def test_total_that_is_no_number_is_a_reason_of_its_own(number: float) -> None:
    found = read(make_table(total={"cart": number}, total_long={"cart": number}))
    assert error(found, "request_rate") == (
        "the number of requests in the last 1h is not a number (NaN)"
    )
    assert "not a number" in error(found, "error_rate")
    assert "not a number" in error(found, "availability")


def test_errors_that_are_no_number_leave_the_rate() -> None:
    found = read(make_table(total={"cart": 60.0}, errors={"cart": NAN}))
    assert value(found, "request_rate") == 0.017
    assert "not a number" in error(found, "error_rate")


def test_share_stays_between_none_and_all_though_counters_are_extrapolated() -> None:
    found = read(
        make_table(
            total={"cart": 9.99},
            errors={"cart": 10.01},
            total_long={"cart": 9.99},
            errors_long={"cart": 10.01},
        )
    )
    assert value(found, "error_rate") == 100
    assert value(found, "availability") == 0


def test_infinite_latency_is_not_measured() -> None:
    assert "infinite" in error(read(make_table(p95={"cart": math.inf})), "latency_p95_ms")


def test_refused_query_leaves_a_gap_in_its_own_facts_only() -> None:
    found = read(make_table(total={"cart": 60.0}, errors="refused", total_long="too long"))
    assert value(found, "request_rate") == 0.017
    assert error(found, "error_rate") == "refused"
    assert error(found, "availability") == "too long"


def test_first_template_with_data_counts() -> None:
    mesh = Template(name="mesh", total="mesh_total", latency="mesh_ms", latency_unit="milliseconds")
    found = read(
        make_table(total={"shop": 3600.0}),
        make_table(mesh, total={"cart": 7200.0, "shop": 1.0}, p95={"cart": 80.0}),
    )
    assert value(found, "request_rate") == 2
    assert value(found, "latency_p95_ms") == 80
    reading = found["live.request_rate"]
    assert isinstance(reading, Measured)
    assert reading.evidence == 'sum(rate(mesh_total{service="cart"}[1h]))'


def test_targets_are_counted() -> None:
    found = read(make_table(targets={"cart": 3.0}, targets_up={"cart": 2.0}))
    assert value(found, "up_targets") == 2
    assert value(found, "down_targets") == 1
    assert value(found, "is_scraped") is True


@pytest.mark.parametrize("columns", [(math.nan, 1.0), (1.0, math.nan), (math.inf, 1.0)])
def test_targets_that_are_no_number_are_not_measured(columns: tuple[float, float]) -> None:
    number, up = columns
    found = read(make_table(targets={"cart": number}, targets_up={"cart": up}))
    for name in ("up_targets", "down_targets", "is_scraped"):
        assert error(found, name) == "the number of targets is not a number (NaN)"


def test_service_whose_targets_are_all_down_is_not_scraped() -> None:
    found = read(make_table(targets={"cart": 2.0}, targets_up={"cart": 0.0}))
    assert value(found, "down_targets") == 2
    assert value(found, "is_scraped") is False


def test_service_without_a_target_among_others_that_have_one_is_not_scraped() -> None:
    found = read(make_table(targets={"shop": 1.0}, targets_up={"shop": 1.0}))
    assert value(found, "is_scraped") is False
    assert value(found, "up_targets") == 0


def test_targets_without_the_label_say_nothing_of_any_service() -> None:
    found = read(make_table(total={"cart": 60.0}))
    for name in ("up_targets", "down_targets", "is_scraped"):
        assert error(found, name) == "no target carries the label service"


@pytest.mark.parametrize(
    "columns",
    [{"targets": "refused"}, {"targets": {"cart": 1.0}, "targets_up": "refused"}],
)
def test_targets_that_cannot_be_asked_are_not_measured(columns: dict[str, Any]) -> None:
    found = read(make_table(**columns))
    for name in ("up_targets", "down_targets", "is_scraped"):
        assert error(found, name) == "refused"


def make_alert(name: str, **labels: str) -> Alert:
    return Alert(labels={"alertname": name, **labels}, state="firing")


def test_firing_alerts_of_the_service_are_counted_and_named() -> None:
    alerts = [
        make_alert("Slow", service="cart", instance="1"),
        make_alert("Slow", service="cart", instance="2"),
        make_alert("Down", service="cart"),
        make_alert("Down", service="shop"),
        make_alert("Watchdog"),
    ]
    found = read(make_table(), alerts=alerts)
    assert value(found, "alerts_firing") == 3
    reading = found["live.alerts_firing"]
    assert isinstance(reading, Measured)
    assert reading.evidence == 'Down, Slow: ALERTS{alertstate="firing",service="cart"}'


def test_alert_that_names_the_service_in_another_templates_label_counts() -> None:
    mesh = Template(name="mesh", label="workload")
    found = read(make_table(), make_table(mesh), alerts=[make_alert("Slow", workload="cart")])
    assert value(found, "alerts_firing") == 1


def test_service_without_alerts_has_none_where_rules_exist() -> None:
    assert value(read(make_table()), "alerts_firing") == 0
    assert error(read(make_table(), has_rules=False), "alerts_firing") == (
        "there are no alerting rules"
    )
    assert error(read(make_table(), failure="refused"), "alerts_firing") == "refused"
