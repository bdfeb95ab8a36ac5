"""The client of Prometheus against a fake that answers what it is told."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from portal.lib.http import (
    Answered,
    BreakerRules,
    Limits,
    LocalState,
    Outside,
    OutsideError,
    Unreachable,
    Unreadable,
)
from portal.lib.prometheus import (
    Access,
    BadQuery,
    NotExecuted,
    Prometheus,
    PrometheusError,
    QueryTimedOut,
    RuntimeInfo,
)
from tests.portal.lib.clocks import Clock

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Fake:
    """A Prometheus that gives one answer; remembers what it was asked."""

    def __init__(self, answer: httpx.Response | Exception) -> None:
        self.answer = answer
        self.requests: list[httpx.Request] = []
        clock = Clock()
        outside = Outside(
            "prometheus",
            title="Prometheus",
            state=LocalState(),
            base_url="http://prometheus.example/prefix",
            transport=httpx.MockTransport(self._answer),
            clock=clock,
            now=clock.now,
            sleep=clock.sleep,
            limits=Limits(breaker=BreakerRules(failures=100)),
        )
        self.client = Prometheus(outside)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return httpx.Response(self.answer.status_code, content=self.answer.content)

    @property
    def form(self) -> dict[str, str]:
        return dict(httpx.QueryParams(self.requests[-1].read().decode()))


def success(data: object, **more: object) -> httpx.Response:
    return httpx.Response(200, json={"status": "success", "data": data, **more})


def vector(*results: dict[str, Any], **more: object) -> httpx.Response:
    return success({"resultType": "vector", "result": list(results)}, **more)


def failure(status: int, kind: str, words: str) -> httpx.Response:
    body = {"status": "error", "errorType": kind, "error": words}
    return httpx.Response(status, json=body)


def test_query_goes_as_a_form_with_its_time_and_timeout() -> None:
    fake = Fake(vector())
    fake.client.query('up{job="x"}', at=NOW)
    request = fake.requests[0]
    assert (request.method, request.url.path) == ("POST", "/prefix/api/v1/query")
    assert fake.form == {"query": 'up{job="x"}', "timeout": "30s", "time": "1777896000.000"}


def test_vector_is_read_with_numbers_that_are_none() -> None:
    values = {"a": "1.5", "b": "NaN", "c": "+Inf", "d": "-Inf", "e": "0"}
    fake = Fake(
        vector(
            *(
                {"metric": {"service": name}, "value": [1777896000.25, value]}
                for name, value in values.items()
            )
        )
    )
    samples = {sample.labels["service"]: sample for sample in fake.client.query("x").samples}
    assert samples["a"].value == 1.5
    assert math.isnan(samples["b"].value)
    assert (samples["c"].value, samples["d"].value) == (math.inf, -math.inf)
    assert samples["e"].value == 0
    assert samples["a"].at == NOW + timedelta(milliseconds=250)


def test_empty_vector_is_no_error() -> None:
    assert Fake(vector()).client.query("x").samples == []


def test_scalar_is_one_sample_without_labels() -> None:
    fake = Fake(success({"resultType": "scalar", "result": [1777896000, "2"]}))
    (sample,) = fake.client.query("2").samples
    assert (sample.labels, sample.value) == ({}, 2.0)


def test_native_histograms_are_counted_and_left_out() -> None:
    histogram = {"metric": {}, "histogram": [1777896000, {"count": "1", "sum": "2"}]}
    answer = Fake(vector(histogram, {"metric": {}, "value": [1, "1"]})).client.query("x")
    assert (len(answer.samples), answer.histograms) == (1, 1)


def test_warnings_and_infos_come_along() -> None:
    fake = Fake(vector(warnings=["remote read failed"], infos=["metric might not be a counter"]))
    answer = fake.client.query("x")
    assert answer.warnings == ["remote read failed"]
    assert answer.infos == ["metric might not be a counter"]


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (400, "bad_data", BadQuery),
        (422, "execution", NotExecuted),
        (503, "timeout", QueryTimedOut),
        (503, "canceled", QueryTimedOut),
        (500, "internal", PrometheusError),
        (200, "bad_data", BadQuery),
    ],
)
def test_refusal_is_an_error_of_its_own_in_the_servers_words(
    status: int, kind: str, error: type[PrometheusError]
) -> None:
    fake = Fake(failure(status, kind, "parse error at char 5"))
    with pytest.raises(PrometheusError, match=f"{kind}.: parse error at char 5$") as caught:
        fake.client.query("x")
    assert type(caught.value) is error
    assert caught.value.error_type == kind
    assert len(fake.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_refused_sign_in_names_the_settings(status: int) -> None:
    with pytest.raises(OutsideError, match="PROMETHEUS_BEARER_TOKEN"):
        Fake(httpx.Response(status, text="no")).client.query("x")


def test_failure_without_the_servers_words_keeps_its_status() -> None:
    fake = Fake(httpx.Response(503, text="<html>no server</html>"))
    with pytest.raises(Answered, match="Prometheus answered 503 Service Unavailable"):
        fake.client.query("x")
    assert len(fake.requests) == 3


def test_prometheus_that_is_away_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        Fake(httpx.ConnectError("refused")).client.query("x")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>",
        b"[]",
        b'{"status":"success"}',
        b'{"status":"success","data":{"resultType":"matrix","result":[]}}',
        b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}}',
        b'{"status":"success","data":{"resultType":"vector","result":' + b"[" * 100_000,
    ],
)
def test_answer_that_breaks_the_contract_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="not Prometheus' API"):
        Fake(httpx.Response(200, content=body)).client.query("x")


@pytest.mark.parametrize("value", [[1, "many"], ["soon", "1"], [1e300, "1"], [1, None]])
def test_value_that_is_no_number_at_no_moment_is_unreadable(value: list[object]) -> None:
    with pytest.raises(Unreadable):
        Fake(vector({"metric": {}, "value": value})).client.query("x")


def test_range_is_read_point_by_point() -> None:
    result = [{"metric": {"service": "a"}, "values": [[1777896000, "1"], [1777896060, "NaN"]]}]
    fake = Fake(success({"resultType": "matrix", "result": result}, warnings=["slow"]))
    found = fake.client.query_range(
        "x", start=NOW, end=NOW + timedelta(minutes=1), step=timedelta(minutes=1)
    )
    (series,) = found.series
    assert [at for at, _ in series.points] == [NOW, NOW + timedelta(minutes=1)]
    assert series.points[0][1] == 1
    assert math.isnan(series.points[1][1])
    assert found.warnings == ["slow"]
    assert fake.form["step"] == "60.000"


def test_range_step_is_widened_to_the_points_that_may_be_asked() -> None:
    fake = Fake(success({"resultType": "matrix", "result": []}))
    fake.client.query_range("x", start=NOW - timedelta(days=90), end=NOW, step=timedelta(minutes=1))
    step = float(fake.form["step"])
    assert 90 * 86400 / step + 1 <= 11_000
    assert step <= 708


def test_alerts_rules_and_targets_are_read() -> None:
    alert = {
        "labels": {"alertname": "Down", "service": "a"},
        "annotations": {},
        "state": "firing",
        "activeAt": "2026-05-04T11:00:00.123456789Z",
        "value": "1e+00",
    }
    (found,) = Fake(success({"alerts": [alert]})).client.alerts()
    assert (found.name, found.state) == ("Down", "firing")
    assert found.active_at is not None
    assert found.active_at.replace(microsecond=0) == NOW - timedelta(hours=1)
    rule = {
        "type": "alerting",
        "name": "Down",
        "query": "up == 0",
        "health": "ok",
        "state": "firing",
        "duration": 60,
        "labels": {},
        "annotations": {},
        "alerts": [alert],
    }
    groups = {"groups": [{"name": "g", "file": "f", "interval": 15, "rules": [rule]}]}
    fake = Fake(success(groups))
    (group,) = fake.client.rules("alert")
    assert (group.name, group.rules[0].alerts[0].name) == ("g", "Down")
    assert fake.requests[0].url.query == b"type=alert"
    target = {
        "labels": {"job": "x"},
        "scrapeUrl": "http://x/metrics",
        "lastError": "refused",
        "health": "down",
    }
    (seen,) = Fake(success({"activeTargets": [target], "droppedTargets": []})).client.targets()
    assert (seen.health, seen.last_error) == ("down", "refused")


def test_version_and_retention_are_read() -> None:
    assert Fake(success({"version": "2.42.0"})).client.buildinfo().version == "2.42.0"
    info = Fake(success({"storageRetention": "15d", "CWD": "/"})).client.runtimeinfo()
    assert info.retention == timedelta(days=15)


@pytest.mark.parametrize(
    ("text", "retention"),
    [
        ("15d or 512MB", timedelta(days=15)),
        ("512MB or 1w", timedelta(days=7)),
        ("512MB", None),
        ("", None),
    ],
)
def test_retention_by_time_is_found(text: str, retention: timedelta | None) -> None:
    assert RuntimeInfo(storage_retention=text).retention == retention


def test_access_becomes_the_settings_of_outside_calls() -> None:
    url = "https://prometheus.example"
    token = Access(url=url, bearer_token="t", ca_file=Path("/ca.pem")).config()
    assert token == {
        "base_url": url,
        "headers": {"Authorization": "Bearer t"},
        "verify": Path("/ca.pem"),
    }
    basic = Access(url=url, username="jan", password="p", insecure_skip_verify=True).config()
    assert basic == {"base_url": url, "auth": ("jan", "p"), "verify": False}
    pair = (Path("/c.pem"), Path("/k.pem"))
    assert Access(url=url, client_cert=pair[0], client_key=pair[1]).config()["cert"] == pair
