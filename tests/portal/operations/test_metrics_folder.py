"""What a killed web server leaves behind is removed by the next one, and nothing else is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from portal.environment import BASE_DIR
from portal.operations import metrics_folder

HOLDER = """
import os, sys, time
from pathlib import Path
from portal.operations import metrics_folder
folder = metrics_folder.take(Path(sys.argv[1]))
print(folder.path, flush=True)
if os.fork() == 0:
    print(os.getpid(), flush=True)
time.sleep(60)
"""


def test_folder_of_a_killed_server_is_removed_once_its_last_process_is_gone(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        path, child = Path(server.stdout.readline().strip()), int(server.stdout.readline())
        (path / "counter_7.db").write_bytes(b"counted")
        try:
            metrics_folder.remove_stale(tmp_path)
            assert path.exists()
            server.kill()
            server.wait()
            metrics_folder.remove_stale(tmp_path)
            assert path.exists()  # the forked process goes on counting
        finally:
            server.kill()
            os.kill(child, signal.SIGKILL)
        assert server.stdout.read() == ""  # both have ended

    metrics_folder.remove_stale(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_own_folder_is_named_for_what_it_is_and_removed_at_the_end(tmp_path: Path) -> None:
    folder = metrics_folder.take(tmp_path)
    assert folder.path.name.startswith("portal-metrics-")
    assert list(tmp_path.iterdir()) == [folder.path]

    folder.remove()

    assert list(tmp_path.iterdir()) == []


def test_other_files_and_links_are_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "inside").mkdir(parents=True)
    parent = tmp_path / "tmp"
    parent.mkdir()
    (parent / "portal-metrics-link").symlink_to(elsewhere)
    (parent / "portal-metrics-file").write_text("")
    (parent / "other").mkdir()

    metrics_folder.remove_stale(parent)

    assert (elsewhere / "inside").exists()
    assert len(list(parent.iterdir())) == 3


def test_start_without_leftovers_removes_nothing(tmp_path: Path) -> None:
    metrics_folder.remove_stale(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []
