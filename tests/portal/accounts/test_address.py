import pytest
from django.test import RequestFactory

from portal.accounts.address import client_address, is_local


def request(host: str = "localhost:8000", address: str = "127.0.0.1", **headers: str):
    return RequestFactory().get("/", REMOTE_ADDR=address, HTTP_HOST=host, **headers)


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1"])
def test_loopback_is_local(host, address):
    assert is_local(request(host, address))


@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.1.2", "::ffff:10.0.0.5", "", "unix:"])
def test_another_machine_is_not_local(address):
    assert not is_local(request(address=address))


@pytest.mark.parametrize("host", ["portal.example", "localhost.portal.example", "10.0.0.5:8000"])
def test_a_name_that_points_here_is_not_local(host, settings):
    settings.ALLOWED_HOSTS = ["*"]

    assert not is_local(request(host))


@pytest.mark.parametrize(
    "header",
    [
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_HOST",
        "HTTP_FORWARDED",
        "HTTP_X_REAL_IP",
        "HTTP_VIA",
    ],
)
def test_what_a_proxy_passed_on_is_not_local(header):
    assert not is_local(request(**{header: "127.0.0.1"}))


def test_the_address_is_the_connection_without_a_proxy():
    asked = request(address="10.0.0.5", HTTP_X_FORWARDED_FOR="1.2.3.4")

    assert client_address(asked, behind_proxy=False) == "10.0.0.5"


def test_behind_a_proxy_only_what_the_proxy_wrote_counts():
    asked = request(address="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.7")

    assert client_address(asked, behind_proxy=True) == "203.0.113.7"


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ("203.0.113.7:51234", "203.0.113.7"),
        ("[2001:db8::7]:51234", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unknown", "unknown"),
    ],
)
def test_what_a_client_can_choose_of_its_address_does_not_count(given, counted):
    asked = request(address="10.0.0.1", HTTP_X_FORWARDED_FOR=given)

    assert client_address(asked, behind_proxy=True) == counted
