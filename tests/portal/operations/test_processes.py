import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from portal.operations import processes
from portal.operations.processes import Child, Plan, answers, how_it_ended
from tests.portal.operations.running import free_port, is_alive, wait_for


def child(tmp_path: Path, code: str) -> Child:
    return Child("web", ("-c", code), log=tmp_path / "web.log")


def end_of(started: Child) -> int:
    started.start()
    codes: list[int] = []

    def has_ended() -> bool:
        code = started.ended()
        if code is not None:
            codes.append(code)
        return bool(codes)

    wait_for(has_ended)
    return codes[0]


def test_child_that_dies_waits_longer_each_time(tmp_path: Path) -> None:
    dying = child(tmp_path, "raise SystemExit(3)")
    waits = []

    for _ in range(4):
        assert end_of(dying) == 3
        waits.append(dying.start_at - time.monotonic())

    assert waits == pytest.approx([0.5, 2, 4, 8], abs=0.3)


def test_child_that_ran_for_long_starts_again_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = child(tmp_path, "pass")
    dying.deaths = 5
    monkeypatch.setattr(processes, "STEADY_SECONDS", 0.0)

    end_of(dying)

    assert dying.start_at - time.monotonic() < 1


def test_what_a_dead_child_started_is_ended_too(tmp_path: Path) -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True)"
    parent = child(tmp_path, code)

    end_of(parent)

    grandchild = int(parent.last_words())
    wait_for(lambda: not is_alive(grandchild))


def test_what_a_dead_child_started_leaves_no_zombie(tmp_path: Path) -> None:
    """The parent adopts the orphans of its children, as `up` does."""
    code = f"""
import pathlib, subprocess, sys, time
from portal.operations import processes
processes._prctl(processes.PR_SET_CHILD_SUBREAPER, 1)
started = "import subprocess; subprocess.Popen(['sleep', '60'])"
child = processes.Child("web", ("-c", started), log=pathlib.Path({str(tmp_path / "log")!r}))
child.start()
while child.ended() is None:
    time.sleep(0.02)
mine = pathlib.Path("/proc/self/task").glob("*/children")
print([path.read_text() for path in mine])
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "['']\n"


def test_child_gets_a_group_and_a_politeness_of_its_own(tmp_path: Path) -> None:
    polite = Child(
        "worker",
        ("-c", "import os; print(os.getpgrp() == os.getpid(), os.nice(0))"),
        log=tmp_path / "log",
        nice=5,
    )

    end_of(polite)

    assert polite.last_words() == f"True {os.nice(0) + 5}"


def test_long_log_is_moved_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LARGEST_LOG", 10)
    talking = child(tmp_path, "pass")
    talking.log.write_text("twelve bytes")

    talking.shorten_log()

    assert talking.log.read_text() == ""
    assert (tmp_path / "web.log.1").read_text() == "twelve bytes"


def test_plan_survives_the_way_to_the_parent() -> None:
    plan = Plan(
        folder="/code", data="/data", port=8000, socket=3, lock=4, lines=["a"], then=[["b"]]
    )

    assert Plan.from_pipe(plan.to_pipe()) == plan


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    """Answers with the status that its attribute says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(self.server.status)  # type: ignore[attr-defined]
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "is_answer"), [(200, True), (404, True), (503, False)])
def test_portal_answers_unless_it_is_broken(
    server: HTTPServer, status: int, is_answer: bool
) -> None:
    server.status = status  # type: ignore[attr-defined]

    assert answers(server.server_port) is is_answer


def test_nobody_answers() -> None:
    assert answers(free_port()) is False


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "ended with code 0"),
        (-signal.SIGKILL, "was killed by SIGKILL"),
        (-99, "was killed by signal 99"),
    ],
)
def test_end_in_words(code: int, words: str) -> None:
    assert how_it_ended(code) == words
