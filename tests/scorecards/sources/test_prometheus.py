"""The source against real Prometheus servers, and against a fake for what those never say."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from django.conf import settings

from portal.catalog.models import Service
from portal.jobs.outside import outside
from portal.jobs.worker import run_job
from portal.lib.http import Limits, Outside
from portal.lib.prometheus import Prometheus, PrometheusError
from portal.lib.registry import facts, outside_states
from scorecards.refresh import file_refresh
from scorecards.sources import prometheus as source_module
from scorecards.sources.base import Measured, Outcome, Reading, Unmeasured, sources
from scorecards.sources.prometheus import SPECS, PrometheusSource
from tests import servers
from tests.factories import make_service

pytestmark = pytest.mark.django_db
StartPrometheus = Callable[..., servers.Server]

END = datetime(2026, 1, 10, 4, tzinfo=UTC)
STEP = timedelta(seconds=60)
STEPS = 150
SHORT_WINDOWS = "windows: {recent: 1h, availability: 2h}\n"
EMPTY = "global: {scrape_interval: 1h}\n"


class Round:
    """What one run of the source reported and noted."""

    def __init__(self) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self.notes: list[str] = []

    def measure(self, services: list[Service], now: datetime = END) -> "Round":
        def report(outcomes: Any) -> None:
            for outcome in outcomes:
                assert outcome.service_id not in self.outcomes
                self.outcomes[outcome.service_id] = outcome

        PrometheusSource().measure(services, {}, now=now, report=report, note=self.notes.append)
        return self

    def reading(self, service: Service, name: str) -> Reading:
        outcome = self.outcomes[service.pk]
        assert outcome.failure == ""
        return outcome.readings[f"live.{name}"]

    def value(self, service: Service, name: str) -> object:
        reading = self.reading(service, name)
        assert isinstance(reading, Measured), reading
        return reading.value

    def error(self, service: Service, name: str) -> str:
        reading = self.reading(service, name)
        assert isinstance(reading, Unmeasured), reading
        return reading.error


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Set the environment of Prometheus, and the text of its configuration file."""

    def configure(url: str | None, config: str = "", **fields: Any) -> None:
        if config:
            fields["prometheus_config"] = tmp_path / "templates.yml"
            fields["prometheus_config"].write_text(config)
        changed = settings.ENV.model_copy(update={"prometheus_url": url, **fields})
        monkeypatch.setattr(settings, "ENV", changed)
        monkeypatch.setattr(source_module, "LIMITS", Limits(attempts=1))

    return configure


# Real servers


def samples(metric: str, labels: str, value: Callable[[int], float | str]) -> list[str]:
    start = END - STEP * STEPS
    return [
        f"{metric}{{{labels}}} {value(step)} {(start + STEP * step).timestamp():.0f}"
        for step in range(STEPS + 1)
    ]


def make_openmetrics(count: int) -> str:
    """Services of all kinds: `svc-0` … with one error in a hundred requests, and special ones."""
    requests, buckets, up = [], [], []
    names = [f"svc-{number}" for number in range(count)]
    for name in names:
        label = f'service="{name}",code='
        requests += samples("http_requests_total", f'{label}"200"', lambda step: 99 * step)
        requests += samples("http_requests_total", f'{label}"500"', lambda step: step)
    for name, code, value in (
        ("no-errors", "200", lambda step: 60 * step),
        ("no-traffic", "200", lambda step: 7),
        ("no-number", "200", lambda step: "NaN"),
    ):
        requests += samples("http_requests_total", f'service="{name}",code="{code}"', value)
    for name, rate in (("svc-0", 100), ("no-traffic", 0)):
        for bound, share in (("0.1", 0.9), ("0.2", 0.97), ("+Inf", 1.0)):
            buckets += samples(
                "http_request_duration_seconds_bucket",
                f'service="{name}",le="{bound}"',
                lambda step, grown=rate * share: grown * step,
            )
    for name in (*names, "no-errors", "no-traffic", "no-number"):
        up += samples("up", f'service="{name}",instance="1"', lambda step: 1)
    up += samples("up", 'service="svc-0",instance="2"', lambda step: 0)
    return "\n".join(
        [
            *("# TYPE http_requests counter", *requests),
            *("# TYPE http_request_duration_seconds histogram", *buckets),
            *("# TYPE up gauge", *up),
            "# EOF\n",
        ]
    )


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    """A Prometheus that knows 1,000 services, with samples up to `END`."""
    storage = tmp_path_factory.mktemp("prometheus") / "blocks"
    servers.backfill(make_openmetrics(997), storage)
    server = servers.start_prometheus(EMPTY, storage)
    yield server
    server.stop()


