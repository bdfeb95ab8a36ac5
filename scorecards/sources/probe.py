"""The HTTP probe as a source: asks each service's health address, named by its annotation
`command-center/health-url`, and reads the answer's status, time and headers.

The addresses come from data, so every one passes the address guard. A service that refuses,
hangs or cuts the line is measured: it is not healthy. An address that the guard refuses and a
name that can't be resolved say nothing of the service: the probe fails, and the last good facts
stay.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from portal.catalog.models import Service
from portal.jobs.outside import load_breakers, save_breakers
from portal.lib.http import (
    ANY_STATUS,
    AddressGuard,
    Limits,
    LocalState,
    Outside,
    OutsideError,
    TimedOut,
    Transport,
    Unreachable,
    Unreadable,
)
from portal.lib.registry import FactSpec, facts
from scorecards.sources.base import Outcome, Previous, sources
from scorecards.sources.probe_readings import answered, silent

KEY = "probe"
ANNOTATION = "command-center/health-url"
STALE_AFTER = timedelta(minutes=15)
THREADS = 10
LIMITS = Limits(total=20.0)


def _spec(name: str, kind: str, title: str, order: int, help_text: str, unit: str = "") -> FactSpec:
    return FactSpec(
        key=f"probe.{name}",
        type=kind,
        title=title,
        unit=unit,
        sources=(KEY,),
        stale_after=STALE_AFTER,
        help=help_text,
        order=order,
    )


SPECS = (
    _spec("is_healthy", "bool", "Is healthy", 200, "The health address answers 200 to 299."),
    _spec("status", "int", "Status", 201, "The HTTP status of the health address."),
    _spec("latency_ms", "float", "Time to answer", 202, "Until the headers were there.", "ms"),
    _spec("uses_tls", "bool", "Uses TLS", 203, "The health address answers over https."),
    _spec("missing_headers", "list", "Missing headers", 204, "Security headers not sent."),
    _spec("has_hsts", "bool", "Strict-Transport-Security", 205, "Sent over https, not zero."),
    _spec("has_csp", "bool", "Content-Security-Policy", 206, "Sent and not empty."),
    _spec("has_nosniff", "bool", "X-Content-Type-Options", 207, "Sent as nosniff."),
    _spec("has_frame_options", "bool", "X-Frame-Options", 208, "Or frame-ancestors in the policy."),
    _spec("has_referrer_policy", "bool", "Referrer-Policy", 209, "Sent and not empty."),
    _spec("has_permissions_policy", "bool", "Permissions-Policy", 210, "Sent and not empty."),
    _spec("leaks_server_version", "bool", "Tells its version", 211, "A header names a version."),
)


class ProbeSource:
    key = KEY
    title = "HTTP probe"
    order = 30
    every = timedelta(minutes=5)

    def why_off(self) -> str:
        return ""

    def applies_to(self, service: Service) -> bool:
        return not service.is_sample and bool(_address(service))

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
        guard = AddressGuard.allowing(settings.ENV.portal_allowed_networks)
        transport = Transport(service=self.title, guard=guard, max_connections=THREADS)
        hosts = {service.pk: _host(_address(service)) for service in services}
        state = LocalState(breakers=load_breakers(set(hosts.values())))
        # Threads call, this one reports: only it has the database.
        ways = {
            host: Outside(
                host,
                title=host.removeprefix(f"{KEY} "),
                state=state,
                guard=guard,
                transport=transport,
                limits=LIMITS,
            )
            for host in set(hosts.values())
        }
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix=KEY)
        try:
            asked = [
                pool.submit(probe, ways[hosts[one.pk]], one.pk, _address(one), now)
                for one in services
            ]
            for done in as_completed(asked):
                report([done.result()])
        finally:
            pool.shutdown(cancel_futures=True)
            transport.close()
            save_breakers(state.breakers)


def probe(way: Outside, service_id: int, url: str, at: datetime) -> Outcome:
    """Ask one health address."""
    try:
        answer = way.request("GET", url, accept=ANY_STATUS, body=False)
    except (TimedOut, Unreachable, Unreadable) as error:
        if isinstance(error, Unreachable) and error.is_our_side:
            return Outcome(service_id=service_id, at=at, failure=error.message)
        return Outcome(service_id=service_id, at=at, readings=silent(error.message, url, at))
    except OutsideError as error:
        return Outcome(service_id=service_id, at=at, failure=error.message)
    return Outcome(service_id=service_id, at=at, readings=answered(answer, url, at))


def _address(service: Service) -> str:
    value = service.annotations.get(ANNOTATION)
    return value.strip() if isinstance(value, str) else ""


def _host(url: str) -> str:
    """The name of the breaker of an address: services on one host share it."""
    try:
        return f"{KEY} {httpx.URL(url).netloc.decode('ascii')}"[:100]
    except (httpx.InvalidURL, UnicodeError):
        return f"{KEY} {urlsplit(url).path}"[:100]


def register() -> None:
    """Called once when Django is ready."""
    sources.add(ProbeSource())
    for spec in SPECS:
        facts.add(spec)
