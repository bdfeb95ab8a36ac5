"""A real web server on loopback whose every answer a test writes byte by byte."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TLS_HELLO = b"\x16"  # how a client begins that takes us for a TLS server
Handler = Callable[[socket.socket, bytes], None]


class LocalServer:
    """Hands each connection's first request to `handler`; counts connections."""

    def __init__(
        self, handler: Handler, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        self._handler = handler
        self._tls = tls
        self._listener = socket.create_server((host, 0))
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def close(self) -> None:
        self._is_over.set()
        with socket.create_connection(self._listener.getsockname()):
            pass  # wakes the accepting thread
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def wait(self, seconds: float) -> None:
        """Sleep as a handler; ends early when the server closes."""
        self._is_over.wait(seconds)

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._is_over.is_set():
                connection.close()
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(5)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            received = b""
            while b"\r\n\r\n" not in received and received[:1] != TLS_HELLO:
                part = connection.recv(65536)
                if not part:
                    return
                received += part
            self.requests.append(received)
            self._handler(connection, received)
        except OSError:
            pass  # the client left
        finally:
            connection.close()


def answer(body: bytes = b"ok", status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def always(raw: bytes) -> Handler:
    return lambda connection, request: connection.sendall(raw)


@contextmanager
def serving(
    handler: Handler, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[LocalServer]:
    server = LocalServer(handler, host, tls)
    try:
        yield server
    finally:
        server.close()
