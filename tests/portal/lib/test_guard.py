import ipaddress

import httpx
import pytest

from portal.lib.guard import AddressGuard
from portal.lib.http_errors import Blocked

CLOSED = AddressGuard()


def refusal(address: str, *allowed: str) -> str:
    return AddressGuard.allowing(allowed).refusal(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_address_is_called(address: str) -> None:
    assert refusal(address) == ""


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("127.0.0.1", "127.0.0.0/8"),
        ("127.9.9.9", "127.0.0.0/8"),
        ("10.1.2.3", "10.0.0.0/8"),
        ("172.16.0.1", "172.16.0.0/12"),
        ("172.31.255.254", "172.16.0.0/12"),
        ("192.168.1.1", "192.168.0.0/16"),
        ("100.64.0.1", "100.64.0.0/10"),
        ("198.18.0.1", "198.18.0.0/15"),
        ("::1", "::1/128"),
        ("fd12:3456::1", "fd12:3456::/32"),
        ("::ffff:10.0.0.1", "10.0.0.0/8"),
        ("64:ff9b::a00:1", "10.0.0.0/8"),
    ],
)
def test_private_address_is_called_only_where_its_network_is_listed(
    address: str, network: str
) -> None:
    assert "PORTAL_ALLOWED_NETWORKS" in refusal(address)
    assert "PORTAL_ALLOWED_NETWORKS" in refusal(address, "203.0.113.0/24")
    assert refusal(address, network) == ""


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "fd20:ce::254",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "0.0.0.0",
        "0.1.2.3",
        "::",
        "224.0.0.1",
        "ff02::1",
        "240.0.0.1",
        "255.255.255.255",
    ],
)
def test_address_that_is_never_called_is_refused_though_everything_is_listed(address: str) -> None:
    assert "never called" in refusal(address, "0.0.0.0/0", "::/0")


def test_host_with_several_addresses_is_called_at_its_permitted_ones() -> None:
    addresses = ["10.0.0.1", "8.8.8.8", "fe80::1"]
    assert CLOSED.permitted("shop", "shop.example", addresses) == ["8.8.8.8"]


def test_host_without_a_permitted_address_is_blocked_by_name_and_address() -> None:
    with pytest.raises(Blocked, match=r"^shop\.example is not called: 10\.0\.0\.1 is refused"):
        CLOSED.permitted("shop", "shop.example", ["10.0.0.1"])


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://8.8.8.8/", "Only http and https"),
        ("/health", "Only http and https"),
        ("http:///x", "names no host"),
        ("https://jan:secret@shop.example/", "carries a user name or password"),
        ("http://169.254.169.254/latest/", "never called"),
        ("http://[fe80::1]/", "never called"),
        ("http://[::ffff:127.0.0.1]/", "PORTAL_ALLOWED_NETWORKS"),
    ],
)
def test_url_that_may_not_be_called_is_blocked_before_anything_is_resolved(
    url: str, words: str
) -> None:
    with pytest.raises(Blocked, match=words) as caught:
        CLOSED.check_url("shop", httpx.URL(url))
    assert "secret" not in str(caught.value)


def test_url_with_a_name_is_left_to_be_judged_by_its_addresses() -> None:
    CLOSED.check_url("shop", httpx.URL("https://localhost/"))
