import pytest

from portal.accounts.models import Person
from tests.factories import make_person

pytestmark = pytest.mark.django_db


def test_keys_stay_unique_when_addresses_begin_alike():
    people = [Person.objects.create_user(f"ada@{host}.example") for host in ("one", "two", "six")]

    assert [person.key for person in people] == ["ada", "ada-2", "ada-3"]


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        ("Ada.Lovelace", "ada.lovelace"),
        ("a+b c", "a-b-c"),
        ("+++", "person"),
        ("x" * 200, "x" * 120),
    ],
)
def test_free_key_is_made_of_what_a_key_may_hold(wanted, key):
    assert Person.objects.free_key(wanted) == key


def test_people_are_named_by_key_or_address_in_any_case():
    person = make_person(key="ada", email="ada@example.com")

    assert Person.objects.named(" ADA ") == person
    assert Person.objects.named("Ada@Example.com") == person
    assert Person.objects.named("nobody") is None
