"""The HTTP probe against real servers on loopback."""

import socket
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from django.conf import settings

from portal.catalog.models import Service
from portal.jobs.models import Breaker, BulkheadSlot
from portal.lib.http import Answer, BreakerRules, Limits
from portal.lib.registry import facts
from scorecards.sources import probe as source_module
from scorecards.sources.base import Measured, Outcome, Reading, Unmeasured, sources
from scorecards.sources.probe import ANNOTATION, SPECS, ProbeSource
from scorecards.sources.probe_readings import answered
from tests import servers
from tests.factories import make_service
from tests.portal.lib.local_server import always, answer, serving

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
GOOD_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=()",
    "Server": "nginx",
}


def value(readings: Mapping[str, Reading], name: str) -> object:
    reading = readings[f"probe.{name}"]
    assert isinstance(reading, Measured), reading
    return reading.value


def read(
    url: str = "https://shop.example/health",
    status: int = 200,
    headers: Mapping[str, str] = GOOD_HEADERS,
    seconds: float = 0.0421,
) -> Mapping[str, Reading]:
    found = Answer("shop", status, httpx.Headers(headers), b"", url, seconds)
    return answered(found, "https://shop.example/health", NOW)


# What an answer shows


def test_good_answer_shows_a_healthy_and_hardened_service() -> None:
    found = read()
    assert value(found, "is_healthy") is True
    assert value(found, "status") == 200
    assert value(found, "latency_ms") == 42.1
    assert value(found, "uses_tls") is True
    assert value(found, "missing_headers") == []
    assert value(found, "leaks_server_version") is False
    assert set(found) == {spec.key for spec in SPECS}


@pytest.mark.parametrize(
    ("status", "is_healthy"), [(200, True), (204, True), (301, False), (404, False), (503, False)]
)
def test_health_is_any_status_of_success(status: int, is_healthy: bool) -> None:
    found = read(status=status)
    assert value(found, "is_healthy") is is_healthy
    assert value(found, "status") == status


@pytest.mark.parametrize(
    ("name", "header", "bad"),
    [
        ("has_hsts", "Strict-Transport-Security", "max-age=0"),
        ("has_hsts", "Strict-Transport-Security", "includeSubDomains"),
        ("has_csp", "Content-Security-Policy", " "),
        ("has_nosniff", "X-Content-Type-Options", "sniff"),
        ("has_frame_options", "X-Frame-Options", "ALLOWALL"),
        ("has_referrer_policy", "Referrer-Policy", ""),
        ("has_permissions_policy", "Permissions-Policy", ""),
    ],
)
def test_header_that_is_missing_or_says_nothing_is_named(name: str, header: str, bad: str) -> None:
    without = {key: text for key, text in GOOD_HEADERS.items() if key != header}
    for headers in (without, {**without, header: bad}):
        found = read(headers=headers)
        assert value(found, name) is False
        assert value(found, "missing_headers") == [header]


def test_frame_ancestors_takes_the_place_of_frame_options() -> None:
    headers = {"Content-Security-Policy": "frame-ancestors 'none'"}
    assert value(read(headers=headers), "has_frame_options") is True


def test_strict_transport_security_over_plain_http_does_not_count() -> None:
    found = read(url="http://shop.example/health")
    assert value(found, "uses_tls") is False
    assert value(found, "has_hsts") is False


@pytest.mark.parametrize(
    ("header", "text", "leaks"),
    [
        ("Server", "nginx/1.25.3", True),
        ("Server", "Apache/2", True),
        ("X-Powered-By", "PHP/8.2", True),
        ("X-Powered-By", "Express", False),
        ("X-AspNet-Version", "4.0.30319", True),
        ("Server", "cloudflare", False),
    ],
)
def test_header_that_tells_a_version_is_a_leak(header: str, text: str, leaks: bool) -> None:
    found = read(headers={header: text})
    assert value(found, "leaks_server_version") is leaks
    reading = found["probe.leaks_server_version"]
    assert isinstance(reading, Measured)
    assert (text in reading.evidence) is leaks


