"""Outside calls on real sockets: what a server can do to us, and which address is called."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator

import pytest

from portal.lib.http import (
    AddressGuard,
    Blocked,
    Limits,
    LocalState,
    Outside,
    OutsideError,
    TimedOut,
    TooLarge,
    Transport,
    Unreachable,
    Unreadable,
)
from tests.portal.lib.local_server import LocalServer, always, answer, serving

LOOPBACK = AddressGuard.allowing(["127.0.0.0/8"])
ONE_TRY = Limits(attempts=1)


def make_outside(
    guard: AddressGuard | None = LOOPBACK,
    limits: Limits = ONE_TRY,
    names: dict[str, list[list[str]]] | None = None,
) -> Outside:
    """`names` gives, name by name, what one look-up after the other finds."""

    def resolver(host: str, port: int) -> list[str]:
        if names is None or host not in names:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        found = names[host]
        return found.pop(0) if len(found) > 1 else found[0]

    transport = Transport(service="Shop", guard=guard, resolver=resolver)
    return Outside(
        "shop", title="Shop", state=LocalState(), guard=guard, limits=limits, transport=transport
    )


@pytest.fixture
def shop() -> Iterator[LocalServer]:
    with serving(always(answer(b"hello"))) as server:
        yield server


def test_real_answer_is_read(shop: LocalServer) -> None:
    found = make_outside().request("GET", shop.url("/a?b=c"))
    assert found.text == "hello"
    assert 0 < found.seconds < 5
    assert shop.requests[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")


def test_name_is_kept_in_the_host_header_while_its_address_is_called(shop: LocalServer) -> None:
    outside = make_outside(names={"shop.example": [["127.0.0.1"]]})
    assert outside.request("GET", shop.url(host="shop.example")).text == "hello"
    assert f"host: shop.example:{shop.port}".encode() in shop.requests[0].lower()


def test_second_look_at_a_name_cannot_change_the_address_that_is_called(shop: LocalServer) -> None:
    """DNS rebinding: judged as permitted, then private. There is no second look."""
    names = {"shop.example": [["127.0.0.1"], ["169.254.169.254"]]}
    outside = make_outside(names=names)
    assert outside.request("GET", shop.url(host="shop.example")).text == "hello"
    assert names["shop.example"] == [["169.254.169.254"]]
    with pytest.raises(Blocked, match="never called"):
        outside.request("GET", shop.url(host="shop.example"))
    assert len(shop.requests) == 1


def test_first_address_that_answers_is_used(shop: LocalServer) -> None:
    """Nothing listens on 127.0.0.3; the next address does."""
    outside = make_outside(names={"shop.example": [["127.0.0.3", "127.0.0.1"]]})
    assert outside.request("GET", shop.url(host="shop.example")).text == "hello"


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
def test_loopback_in_any_spelling_is_blocked_unless_listed(shop: LocalServer, host: str) -> None:
    guard = AddressGuard()
    outside = Outside("shop", state=LocalState(), guard=guard, limits=ONE_TRY)
    with outside, pytest.raises(Blocked, match=r"PORTAL_ALLOWED_NETWORKS|not a well-formed URL"):
        outside.request("GET", shop.url(host=host))
    assert shop.requests == []


def test_configured_service_without_a_guard_is_trusted(shop: LocalServer) -> None:
    with Outside("shop", state=LocalState(), limits=ONE_TRY) as outside:
        assert outside.request("GET", shop.url(host="localhost")).text == "hello"


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/meta-data/", "http://metadata.example/"]
)
def test_redirect_to_a_metadata_address_is_blocked(target: str) -> None:
    outside = make_outside(names={"metadata.example": [["169.254.169.254"]]})
    with (
        serving(always(answer(b"", "302 Found", Location=target))) as server,
        pytest.raises(Blocked, match="never called"),
    ):
        outside.request("GET", server.url())


def test_redirect_is_followed_on_a_real_connection(shop: LocalServer) -> None:
    with serving(always(answer(b"", "307 Temporary Redirect", Location=shop.url("/b")))) as first:
        found = make_outside().request("GET", first.url())
    assert (found.text, found.url) == ("hello", shop.url("/b"))


def test_unknown_name_is_on_our_side() -> None:
    with pytest.raises(Unreachable, match="could not be resolved: it is unknown") as caught:
        make_outside().request("GET", "http://nowhere.example/")
    assert caught.value.is_our_side


def test_name_server_that_hangs_ends_with_the_connect_timeout() -> None:
    is_over = threading.Event()

    def resolver(host: str, port: int) -> list[str]:
        is_over.wait(10)
        return []

    outside = Outside(
        "shop",
        state=LocalState(),
        limits=Limits(attempts=1, connect=0.2),
        transport=Transport(resolver=resolver),
    )
    started = time.monotonic()
    with pytest.raises(Unreachable, match="could not be resolved in time"):
        outside.request("GET", "http://slow.example/")
    assert time.monotonic() - started < 2
    is_over.set()


def test_closed_port_is_unreachable_and_not_our_side() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="it refuses the connection") as caught:
        make_outside().request("GET", f"http://127.0.0.1:{port}/")
    assert caught.value.is_unsent
    assert not caught.value.is_our_side


@pytest.mark.parametrize("raw", [b"", b"not http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"])
def test_line_that_is_cut_or_no_http_is_unreachable(raw: bytes) -> None:
    with (
        serving(always(raw)) as server,
        pytest.raises(Unreachable, match="cut the connection or did not speak HTTP"),
    ):
        make_outside().request("GET", server.url())


def test_body_that_ends_early_is_unreachable() -> None:
    raw = answer(b"x" * 100)[:-50]
    with serving(always(raw)) as server, pytest.raises(Unreachable):
        make_outside().request("GET", server.url())


def test_plain_server_asked_for_tls_fails_with_the_reason(shop: LocalServer) -> None:
    with pytest.raises(Unreachable, match="can't be reached"):
        make_outside().request("GET", shop.url().replace("http:", "https:"))


def test_silent_server_times_out() -> None:
    with serving(lambda connection, request: server.wait(5)) as server:
        started = time.monotonic()
        with pytest.raises(TimedOut, match="did not answer within the time limit"):
            make_outside().request("GET", server.url(), read=0.2)
        assert time.monotonic() - started < 2


@pytest.mark.parametrize("part", ["headers", "body"])
def test_server_that_drips_is_cut_off_at_the_deadline(part: str) -> None:
    """Each byte comes in time for the read timeout; the call as a whole does not end."""

    def drip(connection: socket.socket, request: bytes) -> None:
        if part == "body":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(200):
            connection.sendall(b"x")
            server.wait(0.05)

    with serving(drip) as server:
        started = time.monotonic()
        with pytest.raises(TimedOut):
            make_outside().request("GET", server.url(), total=0.5)
        assert time.monotonic() - started < 2


def test_endless_answer_is_not_read_beyond_the_cap() -> None:
    sent = 0

    def pour(connection: socket.socket, request: bytes) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 100_000_000:
            connection.sendall(b"x" * 65536)
            sent += 65536

    limits = Limits(attempts=1, answer_bytes=100_000)
    with serving(pour) as server, pytest.raises(TooLarge, match="more than 100,000 bytes"):
        make_outside(limits=limits).request("GET", server.url())
    assert sent < 50_000_000


def test_body_is_left_unread_where_only_the_headers_count() -> None:
    def pour(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Here: yes\r\nContent-Length: 1000000000\r\n\r\n")
        server.wait(5)

    with serving(pour) as server:
        found = make_outside().request("GET", server.url(), body=False)
    assert (found.headers["x-here"], found.content) == ("yes", b"")


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"hello" * 100)),
        ("deflate", zlib.compress(b"hello" * 100)),
        ("deflate", deflate(b"hello" * 100)),
        ("identity", b"hello" * 100),
    ],
    ids=["gzip", "zlib", "bare deflate", "identity"],
)
def test_compressed_answer_is_unpacked(encoding: str, body: bytes) -> None:
    with serving(always(answer(body, Content_Encoding=encoding))) as server:
        assert make_outside().request("GET", server.url()).content == b"hello" * 100


def test_compressed_bomb_is_refused_at_the_cap() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with serving(always(answer(bomb, Content_Encoding="gzip"))) as server:
        outside = make_outside(limits=Limits(attempts=1, answer_bytes=1_000_000))
        with pytest.raises(TooLarge):
            outside.request("GET", server.url())


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip, gzip", gzip.compress(gzip.compress(b"x"))),
        ("br", b"x"),
        ("gzip", b"no gzip at all"),
        ("gzip", gzip.compress(b"hello" * 1000)[:-12]),
    ],
    ids=["stacked", "unknown", "broken", "cut off"],
)
def test_encoding_that_cannot_be_read_is_unreadable(encoding: str, body: bytes) -> None:
    with (
        serving(always(answer(body, Content_Encoding=encoding))) as server,
        pytest.raises(Unreadable),
    ):
        make_outside().request("GET", server.url())


def test_ten_threads_share_one_transport() -> None:
    failures: list[OutsideError] = []
    with serving(always(answer(b"hello"))) as server:
        outside = make_outside()

        def ask() -> None:
            for _ in range(5):
                try:
                    outside.request("GET", server.url())
                except OutsideError as error:
                    failures.append(error)

        threads = [threading.Thread(target=ask) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    assert len(server.requests) == 50
