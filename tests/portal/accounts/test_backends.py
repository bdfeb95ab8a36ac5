import pytest
from django.test import Client

from portal.accounts.backends import PersonBackend, is_beside_sample
from tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db


def test_whoever_is_read_knows_of_sample_data_without_asking(django_assert_num_queries):
    person = make_person("engineer")
    for is_sample in (False, True):
        if is_sample:
            make_team("halden", is_sample=True)
        with django_assert_num_queries(1):
            assert is_beside_sample(PersonBackend().get_user(person.pk)) is is_sample


def test_whoever_comes_from_elsewhere_is_asked_for():
    person = make_person("engineer")
    assert not is_beside_sample(person)
    make_team("halden", is_sample=True)
    assert is_beside_sample(person)


def test_whoever_is_switched_off_is_nobody():
    person = make_person("engineer")
    client = Client()
    client.force_login(person)
    person.is_active = False
    person.save()
    assert PersonBackend().get_user(person.pk) is None
    assert client.get("/").status_code == 302


def test_a_session_of_nobody_is_none():
    assert PersonBackend().get_user(0) is None
