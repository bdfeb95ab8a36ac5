import pytest
from django.utils import timezone

from portal.accounts.families import family_of
from portal.accounts.models import Team
from tests.factories import make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> dict[str, Team]:
    top = make_team("company")
    middle = make_team("shop", parent=top)
    low = make_team("web", parent=middle)
    make_team("elsewhere", parent=top)
    return {"company": top, "shop": middle, "web": low}


def test_family_is_the_team_and_all_below_it_but_not_above(company):
    found = family_of("shop")

    assert found.team == company["shop"]
    assert found.ids == {company["shop"].pk, company["web"].pk}
    assert found.children == [company["web"]]


def test_whole_tree_is_found_from_its_top_with_one_query(company, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = family_of("company")
        assert found.team.parent is None
        assert [team.key for team in found.children] == ["elsewhere", "shop"]
        assert len(found.ids) == 4


def test_parent_comes_along_with_its_fields(company, django_assert_num_queries):
    Team.objects.filter(key="shop").update(links=[{"url": "https://a.example", "title": "A"}])

    with django_assert_num_queries(1):
        found = family_of("web")
        assert str(found.team.parent) == "shop"
        assert found.team.parent.links == [{"url": "https://a.example", "title": "A"}]


def test_vanished_child_is_no_child_and_still_counts(company):
    Team.objects.filter(key="web").update(vanished_at=timezone.now())

    found = family_of("shop")

    assert found.children == []
    assert company["web"].pk in found.ids


def test_circle_of_parents_ends(company):
    Team.objects.filter(key="company").update(parent=company["web"])

    found = family_of("web")

    assert found.team.parent == company["shop"]
    assert len(found.ids) == 4


def test_unknown_team_has_no_family(company):
    assert family_of("nobody") is None
