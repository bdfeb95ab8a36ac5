"""Real servers for the tests: each on loopback and a port of its own, each gone afterwards.

A program is taken from the path; where it is missing, the system's package manager installs it
when we are root; else the address in `TEST_POSTGRES_URL` or `TEST_REDIS_URL` is used. Where
nothing helps, `MissingProgram` names the line that installs it: tests fail, they never skip.
A server dies with the process that started it, even where that one is killed.
"""

import fcntl
import glob
import locale
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import psycopg
import redis

START_SECONDS = 60.0


class MissingProgram(Exception):
    """A program that the tests need is not on this machine, and can't be put there."""


class StartFailed(Exception):
    """A server did not come up; the message ends with the end of its log."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program by the names it has, the package that holds it and where else it may lie."""

    title: str
    names: tuple[str, ...]
    package: str
    folders: tuple[str, ...] = ()
    instead: str = ""  # how to do without it, ending the sentence that says it is missing


POSTGRES = Program(
    title="PostgreSQL",
    names=("initdb",),
    package="postgresql",
    folders=("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin"),
    instead=", or set TEST_POSTGRES_URL to a server whose user may create databases",
)
REDIS = Program(
    title="Redis",
    names=("redis-server", "valkey-server"),
    package="redis-server",
    instead=", or set TEST_REDIS_URL to a server whose database may be emptied",
)
PROMETHEUS = Program(title="Prometheus", names=("prometheus",), package="prometheus")
PROMTOOL = Program(title="promtool", names=("promtool",), package="prometheus")
CHROMIUM = Program(
    title="Chromium",
    names=("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    package="chromium",
)


def find(program: Program) -> Path:
    """Where a program lies, after installing it where that is possible."""
    found = _on_this_machine(program)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        with _alone("install"):
            found = _on_this_machine(program) or _install(program)
    if found is None:
        raise MissingProgram(
            f"{program.title} is missing. Install it with "
            f"`sudo apt-get install --no-install-recommends {program.package}`{program.instead}."
        )
    return found


def _on_this_machine(program: Program) -> Path | None:
    for name in program.names:
        found = shutil.which(name)
        if found:
            return Path(found)
        for folder in program.folders:
            for path in sorted(glob.glob(f"{folder}/{name}"), reverse=True):
                return Path(path)
    return None


def _install(program: Program) -> Path | None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", program.package]
    for command in (["apt-get", "update", "-q"], install):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode and command is install:
            raise MissingProgram(f"{program.title} could not be installed:\n{done.stderr[-2000:]}")
    return _on_this_machine(program)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One process of this machine at a time."""
    with (Path(tempfile.gettempdir()) / f"portal-tests-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass
class Server:
    """A running server. `url` is where it answers; `stop()` ends it and may be called twice."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    stop_signal: int = signal.SIGTERM
    owns_folder: bool = field(default=True)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait(5)


def free_port() -> int:
    """A port of loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_process(
    command: Sequence[str | Path],
    *,
    url: str,
    folder: Path,
    is_ready: Callable[[], bool],
    stop_signal: signal.Signals = signal.SIGTERM,
    user: str | None = None,
    environment: dict[str, str] | None = None,
) -> Server:
    """Start a server whose log is `folder/log`, and wait until it is ready."""
    dies_with_us: list[str] = []
    if shutil.which("setpriv"):
        dies_with_us = ["setpriv", f"--pdeathsig={stop_signal.name.removeprefix('SIG')}"]
        if user:
            dies_with_us += [f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*dies_with_us, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            user=None if dies_with_us else user,
        )
    server = Server(url, folder, process, stop_signal)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if is_ready():
            return server
        time.sleep(0.05)
    message = f"{Path(command[0]).name} did not start:\n{server.log[-3000:]}"
    server.stop()
    raise StartFailed(message)


def _group(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def _folder(name: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"portal-tests-{name}-"))


def start_postgres() -> Server:
    """A PostgreSQL of our own; its superuser `tester` needs no password."""
    initdb = find(POSTGRES).resolve()
    folder = _folder("postgres")
    user = _unprivileged()
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, _group(user))
    data = folder / "data"
    made = subprocess.run(
        [
            *(initdb, "-D", data, "-U", "tester", "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", f"--locale={_utf8_locale()}"),
        ],
        user=user,
        group=_group(user) if user else None,
        extra_groups=[] if user else None,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise StartFailed(f"initdb failed:\n{made.stdout[-1000:]}{made.stderr[-2000:]}")
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 100,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "128MB",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    url = f"postgresql://tester@127.0.0.1:{port}/postgres"
    return start_process(
        [initdb.with_name("postgres"), "-D", data, *options],
        url=url,
        folder=folder,
        is_ready=lambda: _postgres_answers(url),
        stop_signal=signal.SIGINT,  # "fast": does not wait for clients to leave
        user=user,
    )


def _unprivileged() -> str | None:
    """Whom PostgreSQL runs as where we are root, which it refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise StartFailed("PostgreSQL refuses to run as root, and there is no user `nobody`")


def _utf8_locale() -> str:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            with suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, name)
                return name
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)


def _postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def start_redis() -> Server:
    """A Redis of our own that keeps nothing on disk."""
    program = find(REDIS)
    folder, port = _folder("redis"), free_port()
    url = f"redis://127.0.0.1:{port}/0"
    return start_process(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        url=url,
        folder=folder,
        is_ready=lambda: _redis_answers(url),
    )


def _redis_answers(url: str) -> bool:
    with redis.Redis.from_url(url, socket_timeout=2) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def start_prometheus(config: str, storage: Path | None = None, *options: str) -> Server:
    """A Prometheus with this configuration; `storage` holds blocks made by `backfill()`."""
    program = find(PROMETHEUS)
    folder, port = _folder("prometheus"), free_port()
    (folder / "prometheus.yml").write_text(config)
    url = f"http://127.0.0.1:{port}"
    return start_process(
        [
            program,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={storage or folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
            *options,
        ],
        url=url,
        folder=folder,
        is_ready=lambda: answers(f"{url}/-/ready"),
    )


def backfill(openmetrics: str, storage: Path) -> None:
    """Write samples with their times (OpenMetrics text, ends with `# EOF`) as blocks."""
    promtool = find(PROMTOOL)
    source = storage.with_suffix(".openmetrics")
    source.write_text(openmetrics)
    done = subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", source, storage],
        capture_output=True,
        text=True,
        check=False,
    )
    source.unlink()
    if done.returncode:
        raise StartFailed(f"promtool refused the samples:\n{done.stdout}{done.stderr}")


def answers(url: str) -> bool:
    """Whether an address answers 200."""
    try:
        with urlopen(url, timeout=2) as response:
            return int(response.status) == 200
    except OSError:
        return False


def find_chromium() -> Path | None:
    """Chromium's program, or None where Playwright has installed a browser of its own."""
    try:
        return find(CHROMIUM)
    except MissingProgram as missing:
        command = ["playwright", "install", "chromium"]
        with _alone("install"):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise missing from None
        return None


@contextmanager
def server_or_address(start: Callable[[], Server], variable: str) -> Iterator[str]:
    """The address of a server started for the caller, else the one in the environment."""
    try:
        server = start()
    except MissingProgram:
        if not os.environ.get(variable):
            raise
        yield os.environ[variable]
        return
    try:
        yield server.url
    finally:
        server.stop()
