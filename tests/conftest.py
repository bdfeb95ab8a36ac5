"""What every test may ask for: real servers, a real browser, people who are signed in."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase

from portal.accounts.models import Person
from tests import servers
from tests.factories import make_person

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session", autouse=True)
def _only_loopback() -> Iterator[None]:
    """No test talks to anything but servers on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise AssertionError(f"a test tried to reach {host}; only loopback is allowed")
        return connect(self, address)

    return guarded


@pytest.fixture(scope="session", autouse=True)
def _flush_without_triggers() -> Iterator[None]:
    """Emptying the tables after a transactional test is not stopped by append-only triggers."""
    teardown = TransactionTestCase._fixture_teardown

    def quiet_teardown(self: TransactionTestCase) -> None:
        with _triggers_off():
            teardown(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", quiet_teardown)
        yield


@contextmanager
def _triggers_off() -> Iterator[None]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
        yield
        for _, sql in triggers:
            cursor.execute(sql)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    with servers.server_or_address(servers.start_redis, "TEST_REDIS_URL") as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of an empty Redis."""
    with servers.redis.Redis.from_url(redis_server) as client:
        client.flushdb()
    return redis_server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL whose user may create databases and roles.

    This is for tests that start the portal as a process; the database under test is
    `TEST_DATABASE_URL`.
    """
    with servers.server_or_address(servers.start_postgres, "TEST_POSTGRES_URL") as url:
        yield url


@pytest.fixture
def prometheus() -> Iterator[Callable[..., servers.Server]]:
    """`prometheus(config, storage=None)` starts one and answers its `Server`."""
    with ExitStack() as stack:

        def start(config: str, storage: Path | None = None, *options: str) -> servers.Server:
            server = servers.start_prometheus(config, storage, *options)
            stack.callback(server.stop)
            return server

        yield start


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium, driven by Playwright's synchronous API."""
    from playwright.sync_api import sync_playwright

    program = servers.find_chromium()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, which Django takes for an async caller.
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, live_server: Any) -> Iterator[Any]:
    """A page of a fresh browser profile, on a running portal: `page.goto("/")`.

    A script error or a violation of the content security policy fails the test.
    """
    context = browser.new_context(base_url=live_server.url)
    context.set_default_timeout(10_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    page.problems = problems
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def sign_in(client: Client, db: None) -> Callable[..., Client]:
    """`sign_in("lead")` or `sign_in(person)` answers a client of that person."""

    def as_person(who: Person | str = "engineer") -> Client:
        person = make_person(who) if isinstance(who, str) else who
        client.force_login(person)
        return client

    return as_person


@pytest.fixture
def sign_in_page(page: Any, live_server: Any) -> Callable[..., Any]:
    """Like `sign_in`, for the browser: answers the page with the session's cookie."""

    def as_person(who: Person | str = "engineer") -> Any:
        person = make_person(who) if isinstance(who, str) else who
        client = Client()
        client.force_login(person)
        name = settings.SESSION_COOKIE_NAME
        value = client.cookies[name].value
        page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        return page

    return as_person
