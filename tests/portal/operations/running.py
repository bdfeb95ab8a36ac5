"""A portal started by `up` as a process of its own, for tests."""

import contextlib
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).parents[3]


class Portal:
    """`up` with its own data folder and port; output is collected in a file."""

    def __init__(self, data: Path, port: int | None = None, **environment: str) -> None:
        self.data = data
        self.environment = environment
        self.database = environment.get("DATABASE_URL", "")
        self.port = port or free_port()
        self.output_file = data.with_name(f"{data.name}-output-{self.port}")
        with self.output_file.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=self._environment(environment),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        given = {"PORTAL_DATA": str(self.data), "PORT": str(self.port), "PORTAL_SAMPLE": "0"}
        return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **given, **more}

    @property
    def output(self) -> str:
        return self.output_file.read_text()

    def wait_until_up(self) -> None:
        wait_for(lambda: "Command Center is at" in self.output or self._has_ended(), 35)
        assert not self._has_ended(), self.output

    def _has_ended(self) -> bool:
        return self.process.poll() is not None

    def manage(self, *arguments: str) -> str:
        """Run a command on this portal, as an operator would; answers what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self._environment(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def status(self, path: str = "/health/live") -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as found:
                return int(found.status)
        except urllib.error.HTTPError as error:
            return error.code

    def processes(self) -> set[int]:
        """`up`, its children and theirs."""
        found = {self.process.pid}
        while True:
            more = {pid for pid in all_processes() if parent_of(pid) in found}
            if more <= found:
                return found
            found |= more

    def child(self, word: str) -> int:
        """The child whose command line has the word."""
        for pid in self.processes():
            if parent_of(pid) == self.process.pid and word in command_of(pid):
                return pid
        raise LookupError(word)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        if self.database:
            with psycopg.connect(self.database) as server:
                return server.execute(sql.encode()).fetchall()
        with contextlib.closing(sqlite3.connect(self.data / "portal.sqlite3")) as connection:
            return connection.execute(sql).fetchall()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(15)


@contextlib.contextmanager
def portal(data: Path, **environment: str) -> Iterator[Portal]:
    """A running portal, certainly gone after the block."""
    running = Portal(data, **environment)
    try:
        running.wait_until_up()
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()


def production(postgres_url: str, redis_url: str) -> dict[str, str]:
    """The environment of a portal on PostgreSQL, with a database of its own, and Redis."""
    name = f"up_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
    return {
        "DATABASE_URL": urlsplit(postgres_url)._replace(path=f"/{name}").geturl(),
        "REDIS_URL": redis_url,
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(40),
        "PORTAL_HOSTS": "127.0.0.1",
        "PORTAL_URL": "https://portal.example.com",
    }


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("it did not happen in time")
        time.sleep(0.05)


def all_processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def parent_of(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
