"""Killing the worker with SIGKILL in the middle of a refresh of 200 services loses none."""

import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portal.lib.local_server import LocalServer, answer, serving
from tests.portal.operations.running import Portal, portal, production, wait_for

pytestmark = pytest.mark.server

SERVICES = 200
SLOWLY = 0.3  # seconds that each health address takes to answer
HELD = 20.0  # seconds, at most


@pytest.fixture
def killed() -> threading.Event:
    return threading.Event()


@pytest.fixture
def asked(killed: threading.Event) -> Iterator[LocalServer]:
    """The health addresses of all services: one server that takes its time, and answers to half
    of the services only until the worker was killed."""

    def healthy(connection: socket.socket, request: bytes) -> None:
        server.wait(SLOWLY)
        if len(server.requests) > SERVICES // 2:
            killed.wait(HELD)
        connection.sendall(answer())

    with serving(healthy) as server:
        yield server


@pytest.fixture(params=["embedded", "production"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """The portal as `up` starts it, on SQLite and a folder, and on PostgreSQL and Redis."""
    environment = {"PORTAL_ALLOWED_NETWORKS": "127.0.0.0/8"}
    if request.param == "production":
        environment |= production(
            request.getfixturevalue("postgres_url"), request.getfixturevalue("redis_url")
        )
    with portal(tmp_path / "data", **environment) as started:
        yield started


def test_every_service_is_refreshed_though_the_worker_was_killed(
    running: Portal, asked: LocalServer, killed: threading.Event, tmp_path: Path
) -> None:
    catalogue = write_catalogue(tmp_path / "catalogue", asked)
    assert "200 created" in running.manage("import_catalog", str(catalogue))
    filed = running.manage("refresh", "--source", "probe")
    number = int(filed.removeprefix("Job ").split()[0])
    jobs_before = running.query(f"SELECT id FROM jobs_job WHERE id <= {number} ORDER BY id")

    wait_for(lambda: len(refreshed(running)) >= 0.2 * SERVICES, 30)
    worker = running.child("worker")
    os.kill(worker, signal.SIGKILL)
    killed.set()
    kept = refreshed(running)
    assert 0 < len(kept) < SERVICES
    assert job(running, number)[0] == "running"

    wait_for(lambda: job(running, number)[0] in ("done", "failed"), 30)

    assert job(running, number) == ("done", 2, SERVICES, SERVICES)
    assert running.child("worker") != worker
    assert "worker was killed by SIGKILL; starting it again" in running.output
    assert refreshed(running) == {f"s{n}" for n in range(SERVICES)}
    still_there = running.query(f"SELECT id FROM jobs_job WHERE id <= {number} ORDER BY id")
    assert still_there == jobs_before
    assert running.query("SELECT id FROM scorecards_snapshot WHERE leased_by <> ''") == []

    times = Counter(request.split()[1].decode().strip("/") for request in asked.requests)
    again = {name for name, count in times.items() if count > 1}
    assert {times[name] for name in kept} == {1}, "what was kept is not asked for again"
    assert max(times.values()) == 2
    assert again, "what was asked and not kept is asked for again"


def write_catalogue(folder: Path, server: LocalServer) -> Path:
    folder.mkdir()
    documents = [
        "apiVersion: backstage.io/v1alpha1\n"
        "kind: Component\n"
        "metadata:\n"
        f"  name: s{n}\n"
        "  annotations:\n"
        f"    command-center/health-url: {server.url(f'/s{n}')}\n"
        "spec: {type: service, lifecycle: production, owner: platform}\n"
        for n in range(SERVICES)
    ]
    (folder / "catalog-info.yaml").write_text("---\n".join(documents))
    return folder


def refreshed(running: Portal) -> set[str]:
    """The services whose health the portal has been told."""
    rows = running.query(
        "SELECT catalog_service.key FROM scorecards_snapshot"
        " JOIN catalog_service ON catalog_service.id = service_id"
        " WHERE source = 'probe' AND last_success_at IS NOT NULL AND failing_since IS NULL"
        " AND CAST(facts AS TEXT) LIKE '%probe.is_healthy%'"
    )
    return {str(key) for (key,) in rows}


def job(running: Portal, number: int) -> tuple[object, ...]:
    [row] = running.query(f"SELECT state, attempts, done, total FROM jobs_job WHERE id = {number}")
    return row