@pytest.mark.server
def test_three_kinds_of_nothing_are_told_apart(
    thousand: servers.Server, configure: Callable[..., None]
) -> None:
    configure(thousand.url, SHORT_WINDOWS)
    names = ("svc-0", "no-errors", "no-traffic", "no-data", "no-number")
    busy, clean, idle, absent, broken = services = [make_service(name) for name in names]
    found = Round().measure(services)

    assert found.value(busy, "error_rate") == pytest.approx(1.0, abs=0.01)
    assert found.value(busy, "availability") == pytest.approx(99.0, abs=0.01)
    assert found.value(busy, "request_rate") == pytest.approx(100 / 60, abs=0.01)
    assert found.value(busy, "latency_p95_ms") == pytest.approx(171.4, abs=0.1)
    assert found.value(busy, "latency_p99_ms") == pytest.approx(200, abs=0.1)
    assert found.value(busy, "up_targets") == 1
    assert found.value(busy, "down_targets") == 1

    assert found.value(clean, "error_rate") == 0
    assert found.value(clean, "availability") == 100
    assert found.value(clean, "request_rate") == pytest.approx(1, abs=0.01)
    assert found.error(clean, "latency_p95_ms").startswith("no series for http_request_duration")

    assert found.value(idle, "request_rate") == 0
    assert found.error(idle, "error_rate") == "no traffic in the last 1h"
    assert found.error(idle, "availability") == "no traffic in the last 2h"
    assert "(NaN)" in found.error(idle, "latency_p95_ms")
    assert found.value(idle, "is_scraped") is True

    assert found.error(absent, "request_rate").startswith("no series for http_requests_total")
    assert found.error(absent, "availability").startswith("no series for http_requests_total")
    assert found.value(absent, "is_scraped") is False

    assert "not a number" in found.error(broken, "request_rate")
    assert "not a number" in found.error(broken, "availability")


