"""The portal as processes: what is no message, a database away at start, the portal's own page."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from tests.acceptance.visitor import Visitor
from tests.portal.operations.running import (
    ROOT,
    Portal,
    free_port,
    portal,
    production,
    wait_for,
)

pytestmark = pytest.mark.server

NO_MESSAGES = [b"\x00\xff no text", b"{}", b'{"body": 7, "properties": {}}', b"[1, 2"]


# -- a broker message that is no message --------------------------------------------------------


def test_file_that_is_no_message_stops_no_worker(tmp_path: Path) -> None:
    with portal(tmp_path / "data") as running:
        wait_for(lambda: is_ready(running))
        worker = running.child("worker")
        queue = running.data / "broker" / "queues" / "jobs"
        for number, content in enumerate(NO_MESSAGES):
            (queue / f"0-{number}.json").write_bytes(content)

        refresh_own_service(running)

        assert running.child("worker") == worker
        rejected = running.data / "broker" / "rejected"
        wait_for(lambda: len(list(rejected.iterdir())) == len(NO_MESSAGES))
        assert {path.read_bytes() for path in rejected.iterdir()} == set(NO_MESSAGES)
        log = (running.data / "logs" / "worker.log").read_text()
        assert log.count("Not a message, moved to") == len(NO_MESSAGES)
        assert "Traceback" not in log


def test_redis_entry_that_is_no_message_stops_no_worker(
    tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    with portal(tmp_path / "data", **production(postgres_url, redis_url)) as running:
        wait_for(lambda: is_ready(running))
        worker = running.child("worker")
        with redis.Redis.from_url(redis_url) as client:
            client.rpush("jobs", *NO_MESSAGES, b"[" * 100_000)

            refresh_own_service(running)

            assert client.llen("rejected") == len(NO_MESSAGES)
        assert running.child("worker") == worker
        log = (running.data / "logs" / "worker.log").read_text()
        assert log.count("Not a message, ") == len(NO_MESSAGES) + 1
        assert "Traceback" not in log


def refresh_own_service(running: Portal) -> None:
    """File a job that only a worker can do, and wait until it is done."""
    filed = running.manage("refresh", "--source", "checkout")
    number = int(filed.removeprefix("Job ").split()[0])
    wait_for(lambda: state_of(running, number) in ("done", "failed"), 35)
    assert state_of(running, number) == "done"


def state_of(running: Portal, number: int) -> object:
    return running.query(f"SELECT state FROM jobs_job WHERE id = {number}")[0][0]


def is_ready(running: Portal) -> bool:
    """Whether the worker has done its first work."""
    return running.query("SELECT id FROM jobs_job WHERE state = 'done'") != []


# -- a database that is away at start -----------------------------------------------------------


def test_database_that_is_away_at_start_is_waited_for(
    tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    environment = production(postgres_url, redis_url)
    there = urlsplit(environment["DATABASE_URL"])
    port = free_port()
    address = there._replace(netloc=f"{there.username}@127.0.0.1:{port}")
    environment["DATABASE_URL"] = address.geturl()

    running = Portal(tmp_path / "data", **environment)
    try:
        wait_for(lambda: "Waiting for the database" in running.output or has_ended(running))
        name = there.path.strip("/")
        [line] = running.output.splitlines()
        assert line.startswith(f"Waiting for the database {name} at 127.0.0.1:{port}: ")
        assert "refused" in line

        with forwarding(port, there.port or 5432):
            running.wait_until_up()
            assert running.status() == 200
            assert running.status("/health/ready") == 200
            assert running.output.count("Waiting for the database") == 1
            assert running.stop() == 0
    finally:
        if not has_ended(running):
            running.stop()


def has_ended(running: Portal) -> bool:
    return running.process.poll() is not None


@contextmanager
def forwarding(port: int, to: int) -> Iterator[None]:
    """A port that leads to another one from now on."""
    listener = socket.create_server(("127.0.0.1", port))
    open_ones: list[socket.socket] = [listener]

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", to))
                open_ones.extend((near, far))
                start(partial(pump, near, far))
                start(partial(pump, far, near))

    threads = [start(accept)]
    try:
        yield
    finally:
        for one in open_ones:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in threads:
            thread.join(5)


def start(target: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


# -- the portal's own service -------------------------------------------------------------------


def test_portal_lists_itself_with_facts_from_its_own_checkout(tmp_path: Path) -> None:
    with portal(tmp_path / "data") as running, Visitor(running) as visitor:
        visitor.become_admin()
        wait_for(lambda: measured(running) and scored(running), 35)

        page = visitor.read("/services/command-center/")
        readme = (ROOT / "README.md").stat().st_size
        assert "Local checkout ok, " in page
        for card in ("Production readiness", "Quality gates"):
            assert re.search(rf"{card} \d+ checks .{{0,40}}\d+ of 100", page), page
        assert "sample data" not in page
        page = visitor.read("/services/command-center/scorecards/production-readiness/")
        assert "Has a README: yes README.md, Local checkout, " in page
        assert f"Size of the README: {readme:,} bytes" in page
        assert "Has a repository: yes local checkout ., Catalogue" in page

        found = visitor.ask("/services/command-center/facts")
        facts = {fact["name"]: fact.get("value") for fact in found}
        assert facts["repo.has_license"] is True
        assert facts["repo.license"] == "Apache-2.0"
        assert facts["repo.has_ci"] is True
        assert facts["repo.actions_unpinned"] == 0
        assert facts["repo.last_commit_at"]

        results = {row["check"]: row for row in visitor.ask(f"{RESULTS}&limit=100")["data"]}
        del results["coverage-above-80"]  # known where the tests were run with coverage
        failing = {check for check, row in results.items() if row["state"] == "fail"}
        assert failing == set(), "what our own packs ask for, our own repository has"
        unknown = {row["reason"] for row in results.values() if row["state"] == "unknown"}
        assert {reason for reason in unknown if not NOT_TO_BE_KNOWN.search(reason)} == set()


RESULTS = "/results?service=command-center"
# What only GitHub, Prometheus or an address could tell, of which this portal has none.
NOT_TO_BE_KNOWN = re.compile(r"no source for \S+ is connected|gives HTTP probe nothing to go by")


def measured(running: Portal) -> bool:
    return running.query("SELECT id FROM scorecards_snapshot WHERE source = 'checkout'") != []


def scored(running: Portal) -> bool:
    rows = running.query("SELECT scorecard_id FROM scorecards_standing WHERE score IS NOT NULL")
    return len(rows) == 2
