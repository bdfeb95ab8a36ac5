"""The way onto the wire: connections to checked addresses only, and none that outlives its call.

`Transport` is httpx's transport with three differences. A name is resolved here, within the
connect timeout; the addresses are judged by the guard, and the connection goes to the judged
address while Host, SNI and the certificate check keep the name. Every read and write ends at
the deadline of the call (`deadline_of_call`), so that an answer that drips byte by byte ends too.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import httpcore
import httpx

from portal.lib.guard import AddressGuard
from portal.lib.http_errors import Unreachable

Resolver = Callable[[str, int], list[str]]

deadline_of_call: ContextVar[float | None] = ContextVar("deadline_of_call", default=None)
"""When the running call must be over, on `time.monotonic()`'s clock."""


def tls_context(
    verify: bool | str | Path = True, cert: tuple[str | Path, str | Path] | None = None
) -> ssl.SSLContext:
    """TLS settings: `verify` is a file with the authorities to trust, or False to trust anyone
    (for test set-ups only); `cert` is the client's certificate and key."""
    if isinstance(verify, bool):
        context = httpx.create_ssl_context(verify=verify)
    else:
        context = ssl.create_default_context(cafile=str(verify))
    if cert is not None:
        context.load_cert_chain(str(cert[0]), str(cert[1]))
    return context


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, in the system's order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Transport(httpx.BaseTransport):
    """A pool of connections. Safe to share between threads and between `Outside` objects."""

    def __init__(
        self,
        *,
        service: str = "outside",
        verify: bool | str | Path = True,
        cert: tuple[str | Path, str | Path] | None = None,
        guard: AddressGuard | None = None,
        resolver: Resolver = resolve,
        max_connections: int = 20,
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls_context(verify, cert),
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=15.0,
            network_backend=_Network(service, guard, resolver),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with _httpx_errors():
            answer = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Stream(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _httpx_errors():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _httpx_errors() -> Iterator[None]:
    """httpcore names its errors like httpx does; callers know httpx's only."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error


class _Network(httpcore.NetworkBackend):
    """Resolves, lets the guard judge, and connects to what was judged."""

    def __init__(self, service: str, guard: AddressGuard | None, resolver: Resolver) -> None:
        self._service = service
        self._guard = guard
        self._resolver = resolver
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        give_up_at = time.monotonic() + (5.0 if timeout is None else timeout)
        addresses = self._addresses(host, port, give_up_at)
        if self._guard is not None:
            addresses = self._guard.permitted(self._service, host, addresses)
        failure: httpcore.ConnectError | None = None
        for address in addresses:
            left = give_up_at - time.monotonic()
            if left <= 0:
                break
            try:
                return _Bounded(
                    self._sockets.connect_tcp(address, port, left, local_address, socket_options)
                )
            except httpcore.ConnectError as error:
                failure = error
        raise failure or httpcore.ConnectTimeout("connecting took too long")

    def _addresses(self, host: str, port: int, give_up_at: float) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            pass
        found: list[list[str] | OSError | UnicodeError] = []

        def ask() -> None:
            try:
                found.append(self._resolver(host, port))
            except (OSError, UnicodeError) as error:
                found.append(error)

        # The system's resolver knows no timeout, so it is left behind in a thread of its own.
        asking = threading.Thread(target=ask, name=f"resolve {host}", daemon=True)
        asking.start()
        asking.join(max(give_up_at - time.monotonic(), 0.001))
        if not found:
            raise Unreachable(
                self._service,
                f"The name {host} could not be resolved in time; the name server does not answer.",
                is_our_side=True,
            )
        if isinstance(found[0], Exception):
            raise _unresolved(self._service, host, found[0])
        return found[0]


def _unresolved(service: str, host: str, error: Exception) -> Unreachable:
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return Unreachable(
            service,
            f"The name {host} could not be resolved: the name server does not answer.",
            is_our_side=True,
        )
    return Unreachable(
        service, f"The name {host} could not be resolved: it is unknown.", is_our_side=True
    )


class _Bounded(httpcore.NetworkStream):
    """A stream whose reads and writes end at the deadline of the running call."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, error: type[httpcore.TimeoutException]) -> float | None:
    deadline = deadline_of_call.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the call's deadline has passed")
    return left if timeout is None else min(timeout, left)
