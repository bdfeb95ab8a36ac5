"""The parent of an embedded portal: starts web, worker and beat, keeps them alive, ends them.

`up` prepares with Django loaded and then becomes this program, which imports nothing but the
standard library and so costs a fifth of the memory. It gets its `Plan` through an inherited
pipe. Each child leads a process group of its own: a Ctrl-C reaches the parent alone, and what
a child started can be found and ended with it.
"""

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

CELERY = ("-m", "celery", "--quiet", "--app", "portal")
WEB = ("-m", "gunicorn", "--config", "python:portal.operations.web", "portal.wsgi")
WORKER = (*CELERY, "worker", "--without-gossip", "--without-mingle", "--without-heartbeat")
BEAT = (*CELERY, "beat", "--pidfile=")

GRACE_SECONDS = 10.0
STEADY_SECONDS = 60.0
LONGEST_WAIT = 30.0
DEATHS_BEFORE_FIRST_ANSWER = 3
FIRST_ANSWER_SECONDS = 60.0
LARGEST_LOG = 10 * 1024 * 1024
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Plan:
    """What `up` worked out for the parent to do."""

    folder: str  # where the code is
    data: str
    port: int
    socket: int  # the listening socket, inherited
    lock: int  # the lock on the data folder, inherited and held
    lines: list[str] = field(default_factory=list)  # said when the portal answers
    then: list[list[str]] = field(default_factory=list)  # commands of manage.py run after that

    def to_pipe(self) -> int:
        """Write into a pipe; answers the descriptor of its other end, which survives `exec`."""
        read_end, write_end = os.pipe()
        with open(write_end, "w") as file:
            json.dump(asdict(self), file)
        os.set_inheritable(read_end, True)
        return read_end

    @classmethod
    def from_pipe(cls, descriptor: int) -> "Plan":
        with open(descriptor) as file:
            return cls(**json.load(file))


def become_parent(plan: Plan) -> None:
    """Replace this process by the parent of the plan. Does not return."""
    for descriptor in (plan.socket, plan.lock):
        os.set_inheritable(descriptor, True)
    program = [sys.executable, "-m", __name__, str(plan.to_pipe())]
    os.chdir(plan.folder)
    os.execv(sys.executable, program)  # noqa: S606 ourselves


def say(line: str) -> None:
    """One line for whoever watches; nobody watching is fine."""
    with contextlib.suppress(OSError):
        print(line, flush=True)  # noqa: T201 this program's output


class Child:
    """One program that the parent looks after."""

    def __init__(
        self,
        name: str,
        command: tuple[str, ...],
        *,
        log: Path,
        shows: bool = False,
        keep: tuple[int, ...] = (),
        nice: int = 0,
    ) -> None:
        self.name = name
        self.log = log
        self._shows = shows  # its standard output is for whoever watches
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at = 0.0
        self.deaths = 0
        self._command = (sys.executable, *command)
        self._keep = keep
        self._nice = nice
        self._started_at = 0.0

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 our own programs
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=None if self._shows else output,
                stderr=output,
                pass_fds=self._keep,
                env={**os.environ, "MALLOC_ARENA_MAX": "2", "CELERY_SKIP_CHECKS": "1"},
                process_group=0,
                preexec_fn=_in_child(os.getpid(), self._nice),  # noqa: PLW1509 one thread
            )
        self._started_at = time.monotonic()

    def ended(self) -> int | None:
        """The exit code, once, if the child has ended since the last look."""
        if self.process is None or self.process.poll() is None:
            return None
        code: int = self.process.returncode
        end_group(self.process.pid)
        reap_group(self.process.pid)
        self.process = None
        if time.monotonic() - self._started_at > STEADY_SECONDS:
            self.deaths = 0
        self.deaths += 1
        wait = 0.5 if self.deaths == 1 else min(LONGEST_WAIT, 2.0 ** (self.deaths - 1))
        self.start_at = time.monotonic() + wait
        return code

    def last_words(self, lines: int = 12) -> str:
        with contextlib.suppress(OSError), self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 4096))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
        return ""

    def shorten_log(self) -> None:
        """Move a long log aside. The child goes on appending to the same, now empty, file."""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)