# Asking


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the allowed networks, and make attempts and the circuit quick."""

    def allow(*networks: str) -> None:
        changed = settings.ENV.model_copy(update={"portal_allowed_networks": list(networks)})
        monkeypatch.setattr(settings, "ENV", changed)
        limits = Limits(attempts=1, read=1.0, total=5.0, breaker=BreakerRules(failures=3))
        monkeypatch.setattr(source_module, "LIMITS", limits)

    return allow


def make_probed(url: str, **fields: Any) -> Service:
    return make_service(annotations={ANNOTATION: url}, **fields)


def measure(*services: Service) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    threads = set()

    def report(reported: Any) -> None:
        threads.add(threading.current_thread())
        outcomes.update({outcome.service_id: outcome for outcome in reported})

    ProbeSource().measure(services, {}, now=NOW, report=report, note=lambda text: None)
    assert threads <= {threading.main_thread()}
    assert set(outcomes) == {service.pk for service in services}
    return outcomes


@pytest.mark.django_db
class TestAsking:
    @pytest.fixture(autouse=True)
    def _loopback(self, allow: Callable[..., None]) -> None:
        allow("127.0.0.0/8")

    def test_service_that_answers_is_measured(self) -> None:
        with serving(always(answer(b"fine", Server="nginx/1.2"))) as server:
            service = make_probed(server.url("/health"))
            found = measure(service)[service.pk].readings
        assert value(found, "is_healthy") is True
        assert value(found, "leaks_server_version") is True
        reading = found["probe.is_healthy"]
        assert isinstance(reading, Measured)
        assert reading.evidence == f"GET {server.url('/health')} answered 200"
        assert reading.url == server.url("/health")

    def test_service_that_answers_503_is_measured_as_unhealthy(self) -> None:
        with serving(always(answer(b"", "503 Service Unavailable"))) as server:
            service = make_probed(server.url())
            found = measure(service)[service.pk].readings
            assert value(found, "is_healthy") is False
            assert value(found, "status") == 503
            assert len(server.requests) == 1

    def test_redirect_is_followed_and_told(self) -> None:
        with (
            serving(always(answer(b"fine"))) as target,
            serving(always(answer(b"", "302 Found", Location=target.url("/b")))) as server,
        ):
            service = make_probed(server.url("/a"))
            found = measure(service)[service.pk].readings
        assert value(found, "is_healthy") is True
        reading = found["probe.is_healthy"]
        assert isinstance(reading, Measured)
        assert f"redirected to {target.url('/b')}" in reading.evidence

    def test_service_that_refuses_the_connection_is_measured_as_unhealthy(self) -> None:
        service = make_probed(f"http://127.0.0.1:{servers.free_port()}/")
        outcome = measure(service)[service.pk]
        assert outcome.failure == ""
        assert value(outcome.readings, "is_healthy") is False
        status = outcome.readings["probe.status"]
        assert isinstance(status, Unmeasured)
        assert status.error == ("no answer: 127.0.0.1 can't be reached: it refuses the connection.")
        assert set(outcome.readings) == {spec.key for spec in SPECS}

    def test_service_that_hangs_is_measured_as_unhealthy(self) -> None:
        with serving(lambda connection, request: server.wait(5)) as server:
            service = make_probed(server.url())
            outcome = measure(service)[service.pk]
        assert value(outcome.readings, "is_healthy") is False
        reading = outcome.readings["probe.is_healthy"]
        assert isinstance(reading, Measured)
        assert "did not answer within the time limit" in reading.evidence

    def test_service_that_redirects_in_a_circle_is_measured_as_unhealthy(self) -> None:
        with serving(always(answer(b"", "302 Found", Location="/"))) as server:
            service = make_probed(server.url())
            found = measure(service)[service.pk].readings
        assert value(found, "is_healthy") is False

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("http://169.254.169.254/latest/", "never called"),
            ("http://10.0.0.1/health", "PORTAL_ALLOWED_NETWORKS"),
            ("/health", "Only http and https"),
            ("ftp://127.0.0.1/", "Only http and https"),
            ("http://jan:secret@127.0.0.1/", "carries a user name or password"),
            ("http://127.0.0.1:port/", "not a well-formed URL"),
        ],
    )
    def test_address_that_may_not_be_called_fails_and_measures_nothing(
        self, url: str, words: str
    ) -> None:
        service = make_probed(url)
        outcome = measure(service)[service.pk]
        assert words in outcome.failure
        assert outcome.readings == {}

    def test_name_that_cannot_be_resolved_fails_and_measures_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unknown(*args: object, **more: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")

        monkeypatch.setattr("portal.lib.transport.socket.getaddrinfo", unknown)
        service = make_probed("http://nowhere.example/")
        outcome = measure(service)[service.pk]
        assert "could not be resolved" in outcome.failure
        assert outcome.readings == {}

    def test_dead_host_opens_its_own_circuit_only(self) -> None:
        dead = f"http://127.0.0.1:{servers.free_port()}"
        with serving(always(answer(b"fine"))) as server:
            on_dead = [make_probed(f"{dead}/{number}") for number in range(40)]
            alive = [make_probed(server.url(f"/{number}")) for number in range(5)]
            found = measure(*on_dead, *alive)
        failures = [found[service.pk].failure for service in on_dead]
        assert sum("times in a row" in failure for failure in failures) >= 20
        assert all(value(found[service.pk].readings, "is_healthy") is True for service in alive)
        (row,) = Breaker.objects.all()
        assert row.name == f"probe {dead.removeprefix('http://')}"
        assert row.state == "open"

    def test_host_that_answers_again_is_forgotten(self) -> None:
        with serving(always(answer(b"fine"))) as server:
            name = f"probe 127.0.0.1:{server.port}"
            Breaker.objects.create(name=name, state="open", failures=5, opened_at=NOW)
            service = make_probed(server.url())
            assert value(measure(service)[service.pk].readings, "is_healthy") is True
        assert not Breaker.objects.exists()

    def test_probes_take_no_slots_in_the_database(self) -> None:
        with serving(always(answer(b"fine"))) as server:
            measure(make_probed(server.url()))
        assert not BulkheadSlot.objects.exists()

    def test_at_most_ten_are_asked_at_once(self) -> None:
        running, most = 0, 0
        lock = threading.Lock()

        def count(connection: Any, request: bytes) -> None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            server.wait(0.05)
            with lock:
                running -= 1
            connection.sendall(answer(b"fine"))

        with serving(count) as server:
            found = measure(*(make_probed(server.url(f"/{number}")) for number in range(30)))
        assert most <= 10
        assert all(value(outcome.readings, "is_healthy") is True for outcome in found.values())

    def test_report_that_fails_ends_the_round(self) -> None:
        class Lost(Exception):
            pass

        def report(reported: Any) -> None:
            raise Lost

        with serving(always(answer(b"fine"))) as server:
            services = [make_probed(server.url()) for _ in range(30)]
            with pytest.raises(Lost):
                ProbeSource().measure(services, {}, now=NOW, report=report, note=lambda text: None)
            assert len(server.requests) < 30


@pytest.mark.django_db
def test_address_that_is_none_fails_alone(allow: Callable[..., None]) -> None:
    allow("127.0.0.0/8")
    with serving(always(answer(b"fine"))) as server:
        good, bad = make_probed(server.url()), make_probed("http://xn--/")
        found = measure(good, bad)
    assert value(found[good.pk].readings, "is_healthy") is True
    assert found[bad.pk].failure == "The address is not a well-formed URL."


@pytest.mark.django_db
def test_loopback_is_blocked_where_it_is_not_listed(allow: Callable[..., None]) -> None:
    allow()
    with serving(always(answer(b"fine"))) as server:
        service = make_probed(server.url())
        assert "PORTAL_ALLOWED_NETWORKS" in measure(service)[service.pk].failure
        assert server.requests == []


def test_only_services_with_an_address_are_probed() -> None:
    source = ProbeSource()
    assert source.why_off() == ""
    assert source.applies_to(Service(annotations={ANNOTATION: "https://shop.example/health"}))
    assert not source.applies_to(Service(annotations={}))
    assert not source.applies_to(Service(annotations={ANNOTATION: " "}))
    assert not source.applies_to(Service(annotations={ANNOTATION: 7}))
    assert not source.applies_to(Service(annotations={ANNOTATION: "https://a"}, is_sample=True))


def test_source_and_its_facts_are_registered() -> None:
    assert isinstance(sources.get("probe"), ProbeSource)
    assert all(facts.get(spec.key) is spec for spec in SPECS)
