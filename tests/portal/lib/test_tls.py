"""TLS settings of outside calls against a real TLS server."""

from pathlib import Path
from typing import Any

import pytest

from portal.lib.guard import AddressGuard
from portal.lib.http import Answer, Limits, LocalState, Outside, OutsideError, Transport
from tests.portal.lib.certificates import Authority
from tests.portal.lib.local_server import LocalServer, always, answer, serving

HELLO = always(answer(b"hello"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def ask(server: LocalServer, host: str = "shop.example", **tls: Any) -> Answer:
    transport = Transport(
        service="Shop",
        guard=AddressGuard.allowing(["127.0.0.1"]),
        resolver=lambda name, port: ["127.0.0.1"],
        **tls,
    )
    limits = Limits(attempts=1)
    outside = Outside("shop", state=LocalState(), transport=transport, limits=limits)
    return outside.request("GET", server.url(host=host))


def test_certificate_is_checked_for_the_name_though_an_address_is_called(
    authority: Authority,
) -> None:
    with serving(HELLO, tls=authority.server_context("shop.example")) as server:
        assert ask(server, verify=authority.file).text == "hello"
        with pytest.raises(OutsideError, match=r"certificate is not trusted.*other\.example"):
            ask(server, host="other.example", verify=authority.file)


def test_unknown_authority_is_refused_unless_checks_are_switched_off(authority: Authority) -> None:
    with serving(HELLO, tls=authority.server_context("shop.example")) as server:
        with pytest.raises(OutsideError, match="certificate is not trusted"):
            ask(server)
        assert ask(server, verify=False).text == "hello"


def test_client_certificate_is_shown(authority: Authority, tmp_path: Path) -> None:
    context = authority.server_context("shop.example", asks_for_client=True)
    with serving(HELLO, tls=context) as server:
        with pytest.raises(OutsideError):
            ask(server, verify=authority.file)
        cert = authority.certificate("portal.example")
        assert ask(server, verify=authority.file, cert=cert).text == "hello"
