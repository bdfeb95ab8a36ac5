"""Finding services, teams and people by name."""

from collections.abc import Callable

import pytest

from portal.catalog.search import find_people, find_services, find_teams
from portal.lib.registry import search_sources
from tests.factories import make_person, make_service, make_team
from tests.portal.catalog.world import NOW, many_services
from tests.queries import queries_of

pytestmark = pytest.mark.django_db


def test_the_best_hit_comes_first() -> None:
    for name in ("old-pay", "payments", "Pay", "other"):
        make_service(name)
    hits = find_services("PAY", None, 10)
    assert [(hit.title, hit.rank) for hit in hits] == [("Pay", 0), ("payments", 1), ("old-pay", 2)]


def test_titles_are_searched_and_the_key_is_shown_beside_them() -> None:
    make_service("svc-1", title="Checkout", type="website")
    (hit,) = find_services("check", None, 10)
    assert (hit.title, hit.detail, hit.url) == ("Checkout", "website, svc-1", "/services/svc-1/")


def test_what_vanished_is_not_found() -> None:
    make_service("gone", vanished_at=NOW)
    assert find_services("gone", None, 10) == []


def test_teams_and_people_are_found_by_name() -> None:
    make_team("payments", title="Money")
    make_person(key="ilse", name="Ilse Brandt", email="ilse@example.com")
    assert [hit.url for hit in find_teams("mon", None, 10)] == ["/teams/payments/"]
    assert [hit.url for hit in find_people("BRANDT", None, 10)] == ["/people/ilse/"]


@pytest.mark.parametrize("words", ["%", "_", "'", "\\", "100%"])
def test_signs_that_mean_something_to_a_database_mean_nothing_here(words: str) -> None:
    make_service("plain")
    assert find_services(words, None, 10) == []


@pytest.mark.parametrize("find", [find_services, find_teams, find_people])
def test_each_kind_asks_one_query_and_keeps_the_limit(find: Callable[..., list[object]]) -> None:
    many_services(60)
    for n in range(30):
        make_person(key=f"team-person-{n}")
    assert len(queries_of(lambda: find("e", None, 10))) == 1
    assert len(find("e", None, 10)) == 10


def test_the_sources_are_registered() -> None:
    assert {"services", "teams", "people"} <= {source.key for source in search_sources}
