"""Who may read `/metrics`: holders of the token, named networks, and this very machine."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from portal.accounts.address import is_local


def may_read_metrics(
    request: HttpRequest, *, token: str | None, networks: Sequence[IPv4Network | IPv6Network]
) -> bool:
    """By bearer token from anywhere; without one from loopback or `networks`, and then only
    straight: a request that a proxy passed on comes from the proxy's address."""
    if token and constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        return True
    if is_local(request):
        return True
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in network for network in networks)
