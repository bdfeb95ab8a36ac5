"""Where a request comes from."""

import ipaddress
from collections.abc import Mapping

from django.http import HttpRequest

_PROXY_HEADERS = ("HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def is_local(request: HttpRequest) -> bool:
    """Whether somebody at this very machine asks, in a browser that names it by loopback.

    The connection and the Host header must be loopback and no proxy may have passed it on: a
    proxy connects from loopback too, and a page elsewhere can point its name at 127.0.0.1.
    """
    meta: Mapping[str, str] = request.META
    if not _is_loopback(meta.get("REMOTE_ADDR", "")):
        return False
    if any(name in _PROXY_HEADERS or name.startswith("HTTP_X_FORWARDED") for name in meta):
        return False
    host = request.get_host().rsplit(":", 1)[0] if _has_port(request) else request.get_host()
    return host == "localhost" or _is_loopback(host.strip("[]"))


def client_address(request: HttpRequest, *, behind_proxy: bool) -> str:
    """The address that failed sign-ins count against; of IPv6 the network that one client owns.

    Behind a proxy it is the last entry of X-Forwarded-For, which the proxy itself wrote; what
    stands before it was sent by the client and proves nothing.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if behind_proxy and forwarded:
        return _counted(str(forwarded.rsplit(",", 1)[-1].strip())[:64])
    return _counted(str(request.META.get("REMOTE_ADDR", "")))


def _counted(text: str) -> str:
    """`text` without a port, and an IPv6 address as its /64, which is a client's to choose from."""
    bare = text
    if text.startswith("["):
        bare = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        bare = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))


def _has_port(request: HttpRequest) -> bool:
    host = request.get_host()
    return ":" in host and not host.endswith("]")


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False