class Parent:
    """Starts the children in order, restarts those that die, ends them all."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.signals: list[int] = []
        logs = self.logs = Path(plan.data) / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        web = (*WEB, "--bind", f"fd://{plan.socket}")
        self.web = Child("web", web, log=logs / "web.log", keep=(plan.socket,))
        self.later = [
            Child("worker", WORKER, log=logs / "worker.log", nice=5),
            Child("beat", BEAT, log=logs / "beat.log", nice=5),
        ]
        self.children = [self.web]
        self.tasks: list[Child] = []
        self._wake: Callable[[float], None] = time.sleep

    def run(self) -> int:
        """Look after the children until a signal; answers the exit code."""
        self._listen()
        self.web.start()
        try:
            if not self._wait_for_web():
                return 0 if self.signals else 1
            say(f"Command Center is at http://127.0.0.1:{self.plan.port}/")
            for line in self.plan.lines:
                say(line)
            for child in self.later:
                child.start()
                self.children.append(child)
            self._start_tasks()
            self._look_after()
            return 0
        finally:
            self._stop()

    def _listen(self) -> None:
        read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        os.set_blocking(read_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda seen, frame: self.signals.append(seen))
        signal.signal(signal.SIGCHLD, lambda seen, frame: None)

        def wake(seconds: float) -> None:
            select.select([read_end], [], [], seconds)
            with contextlib.suppress(BlockingIOError):
                os.read(read_end, 1024)

        self._wake = wake

    def _wait_for_web(self) -> bool:
        until = time.monotonic() + FIRST_ANSWER_SECONDS
        while not self.signals:
            if self.web.process is not None and answers(self.plan.port):
                return True
            self._restart_the_dead()
            if self.web.deaths >= DEATHS_BEFORE_FIRST_ANSWER or time.monotonic() > until:
                say(f"The web server can't start. The end of {self.web.log}:")
                say(self.web.last_words())
                return False
            self._wake(0.1)
        return False

    def _start_tasks(self) -> None:
        for command in self.plan.then:
            log = self.logs / f"{command[0]}.log"
            task = Child(command[0], ("manage.py", *command), log=log, shows=True, nice=5)
            task.start()
            self.tasks.append(task)

    def _look_after(self) -> None:
        next_look = time.monotonic()
        while not self.signals:
            self._restart_the_dead()
            for task in self.tasks:
                if task.ended():
                    say(f"{task.name} failed: {task.last_words(1)}")
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + 60
                for child in self.children:
                    child.shorten_log()
            self._wake(1.0)

    def _restart_the_dead(self) -> None:
        for child in self.children:
            code = child.ended()
            if code is not None:
                say(f"{child.name} {how_it_ended(code)}; starting it again. See {child.log}")
            if child.process is None and time.monotonic() >= child.start_at:
                child.start()

    def _stop(self) -> None:
        say("Stopping.")
        for child in (*self.tasks, *reversed(self.children)):
            if child.process is not None:
                with contextlib.suppress(ProcessLookupError):
                    child.process.terminate()
        until = time.monotonic() + GRACE_SECONDS
        asked = len(self.signals)
        alive = [child for child in (*self.children, *self.tasks) if child.process is not None]
        while alive and time.monotonic() < until and len(self.signals) == asked:
            self._wake(0.2)
            alive = [child for child in alive if child.process and child.process.poll() is None]
        for child in (*self.children, *self.tasks):
            if child.process is not None:
                end_group(child.process.pid)
        reap_everything()


def answers(port: int) -> bool:
    """Whether the portal answers that it lives."""
    request = b"GET /health/live HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
            connection.sendall(request)
            status = connection.recv(12)
    except OSError:
        return False
    return status.startswith(b"HTTP/1.") and status[9:10] in (b"2", b"3", b"4")


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def end_group(group: int) -> None:
    """Kill what is left of a process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def reap_group(group: int) -> None:
    """Wait for what a dead child had started, which came to us and was killed just now."""
    until = time.monotonic() + 1
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < until:
            pid, _ = os.waitpid(-group, os.WNOHANG)
            if pid == 0:
                time.sleep(0.01)


def reap_everything() -> None:
    """Wait for every child, and for the orphans of children, which come to us."""
    until = time.monotonic() + 5
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < until:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                time.sleep(0.02)


def _in_child(parent: int, nice: int) -> Callable[[], None]:
    def prepare() -> None:
        signal.set_wakeup_fd(-1)
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
        os.nice(nice)

    return prepare


def _prctl(option: int, value: int) -> None:
    """Linux only; elsewhere a killed parent leaves its children to the person."""
    if _libc is not None:
        _libc.prctl(option, value, 0, 0, 0)


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def main() -> int:
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    return Parent(Plan.from_pipe(int(sys.argv[1]))).run()


if __name__ == "__main__":
    sys.exit(main())
