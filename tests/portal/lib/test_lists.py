import pytest
from django.http import QueryDict

from portal.catalog.models import Service
from portal.lib.lists import Column, Filter, list_page, query_string
from tests.factories import make_service

COLUMNS = [
    Column(key="name", title="Service", sort=("key",)),
    Column(key="tier", title="Tier", sort=("tier",), numeric=True, descends_first=True),
    Column(key="note", title="Note"),
]
FILTERS = [
    Filter(key="q", title="Name", apply=lambda rows, value: rows.filter(key__contains=value)),
    Filter(
        key="tier",
        title="Tier",
        apply=lambda rows, value: rows.filter(tier=value) if value.isdigit() else rows.none(),
        options=lambda: [("1", "Tier 1"), ("2", "Tier 2")],
    ),
]

pytestmark = pytest.mark.django_db


def page_of(address: str, **options):
    return list_page(
        QueryDict(address),
        Service.objects.all(),
        columns=COLUMNS,
        filters=FILTERS,
        default_sort="name",
        **options,
    )


def keys(listed) -> list[str]:
    return [row.key for row in listed.rows]


@pytest.fixture
def services():
    for key, tier in [("b", 2), ("a", None), ("c", 1), ("d", 1)]:
        make_service(key, tier=tier)


def test_list_sorts_by_its_default(services):
    assert keys(page_of("")) == ["a", "b", "c", "d"]
    assert keys(page_of("sort=-name")) == ["d", "c", "b", "a"]


def test_nulls_come_last_in_both_directions(services):
    assert keys(page_of("sort=tier")) == ["c", "d", "b", "a"]
    assert keys(page_of("sort=-tier"))[0] == "b"
    assert keys(page_of("sort=-tier"))[-1] == "a"


@pytest.mark.parametrize("sort", ["nothing", "note", "-note", "--name", "key__id", ""])
def test_unknown_or_unsortable_column_falls_back(services, sort):
    assert page_of(f"sort={sort}").sort == "name"


@pytest.mark.parametrize(
    ("page", "number"), [("2", 2), ("99", 2), ("0", 1), ("-3", 1), ("x", 1), ("", 1)]
)
def test_page_number_falls_back_to_the_nearest(page, number):
    for index in range(30):
        make_service(f"s{index:02}")

    listed = page_of(f"size=25&page={page}")

    assert listed.page == number
    assert (listed.first, listed.last) == ((1, 25) if number == 1 else (26, 30))


def test_pages_never_overlap_where_values_are_equal():
    for index in range(60):
        make_service(f"s{index:02}", tier=1)

    first, second = page_of("size=25&sort=tier"), page_of("size=25&sort=tier&page=2")

    assert not set(keys(first)) & set(keys(second))


@pytest.mark.parametrize("size", ["7", "100000", "x", "-1"])
def test_strange_page_size_is_the_usual_one(services, size):
    assert page_of(f"size={size}").size == 25


def test_filters_narrow_and_are_kept_by_every_link(services):
    listed = page_of("q=c&tier=1&page=3")

    assert keys(listed) == ["c"]
    assert listed.is_filtered
    assert listed.headings[0].href == "?q=c&tier=1&sort=-name"
    assert listed.headings[0].aria_sort == "ascending"


def test_second_click_turns_the_order_around(services):
    assert page_of("").headings[1].href == "?sort=-tier"
    assert page_of("sort=-tier").headings[1].href == "?sort=tier"
    assert page_of("").headings[2].href == ""


def test_choices_remember_what_was_chosen(services):
    name, tier = page_of("q=a&tier=2").choices

    assert (name.value, name.is_text) == ("a", True)
    assert (tier.value, tier.options) == ("2", [("1", "Tier 1"), ("2", "Tier 2")])


def test_list_takes_two_queries_whatever_its_size(django_assert_num_queries):
    for index in range(60):
        make_service(f"s{index:02}")

    with django_assert_num_queries(2):
        assert len(page_of("size=25&page=2&sort=-tier&q=s").rows) == 25


def test_empty_list_has_one_empty_page():
    listed = page_of("")

    assert (listed.total, listed.pages, listed.first, listed.last) == (0, 1, 0, 0)
    assert listed.next_href == listed.previous_href == ""


def test_query_string_changes_and_removes():
    assert query_string(QueryDict("a=1&b=2"), a="3", b="") == "?a=3"
