"""Making requests: the first one of a call, and the next one after a redirect."""

import base64
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

import httpx

from portal.lib.http_answers import Answer

Accept = Container[int] | Callable[[Answer], bool]
"""The statuses that are no errors, or a function that tells whether an answer is none."""

Auth = tuple[str, str] | Callable[[], str]
"""User and password, or a function that gives the value of the Authorization header."""

Params = Mapping[str, str | int | Sequence[str]]

USER_AGENT = "command-center"
ENCODINGS = "gzip, deflate"
# What may follow a redirect to another host: nothing that could be a credential.
HARMLESS_HEADERS = frozenset(
    {"accept", "accept-encoding", "accept-language", "content-type", "user-agent"}
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a caller asks for, with the limits that hold for it. Times are seconds."""

    method: str
    url: httpx.URL
    params: Params | None
    json: object
    data: Mapping[str, str | Sequence[str]] | None
    headers: Mapping[str, str]
    accept: Accept
    is_idempotent: bool
    follow: bool
    body: bool
    read: float
    ends_at: float  # on the clock of the `Outside`

    def accepts(self, answer: Answer) -> bool:
        if callable(self.accept):
            return self.accept(answer)
        return answer.status in self.accept


def first_request(call: Call, auth: Auth | None) -> httpx.Request:
    headers = httpx.Headers({"User-Agent": USER_AGENT, "Accept-Encoding": ENCODINGS})
    headers.update(call.headers)
    if auth is not None and "authorization" not in headers:
        headers["Authorization"] = auth() if callable(auth) else _basic(*auth)
    return httpx.Request(
        call.method,
        call.url,
        params=None if call.params is None else dict(call.params),
        json=call.json,
        data=None if call.data is None else dict(call.data),
        headers=headers,
    )


def next_request(request: httpx.Request, status: int, url: httpx.URL) -> httpx.Request:
    """The request that follows a redirect with this status to `url`."""
    headers = request.headers.copy()
    del headers["host"]
    method, content = request.method, request.read()
    if (status == 303 and method != "HEAD") or (status in {301, 302} and method == "POST"):
        method, content = "GET", b""
        headers.pop("content-type", None)
    headers.pop("content-length", None)
    if not _is_same_place(request.url, url):
        for name in set(headers) - HARMLESS_HEADERS:
            del headers[name]
    return httpx.Request(method, url, headers=headers, content=content or None)


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _is_same_place(old: httpx.URL, new: httpx.URL) -> bool:
    """Same host, scheme and port, or the same host by its secure standard port."""
    if old.host != new.host:
        return False
    if (old.scheme, _port(old)) == (new.scheme, _port(new)):
        return True
    return (old.scheme, _port(old), new.scheme, _port(new)) == ("http", 80, "https", 443)


def _port(url: httpx.URL) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)
