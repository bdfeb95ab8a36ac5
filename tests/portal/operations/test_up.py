import http.client
import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portal.operations.running import (
    Portal,
    free_port,
    is_alive,
    portal,
    production,
    wait_for,
)

pytestmark = pytest.mark.server

SLOWLY = {"DJANGO_SETTINGS_MODULE": "tests.portal.operations.slowly.settings"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One portal for all tests that leave it running."""
    with portal(tmp_path_factory.mktemp("up") / "data") as started:
        yield started


def test_up_prints_a_few_lines_and_serves(running: Portal) -> None:
    lines = running.output.splitlines()

    assert f"Command Center is at http://127.0.0.1:{running.port}/" in lines
    assert any("/first-admin/" in line for line in lines)
    assert len(lines) <= 6
    assert running.status() == 200
    assert running.status("/") in (200, 302)


def test_up_is_ready_with_its_worker_and_beat(running: Portal) -> None:
    wait_for(lambda: running.query("SELECT key FROM jobs_schedulerun WHERE key = 'reap'") != [])

    assert running.status("/health/ready") == 200


def test_every_web_process_tells_the_requests_of_all(running: Portal) -> None:
    """Each connection may reach the other of the two processes."""

    def counted() -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/metrics") as found:
            text = found.read().decode()
        line = r'^http_requests_total\{method="GET",route="jobs:list",status="302"\} (\S+)$'
        return sum(float(number) for number in re.findall(line, text, re.M))

    before = counted()
    for _ in range(9):
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        connection.request("GET", "/jobs/")
        assert connection.getresponse().status == 302
        connection.close()

    assert {counted() - before for _ in range(9)} == {9}


def test_taken_port_is_said_plainly(running: Portal, tmp_path: Path) -> None:
    second = Portal(tmp_path / "data", port=running.port)

    assert second.process.wait(20) == 1
    assert second.output == f"Port {running.port} is taken; set PORT to another.\n"


def test_second_up_on_the_same_data_is_refused(running: Portal) -> None:
    second = Portal(running.data, port=free_port())

    assert second.process.wait(20) == 1
    assert second.output == (
        f"A portal already runs on {running.data} (process {running.process.pid}); stop it, or "
        "set PORTAL_DATA to another folder.\n"
    )


def test_killed_web_server_is_started_again(running: Portal) -> None:
    before = running.child("gunicorn")
    os.kill(before, signal.SIGKILL)

    wait_for(lambda: "web was killed by SIGKILL; starting it again" in running.output)
    assert running.status() == 200
    assert running.child("gunicorn") != before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_leaves_nothing_running_and_queues_the_job_again(
    tmp_path: Path, number: int
) -> None:
    with portal(tmp_path / "data", **SLOWLY) as started:
        wait_for(lambda: len(_items(started)) > 5)
        processes = started.processes()
        assert len(processes) >= 6

        assert started.stop(number) == 0

        assert [pid for pid in processes if is_alive(pid)] == []
        assert started.query(
            "SELECT state, attempts, holder FROM jobs_job WHERE kind = 'slow'"
        ) == [("queued", 0, "")]


def test_killing_up_itself_ends_its_children(tmp_path: Path) -> None:
    with portal(tmp_path / "data") as started:
        wait_for(lambda: len(started.processes()) >= 6)
        processes = started.processes()

        os.kill(started.process.pid, signal.SIGKILL)
        started.process.wait(5)

        wait_for(lambda: not any(is_alive(pid) for pid in processes), 15)


@pytest.fixture(params=["embedded", "production"])
def kind_of_portal(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment of an embedded portal, and of one on PostgreSQL and Redis."""
    if request.param == "embedded":
        return {}
    return production(request.getfixturevalue("postgres_url"), request.getfixturevalue("redis_url"))


def test_worker_killed_in_the_middle_of_a_job_loses_none_of_it(
    tmp_path: Path, kind_of_portal: dict[str, str]
) -> None:
    with portal(tmp_path / "data", **SLOWLY, **kind_of_portal) as started:
        wait_for(lambda: len(_items(started)) > 20)
        worker = started.child("worker")
        assert {pid for pid, _ in _items(started)} == {worker}

        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: _job(started)[0] == "done", 25)

        second = started.child("worker")
        assert second != worker
        assert [number for pid, number in _items(started) if pid == second] == list(range(150))
        assert _job(started) == ("done", 2)


def test_web_server_that_can_not_start_ends_up_with_the_reason(tmp_path: Path) -> None:
    broken = Portal(tmp_path / "data", GUNICORN_CMD_ARGS="--nonsense")

    assert broken.process.wait(35) == 1
    assert "The web server can't start. The end of" in broken.output
    assert "unrecognized arguments: --nonsense" in broken.output


def _items(started: Portal) -> list[tuple[int, int]]:
    path = started.data / "items"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(int(pid), int(number)) for pid, number in (line.split() for line in lines)]


def _job(started: Portal) -> tuple[object, ...]:
    return started.query("SELECT state, attempts FROM jobs_job WHERE kind = 'slow'")[0]
