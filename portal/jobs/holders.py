"""Names of those who hold jobs and leases: machine, process, and one holding.

The process part says more than its number: with the moment it started, a number that the
system gave to somebody else in the meantime is not mistaken for the holder.
"""

import os
import secrets
import socket
from functools import lru_cache
from pathlib import Path

SEPARATOR = "/"


def new_holder() -> str:
    """A name nobody else has, at most 64 characters: `machine/process/started/holding`."""
    return f"{process_name()}{secrets.token_hex(4)}"


def process_name() -> str:
    """What all holder names of this process begin with."""
    return _process_name(os.getpid())


def is_dead(holder: str) -> bool:
    """Whether the holder is a process of this machine that is known to be gone."""
    parts = holder.split(SEPARATOR)
    if len(parts) != 4 or parts[0] != _machine() or not parts[1].isdecimal():
        return False
    started = _started(int(parts[1]))
    return started is not None and started != parts[2]


@lru_cache(maxsize=4)
def _process_name(pid: int) -> str:
    return SEPARATOR.join([_machine(), str(pid), _started(pid) or "?", ""])


@lru_cache(maxsize=1)
def _machine() -> str:
    return socket.gethostname()[:30].replace(SEPARATOR, "-")


def _started(pid: int) -> str | None:
    """When the process started, in clock ticks since boot; "" where none has the number, None
    where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return "" if Path("/proc/self/stat").exists() else None
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]
