"""A closed load of a few connections against one address, in a process of its own."""

import http.client
import multiprocessing
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Timing:
    """Latencies in milliseconds of one load, and how many answers were not accepted."""

    count: int
    bad: int
    p50: float
    p95: float
    p99: float
    size: int  # bytes of the last answer as transferred


def run_load(
    base: str,
    requests: Sequence[Request],
    *,
    connections: int,
    total: int,
    accept: Sequence[int] = (200,),
    warm_up: int = 8,
) -> Timing:
    """Send `total` requests over `connections` kept-alive connections, one at a time on each.

    Requests are taken round robin. The load runs in a child process, so that its Python does
    not share a lock with anything measured here.
    """
    queue: multiprocessing.Queue[tuple[list[float], int, int]] = multiprocessing.Queue()
    child = multiprocessing.Process(
        target=_drive, args=(queue, base, list(requests), connections, total, accept, warm_up)
    )
    child.start()
    times, bad, size = queue.get(timeout=600)
    child.join()
    times.sort()
    return Timing(
        count=len(times),
        bad=bad,
        p50=_quantile(times, 0.50),
        p95=_quantile(times, 0.95),
        p99=_quantile(times, 0.99),
        size=size,
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _drive(
    queue: "multiprocessing.Queue[tuple[list[float], int, int]]",
    base: str,
    requests: Sequence[Request],
    connections: int,
    total: int,
    accept: Sequence[int],
    warm_up: int,
) -> None:
    times: list[float] = []
    bad = 0
    size = 0
    counter = iter(range(total + warm_up))
    lock = threading.Lock()
    parts = urlsplit(base)

    def work() -> None:
        nonlocal bad, size
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)
        while True:
            with lock:
                number = next(counter, None)
            if number is None:
                break
            request = requests[number % len(requests)]
            started = time.perf_counter()
            connection.request(request.method, request.path, request.body, dict(request.headers))
            answer = connection.getresponse()
            content = answer.read()
            took = (time.perf_counter() - started) * 1000
            if number < warm_up:
                continue
            with lock:
                times.append(took)
                size = len(content)
                bad += answer.status not in accept
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put((times, bad, size))
