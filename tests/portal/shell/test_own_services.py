import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.utils import timezone

from portal.shell.own_services import own_services
from scorecards.models import Scorecard, Standing
from tests.factories import make_person, make_scorecard, make_service, make_team

pytestmark = pytest.mark.django_db


def keys(found) -> list[str]:
    return [service.key for service in found.page.rows]


@pytest.fixture
def scorecard() -> Scorecard:
    return make_scorecard("readiness")


def stand(service, scorecard, *, failed: int, score: float = 50) -> None:
    Standing.objects.create(
        service=service,
        scorecard=scorecard,
        score=score,
        failed=failed,
        evaluated_at=timezone.now(),
    )


def test_services_of_ones_teams_come_worst_first(scorecard):
    person = make_person()
    team = make_team("payments", members=(person,))
    for key, failed in [("a", 1), ("b", 6), ("c", 0)]:
        stand(make_service(key, owner=team), scorecard, failed=failed)
    make_service("foreign", owner=make_team("other"))
    make_service("gone", owner=team, vanished_at=timezone.now())

    assert keys(own_services(person, QueryDict())) == ["b", "a", "c"]


def test_teams_below_ones_own_count_too():
    person = make_person()
    parent = make_team("commerce", members=(person,))
    make_service("ledger", owner=make_team("payments", parent=parent))

    assert keys(own_services(person, QueryDict())) == ["ledger"]


@pytest.mark.parametrize("sort", ["nothing", "on_call", "-", ""])
def test_strange_sort_falls_back_to_worst_first(scorecard, sort):
    person = make_person()
    team = make_team(members=(person,))
    stand(make_service("a", owner=team), scorecard, failed=0)
    stand(make_service("b", owner=team), scorecard, failed=3)

    assert keys(own_services(person, QueryDict(f"sort={sort}"))) == ["b", "a"]


def test_table_sorts_by_an_added_column(scorecard):
    person = make_person()
    team = make_team(members=(person,))
    stand(make_service("a", owner=team), scorecard, failed=0, score=90)
    stand(make_service("b", owner=team), scorecard, failed=0, score=20)

    assert keys(own_services(person, QueryDict("sort=score"))) == ["b", "a"]


def test_title_names_the_one_team():
    person = make_person()
    make_team("payments", title="Payments", members=(person,))
    assert own_services(person, QueryDict()).title == "Services of Payments"

    make_team("storefront", members=(person,))
    cache.clear()
    assert own_services(person, QueryDict()).title == "Services of your teams"


def test_person_without_a_team_has_no_table():
    assert own_services(make_person(), QueryDict()) is None


def test_page_explains_an_empty_table(sign_in):
    person = make_person()
    assert "You are in no team" in sign_in(person).get("/").content.decode()

    make_team(members=(person,))
    assert "own no service yet" in sign_in(person).get("/").content.decode()


def test_desk_takes_few_queries_whatever_the_size(
    sign_in, scorecard, django_assert_max_num_queries
):
    person = make_person("lead")
    team = make_team("payments", members=(person,))
    for number in range(30):
        service = make_service(f"s{number:02}", owner=team, tier=1)
        stand(service, scorecard, failed=number % 4)
    client = sign_in(person)
    client.get("/search/")  # the frame keeps its counts for a minute

    with django_assert_max_num_queries(12):
        html = client.get("/").content.decode()

    assert "1 to 10 of 30 services" in html


def test_ten_at_a_time_the_others_on_the_next_pages():
    person = make_person("engineer")
    team = make_team("payments", members=(person,))
    for number in range(12):
        make_service(f"s{number:02}", owner=team)
    first = own_services(person, QueryDict("sort=name")).page
    assert (len(first.rows), first.total, first.pages) == (10, 12, 2)
    second = own_services(person, QueryDict("sort=name&page=2"))
    assert keys(second) == ["s10", "s11"]
