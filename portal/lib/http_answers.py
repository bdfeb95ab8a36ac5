"""Reading answers: bounded bodies, `Retry-After`, and the HTTP library's errors in our words."""

import errno
import json
import ssl
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx

from portal.lib.http_errors import (
    OutsideError,
    TimedOut,
    TooLarge,
    Unreachable,
    Unreadable,
)

# The network is gone where we are; that says nothing of the service.
_OUR_SIDE = frozenset({errno.ENETDOWN, errno.ENETUNREACH, errno.EADDRNOTAVAIL})


@dataclass(frozen=True)
class Answer:
    """What a service answered.

    `headers` are case-insensitive, `url` is where redirects led, and `seconds` is how long the
    attempt that succeeded took, up to the last byte that was read.
    """

    service: str
    status: int
    headers: httpx.Headers
    content: bytes
    url: str
    seconds: float

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON; raises `Unreadable`."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise Unreadable(
                self.service, f"{self.service} answered {self.status} with a body that is no JSON."
            ) from error


def body_of(response: httpx.Response, service: str, cap: int) -> Iterator[bytes]:
    """The decoded body in parts; raises `TooLarge` before more than `cap` bytes are held.

    One layer of gzip or deflate is taken off, in bounded steps: stacked encodings are how a few
    bytes become gigabytes.
    """
    size = 0
    for part in _decoded(response, service, cap):
        size += len(part)
        if size > cap:
            raise TooLarge(
                service, f"{service} answered with more than {cap:,} bytes; the rest was not read."
            )
        yield part


def _decoded(response: httpx.Response, service: str, cap: int) -> Iterator[bytes]:
    if response.is_stream_consumed:  # an answer made in memory, decoded by httpx
        yield response.content
        return
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        yield from response.iter_raw()
    elif encoding in {"gzip", "x-gzip", "deflate"}:
        yield from _inflated(response.iter_raw(), service, cap)
    else:
        raise Unreadable(service, f"{service} answered in the encoding {encoding[:40]!r}.")


def _inflated(chunks: Iterator[bytes], service: str, cap: int) -> Iterator[bytes]:
    inflate = zlib.decompressobj(47)  # gzip or zlib, told apart by the header
    is_first = True
    try:
        for chunk in chunks:
            try:
                part = inflate.decompress(chunk, cap + 1)
            except zlib.error:
                if not is_first:
                    raise
                inflate = zlib.decompressobj(-15)  # "deflate" without its header
                part = inflate.decompress(chunk, cap + 1)
            is_first = False
            yield part
    except zlib.error as error:
        raise Unreadable(service, f"{service} answered with a broken compression.") from error
    if not inflate.eof and not is_first:
        raise Unreadable(service, f"{service} answered with a compressed body that is cut off.")


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The moment that `Retry-After` names, given in seconds or as an HTTP date."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal() and len(value) <= 8:
        return now + timedelta(seconds=int(value))
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def status_words(status: int) -> str:
    """`404 Not Found`, or the bare number where it has no name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def translated(service: str, host: str, error: httpx.HTTPError) -> OutsideError:
    """An error of the HTTP library in our words; they name the host, never the query."""
    if isinstance(error, httpx.ConnectTimeout):
        return TimedOut(service, f"No connection to {host} within the time limit.", is_unsent=True)
    if isinstance(error, httpx.PoolTimeout):
        return TimedOut(service, f"No free connection to {host} in time.", is_unsent=True)
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(service, f"{host} did not answer within the time limit.")
    if isinstance(error, httpx.ConnectError):
        return Unreachable(
            service,
            f"{host} can't be reached: {_why(error)}.",
            is_our_side=_errno(error) in _OUR_SIDE,
        )
    if isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError):
        return Unreachable(
            service, f"{host} cut the connection or did not speak HTTP.", is_unsent=False
        )
    # The library's own words may hold what was sent: a token with a line break, for one.
    return OutsideError(
        service, f"The request to {host} could not be made: HTTP does not allow what it holds."
    )


def _errno(error: BaseException) -> int | None:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return cause.errno
        cause = cause.__cause__ or cause.__context__
    return None


def _why(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})"
        if isinstance(cause, ssl.SSLError):
            return f"TLS failed ({cause.reason or 'no reason given'})"
        if isinstance(cause, ConnectionRefusedError):
            return "it refuses the connection"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror[0].lower() + cause.strerror[1:]
        cause = cause.__cause__ or cause.__context__
    return "the connection failed"
