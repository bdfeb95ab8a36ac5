"""What a newcomer waits for: first page, filled scorecards, second start; memory and paint."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import servers
from tests.bench.report import Report

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]

OBSERVE = """
window.seen = {lcp: 0, cls: 0, tbt: 0};
new PerformanceObserver(list => { for (const e of list.getEntries()) seen.lcp = e.startTime })
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => { for (const e of list.getEntries())
    if (!e.hadRecentInput) seen.cls += e.value }).observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(list => { for (const e of list.getEntries())
    seen.tbt += Math.max(0, e.duration - 50) }).observe({type: 'longtask', buffered: true});
"""
READ = """() => ({
  fcp: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  ...window.seen,
  script: performance.getEntriesByType('resource').filter(e => e.initiatorType === 'script')
    .reduce((sum, e) => sum + e.encodedBodySize, 0),
  style: performance.getEntriesByType('resource')
    .filter(e => e.initiatorType === 'link' || e.name.endsWith('.css'))
    .reduce((sum, e) => sum + e.encodedBodySize, 0),
})"""


@dataclass
class Portal:
    base: str
    data: Path
    process: subprocess.Popen[bytes]
    seconds: float  # until the first page


def start(report: Report) -> None:
    with TemporaryDirectory(prefix="portal-bench-start-") as name:
        data = Path(name) / "var"
        with _up(data) as portal:
            report.add("first page after the packages are there", portal.seconds, 15, "s")
            filled = _until(lambda: _sample_is_loaded(data), 180)
            report.add("sample scorecards filled, 90 days", filled + portal.seconds, 60, "s")
            time.sleep(20)
            _memory(report, portal)
            _paint(report, portal)
        with _up(data) as portal:
            report.add("first page on the next start", portal.seconds, 5, "s")


@contextmanager
def _up(data: Path) -> Iterator[Portal]:
    port = servers.free_port()
    base = f"http://127.0.0.1:{port}"
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PORTAL_", "DATABASE_", "REDIS_", "DJANGO_"))
    }
    environment |= {"PORTAL_DATA": str(data), "PORT": str(port)}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until(lambda: servers.answers(f"{base}/sign-in/"), 60)
        yield Portal(base, data, process, time.perf_counter() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _until(is_so: Callable[[], bool], seconds: float) -> float:
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        if is_so():
            return time.perf_counter() - started
        time.sleep(0.1)
    raise TimeoutError(f"nothing happened within {seconds:.0f} s")


def _sample_is_loaded(data: Path) -> bool:
    with closing(sqlite3.connect(data / "portal.sqlite3", timeout=20)) as database:
        rows = database.execute("SELECT state, reason FROM jobs_job WHERE kind = 'load_sample'")
        states = rows.fetchall()
    if any(state == "failed" for state, _ in states):
        raise RuntimeError(f"the sample could not be loaded: {states}")
    return bool(states) and all(state == "done" for state, _ in states)


def _memory(report: Report, portal: Portal) -> None:
    """Proportional set sizes, idle: shared pages are counted once over all processes."""
    kinds = {
        "web and worker": {"gunicorn", "worker"},
        "beat and the parent": {"beat", "portal.operations.processes"},
    }
    lines = _tree(portal.process.pid)
    for what, words in kinds.items():
        total = sum(size for command, size in lines if words & set(command))
        report.add(f"idle memory: {what}", total, 300 if "web" in what else 120, "MB", "PSS")


def _tree(parent: int) -> list[tuple[list[str], float]]:
    """(words of the command line, PSS in MB) of a process and everything below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                above = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(above, []).append(int(entry.name))
    found, waiting = [], [parent]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        try:
            command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        pss = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
        found.append((command, int(pss.split()[1]) / 1024))
    return found


def _paint(report: Report, portal: Portal) -> None:
    """First paints of pages in a real Chromium, by the browser's own performance entries."""
    from playwright.sync_api import sync_playwright

    paths = ["/", "/services/", "/services/checkout-api/", "/scorecards/", "/radar/platform-radar/"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=servers.find_chromium(), args=CHROMIUM_FLAGS
        )
        context = chromium.new_context(base_url=portal.base)
        page = context.new_page()
        page.goto("/sign-in/")
        page.get_by_role("button", name="Mara Oduya").click()
        page.wait_for_load_state()
        state = context.storage_state()
        for path in paths:
            fresh = chromium.new_context(base_url=portal.base, storage_state=state)
            page = fresh.new_page()
            page.add_init_script(OBSERVE)
            page.goto(path, wait_until="networkidle")
            seen = page.evaluate(READ)
            report.add(f"paint: {path}, FCP", seen["fcp"], 1000, "ms")
            report.add(f"paint: {path}, LCP", seen["lcp"], 1500, "ms")
            report.add(f"paint: {path}, TBT", seen["tbt"], 200, "ms")
            report.add(f"paint: {path}, layout shift in thousandths", seen["cls"] * 1000, 1, "")
            report.add(f"paint: {path}, script", seen["script"] / 1024, 60, "KB", "transferred")
            report.add(f"paint: {path}, style", seen["style"] / 1024, 30, "KB", "transferred")
            fresh.close()
        chromium.close()
