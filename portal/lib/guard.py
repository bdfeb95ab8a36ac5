"""The address guard: which addresses the portal may call when people or data name them.

An address is judged after its name is resolved, and the connection goes to the very address
that was judged (`portal.lib.transport`), so a name that changes its mind in between gains
nothing. Each hop of a redirect is judged anew.

Public addresses are allowed. Private ones (loopback, RFC 1918, unique local, carrier-grade NAT,
and whatever else is not global) only where `PORTAL_ALLOWED_NETWORKS` lists them. Link-local,
metadata, multicast and reserved ones never.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

import httpx

from portal.lib.http_errors import Blocked

SETTING = "PORTAL_ALLOWED_NETWORKS"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Where clouds answer with credentials, besides the link-local range.
_METADATA: frozenset[Address] = frozenset(
    ipaddress.ip_address(address)
    for address in (
        "100.100.100.200",  # Alibaba Cloud
        "168.63.129.16",  # Azure's wire server
        "192.0.0.192",  # Oracle Cloud
        "fd00:ec2::254",  # AWS over IPv6
        "fd20:ce::254",  # Google Cloud over IPv6
        "fd00:42::42",  # Scaleway over IPv6
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


@dataclass(frozen=True)
class AddressGuard:
    """Judges addresses. `allowed` holds the networks of `PORTAL_ALLOWED_NETWORKS`."""

    allowed: tuple[Network, ...] = ()

    @classmethod
    def allowing(cls, networks: Iterable[str | Network]) -> "AddressGuard":
        return cls(tuple(ipaddress.ip_network(network, strict=False) for network in networks))

    def check_url(self, service: str, url: httpx.URL) -> None:
        """Raise `Blocked` unless the URL is plain http or https to a host without a password."""
        check_scheme(service, url)
        if url.userinfo:
            raise Blocked(
                service, f"The address of {url.host} carries a user name or password; remove it."
            )
        try:
            literal = ipaddress.ip_address(url.host.partition("%")[0])
        except ValueError:
            return
        reason = self.refusal(literal)
        if reason:
            raise Blocked(service, f"{url.host} is not called: {reason}")

    def permitted(self, service: str, host: str, addresses: Iterable[str]) -> list[str]:
        """Those of a host's resolved addresses that may be called; raises `Blocked` if none."""
        permitted: list[str] = []
        reason = "it has no address."
        for text in addresses:
            refusal = self.refusal(ipaddress.ip_address(text))
            if refusal:
                reason = f"{text} is refused: {refusal}" if text != host else refusal
            else:
                permitted.append(text)
        if not permitted:
            raise Blocked(service, f"{host} is not called: {reason}")
        return permitted

    def refusal(self, address: Address) -> str:
        """Why an address is not called, or an empty string."""
        for candidate in _faces(address):
            if _is_never_called(candidate):
                return "link-local, metadata, multicast and reserved addresses are never called."
            if not candidate.is_global and not self._lists(candidate):
                return f"it is a private address; list its network in {SETTING} to allow it."
        return ""

    def _lists(self, address: Address) -> bool:
        return any(
            address in network for network in self.allowed if network.version == address.version
        )


def check_scheme(service: str, url: httpx.URL) -> None:
    """Raise `Blocked` unless the URL is http or https and names a host."""
    if url.scheme not in {"http", "https"}:
        raise Blocked(service, f"Only http and https are called, not {url.scheme or 'nothing'}://.")
    if not url.host:
        raise Blocked(service, "The address names no host.")


def _faces(address: Address) -> list[Address]:
    """The addresses that one stands for: an IPv6 address may carry an IPv4 one inside."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    bare = ipaddress.IPv6Address(int(address))  # without a zone such as %eth0
    if bare.ipv4_mapped is not None:
        return [bare.ipv4_mapped]
    if bare.sixtofour is not None:
        return [bare, bare.sixtofour]
    if bare.teredo is not None:
        return [bare, bare.teredo[1]]
    if bare in _NAT64 or (bare in _COMPATIBLE and int(bare) > 1):
        return [ipaddress.IPv4Address(int(bare) & 0xFFFFFFFF)]
    return [bare]


def _is_never_called(address: Address) -> bool:
    if address in _METADATA or address.is_link_local or address.is_multicast:
        return True
    if address.is_unspecified or address.is_loopback:
        return address.is_unspecified
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_reserved or int(address) >> 24 == 0
    return address.is_reserved or address.is_site_local