@pytest.mark.server
def test_number_of_queries_does_not_depend_on_the_number_of_services(
    thousand: servers.Server, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(thousand.url, SHORT_WINDOWS)
    services = [make_service(f"svc-{number}") for number in range(997)]
    services += [make_service(name) for name in ("no-errors", "no-traffic", "no-number")]
    asked: list[str] = []
    request = Outside.request

    def counting(self: Outside, method: str, url: str, **more: Any) -> Any:
        asked.append(url)
        return request(self, method, url, **more)

    monkeypatch.setattr(Outside, "request", counting)
    few = Round().measure(services[:10])
    for_ten = list(asked)
    asked.clear()
    all_of_them = Round().measure(services)
    assert asked == for_ten
    assert len(asked) == 11
    assert (len(few.outcomes), len(all_of_them.outcomes)) == (10, 1000)
    rates = [all_of_them.value(service, "error_rate") for service in services[:997]]
    assert min(rates) == pytest.approx(1, abs=0.01)  # type: ignore[type-var]
    assert max(rates) == pytest.approx(1, abs=0.01)  # type: ignore[type-var]


@pytest.mark.server
def test_several_templates_and_an_annotation(
    thousand: servers.Server, configure: Callable[..., None]
) -> None:
    configure(
        thousand.url,
        "templates:\n"
        "  - {name: mesh, label: workload, total: mesh_requests_total}\n"
        "  - {name: ours, selector: 'code!=\"x\"'}\n" + SHORT_WINDOWS,
    )
    service = make_service("cart", annotations={"prometheus.io/service": "svc-0"})
    found = Round().measure([service])
    assert found.value(service, "error_rate") == pytest.approx(1.0, abs=0.01)
    reading = found.reading(service, "request_rate")
    assert isinstance(reading, Measured)
    assert reading.evidence == ('sum(rate(http_requests_total{code!="x",service="svc-0"}[1h]))')
    assert reading.url.startswith(f"{thousand.url}/graph?g0.expr=sum%28rate%28http_requests_total")


@pytest.mark.server
def test_query_that_prometheus_refuses_leaves_a_gap_with_its_words(
    thousand: servers.Server, configure: Callable[..., None]
) -> None:
    broken = "templates: [{errors: 'http_requests_total{code=~\"(\"}'}]\n"
    configure(thousand.url, broken + SHORT_WINDOWS)
    service = make_service("svc-0")
    found = Round().measure([service])
    assert "(bad_data)" in found.error(service, "error_rate")
    assert "missing closing )" in found.error(service, "availability")
    assert found.value(service, "request_rate") == pytest.approx(100 / 60, abs=0.01)


@pytest.mark.server
def test_window_beyond_the_retention_is_noted(
    thousand: servers.Server, configure: Callable[..., None]
) -> None:
    configure(thousand.url, "windows: {availability: 30d}\n")
    found = Round().measure([make_service("svc-0")])
    assert found.notes == [
        "samples are kept for 360 h, so the window of 30d covers no more than that"
    ]


@pytest.mark.server
@pytest.mark.parametrize(
    ("option", "kind"),
    [("--query.timeout=1ms", "timeout"), ("--query.max-samples=1", "execution")],
)
def test_server_that_allows_too_little_is_told_by_its_words(
    prometheus: StartPrometheus, configure: Callable[..., None], option: str, kind: str
) -> None:
    server = prometheus(EMPTY, None, option)
    configure(server.url)
    with (
        outside("prometheus", base_url=server.url, limits=Limits(attempts=1)) as way,
        pytest.raises(PrometheusError) as caught,
    ):
        Prometheus(way).query(" + ".join(["count_over_time(vector(1)[1d:1s])"] * 2))
    assert caught.value.error_type == kind


@pytest.mark.server
def test_warnings_of_the_server_are_noted(
    prometheus: StartPrometheus, configure: Callable[..., None]
) -> None:
    away = f"http://127.0.0.1:{servers.free_port()}/read"
    config = f"{EMPTY}remote_read: [{{url: '{away}', read_recent: true}}]\n"
    configure(prometheus(config).url)
    service = make_service("svc-0")
    found = Round().measure([service])
    assert found.outcomes[service.pk].failure == ""
    assert found.notes
    assert all(note.startswith("warning: ") for note in found.notes)
    assert "remote" in found.notes[0]


@pytest.mark.server
def test_firing_alerts_are_counted(
    prometheus: StartPrometheus, configure: Callable[..., None], tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yml"
    rule = "{alert: TooSlow, expr: vector(1), labels: {service: svc-0}}"
    rules.write_text(f"groups: [{{name: g, rules: [{rule}]}}]\n")
    server = prometheus(
        f"global: {{scrape_interval: 1h, evaluation_interval: 1s}}\nrule_files: [{rules}]\n"
    )
    configure(server.url)
    loud, quiet = make_service("svc-0"), make_service("svc-1")
    until = monotonic() + 20
    while True:
        found = Round().measure([loud, quiet], datetime.now(UTC))
        if found.value(loud, "alerts_firing") or monotonic() > until:
            break
        sleep(0.2)
    assert found.value(loud, "alerts_firing") == 1
    assert found.value(quiet, "alerts_firing") == 0
    reading = found.reading(loud, "alerts_firing")
    assert isinstance(reading, Measured)
    assert reading.evidence.startswith("TooSlow: ALERTS")


@pytest.mark.server
def test_empty_prometheus_measures_nothing_and_fails_nothing(
    prometheus: StartPrometheus, configure: Callable[..., None]
) -> None:
    configure(prometheus(EMPTY).url)
    service = make_service("svc-0")
    found = Round().measure([service])
    assert found.error(service, "request_rate").startswith("no series")
    assert found.error(service, "is_scraped") == "no target carries the label service"
    assert found.error(service, "alerts_firing") == "there are no alerting rules"


# A fake for what a healthy server never says


Answer = tuple[int, object]


@contextmanager
def fake_prometheus(
    answer: Callable[[str], Answer],
) -> Iterator[tuple[str, list[Any]]]:
    """A server whose `answer(path)` gives status and JSON; with all it was asked."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append((self.path, self.headers))
            status, body = answer(self.path.partition("?")[0])
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET  # noqa: N815 the name that the base class looks for

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def healthy(path: str) -> Answer:
    data: object = {"resultType": "vector", "result": []}
    if path.endswith("/alerts"):
        data = {"alerts": []}
    elif path.endswith("/rules"):
        data = {"groups": []}
    elif path.endswith("/runtimeinfo"):
        data = {"storageRetention": "15d"}
    return 200, {"status": "success", "data": data}


def refusing(status: int, kind: str) -> Callable[[str], Answer]:
    return lambda path: (
        status,
        {"status": "error", "errorType": kind, "error": f"because of {kind}"},
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusing(400, "bad_data"), "Prometheus refuses the query (bad_data): because of bad_data"),
        (refusing(422, "execution"), "refuses the query (execution): because of execution"),
        (refusing(503, "timeout"), "refuses the query (timeout): because of timeout"),
        (lambda path: (401, b"no"), "check PROMETHEUS_BEARER_TOKEN"),
        (lambda path: (502, b"bad gateway"), "Prometheus answered 502 Bad Gateway"),
        (lambda path: (200, b"<html>sign in</html>"), "not Prometheus' API"),
        (lambda path: (200, b""), "not Prometheus' API"),
    ],
    ids=["400", "422", "503", "401", "502", "html", "nothing"],
)
def test_prometheus_that_gives_no_answer_fails_for_every_service_in_one_sentence(
    configure: Callable[..., None], answer: Callable[[str], Answer], words: str
) -> None:
    services = [make_service(), make_service()]
    with fake_prometheus(answer) as (url, _):
        configure(url)
        found = Round().measure(services)
    for service in services:
        assert words in found.outcomes[service.pk].failure
        assert found.outcomes[service.pk].readings == {}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusing(400, "bad_data"), "refuses the query (bad_data)"),
        (lambda path: (401, b"no"), "check PROMETHEUS_BEARER_TOKEN"),
    ],
    ids=["400", "401"],
)
def test_prometheus_that_refuses_everything_is_down_until_it_answers(
    configure: Callable[..., None], answer: Callable[[str], Answer], words: str
) -> None:
    make_service(), make_service()
    state = outside_states.get("prometheus")
    assert state is not None

    def refresh() -> tuple[object, str]:
        job, _ = file_refresh(source_keys=["prometheus"])
        run_job(job.pk)
        found = state.load()
        return found["state"], str(found["words"])

    with fake_prometheus(answer) as (url, _):
        configure(url)
        found, said = refresh()
    assert found == "down"
    assert words in said
    with fake_prometheus(healthy) as (url, _):
        configure(url)
        assert refresh() == ("ok", "answers")


def test_prometheus_that_is_away_fails_for_every_service(configure: Callable[..., None]) -> None:
    configure(f"http://127.0.0.1:{servers.free_port()}")
    service = make_service()
    outcome = Round().measure([service]).outcomes[service.pk]
    assert outcome.failure == "127.0.0.1 can't be reached: it refuses the connection."


def test_prometheus_that_goes_away_half_way_keeps_the_last_good_facts(
    configure: Callable[..., None],
) -> None:
    calls = 0

    def fading(path: str) -> Answer:
        nonlocal calls
        calls += 1
        return healthy(path) if calls < 4 else (502, b"bad gateway")

    service = make_service()
    with fake_prometheus(fading) as (url, _):
        configure(url)
        outcome = Round().measure([service]).outcomes[service.pk]
    assert outcome.failure == "Prometheus answered 502 Bad Gateway."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"status": "error", "errorType": "not_found", "error": "no such page"}, "no such page"),
        (b"404 page not found", "404 Not Found"),
    ],
    ids=["in the API's shape", "as text"],
)
def test_server_without_alerts_or_retention_still_measures(
    configure: Callable[..., None], body: object, words: str
) -> None:
    """Others that speak Prometheus' API often leave these pages out."""

    def partly(path: str) -> Answer:
        if path.endswith(("/alerts", "/rules", "/runtimeinfo")):
            return 404, body
        return healthy(path)

    service = make_service()
    with fake_prometheus(partly) as (url, _):
        configure(url)
        found = Round().measure([service])
    assert found.error(service, "request_rate").startswith("no series")
    assert words in found.error(service, "alerts_firing")


def test_warnings_and_infos_are_noted_once(configure: Callable[..., None]) -> None:
    def warning(path: str) -> Answer:
        status, body = healthy(path)
        assert isinstance(body, dict)
        return status, {**body, "warnings": ["stale shard"], "infos": ["not a counter"]}

    with fake_prometheus(warning) as (url, _):
        configure(url)
        found = Round().measure([make_service()])
    assert found.notes == ["warning: stale shard", "remark: not a counter"]


@pytest.mark.parametrize(
    ("fields", "header"),
    [
        ({"prometheus_bearer_token": "secret"}, "Bearer secret"),
        ({"prometheus_username": "jan", "prometheus_password": "p"}, "Basic amFuOnA="),
        ({}, None),
    ],
)
def test_sign_in_is_sent(
    configure: Callable[..., None], fields: dict[str, str], header: str | None
) -> None:
    with fake_prometheus(healthy) as (url, asked):
        configure(url, **fields)
        Round().measure([make_service()])
    assert {headers.get("Authorization") for _, headers in asked} == {header}


# Without any server


def test_source_without_an_address_is_off(configure: Callable[..., None]) -> None:
    configure(None)
    assert "PROMETHEUS_URL" in PrometheusSource().why_off()


def test_source_with_a_broken_configuration_is_off_and_says_where(
    configure: Callable[..., None],
) -> None:
    configure("http://127.0.0.1:9", "windows: {recent: soon}\n")
    assert "PROMETHEUS_CONFIG is wrong" in PrometheusSource().why_off()
    assert "templates.yml:1: windows.recent" in PrometheusSource().why_off()
    configure("http://127.0.0.1:9", SHORT_WINDOWS)
    assert PrometheusSource().why_off() == ""


def test_no_services_ask_nothing(configure: Callable[..., None]) -> None:
    with fake_prometheus(healthy) as (url, asked):
        configure(url)
        assert Round().measure([]).outcomes == {}
    assert asked == []


def test_libraries_are_left_out_unless_annotated() -> None:
    source = PrometheusSource()
    assert source.applies_to(Service(name="a", type="service"))
    assert not source.applies_to(Service(name="a", type="library"))
    annotated = Service(name="a", type="library", annotations={"prometheus.io/service": "a"})
    assert source.applies_to(annotated)
    assert not source.applies_to(Service(name="a", type="service", is_sample=True))


def test_source_and_its_facts_are_registered() -> None:
    assert isinstance(sources.get("prometheus"), PrometheusSource)
    assert all(facts.get(spec.key) is spec for spec in SPECS)
