import pytest
from django.urls import reverse

from portal.lib.addresses import address_of
from tests.factories import make_person, make_service, make_team

KEYS = ["checkout", "payments:ledger", "a.b-c_d", "import", "key", "ünicode", "50% off?#;&'+"]
PAGES = ["service", "system", "domain", "api", "resource", "team", "person"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("page", PAGES)
def test_address_is_what_the_router_answers(page, key):
    assert address_of(f"catalog:{page}", key) == reverse(f"catalog:{page}", args=[key])


@pytest.mark.django_db
def test_things_know_their_pages():
    assert make_service("payments:ledger").url == "/services/payments:ledger/"
    assert make_team("payments").url == "/teams/payments/"
    person = make_person()
    assert person.url == f"/people/{person.key}/"
