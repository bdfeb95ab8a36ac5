from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.core import signing
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import Person, Team
from portal.api.pages import MAX_LIMIT, _pack, _unpack, page
from portal.lib.errors import Invalid
from tests.factories import make_person
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
ORDERS = [("key",), ("-key",), ("role", "-name"), ("-last_login", "key"), ("time_zone",), ("-pk",)]


def read(queryset=None, *, order=("key",), limit=20, cursor=None) -> dict:
    everybody = Person.objects.all() if queryset is None else queryset
    return page(everybody, cursor=cursor, limit=limit, order=order, to=lambda row: row.pk)


def walk(queryset=None, *, order=("key",), limit=20) -> list[int]:
    seen, cursor = [], None
    while True:
        answer = read(queryset, order=order, limit=limit, cursor=cursor)
        seen += answer["data"]
        cursor = answer["pagination"]["next_cursor"]
        assert answer["pagination"]["has_more"] is (cursor is not None)
        if cursor is None:
            return seen


def fill(rows: list[tuple[str, str, int | None]]) -> None:
    Person.objects.all().delete()
    Person.objects.bulk_create(
        Person(
            key=f"p{number}",
            name=name,
            role=role,
            last_login=None if day is None else datetime(2026, 1, 1 + day, tzinfo=UTC),
        )
        for number, (name, role, day) in enumerate(rows)
    )


people = st.lists(
    st.tuples(
        st.sampled_from(["Ada", "Bob", ""]),
        st.sampled_from(["engineer", "lead"]),
        st.none() | st.integers(0, 3),
    ),
    max_size=12,
)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=people, order=st.sampled_from(ORDERS), limit=st.integers(1, 5))
def test_pages_together_are_the_list(rows, order, limit):
    """Every row once, in the same order, however long the pages, with ties and empty values."""
    fill(rows)

    whole = read(order=order, limit=MAX_LIMIT)["data"]

    assert walk(order=order, limit=limit) == whole
    assert len(set(whole)) == len(whole) == len(rows)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=people.filter(lambda rows: len(rows) > 3),
    order=st.sampled_from(ORDERS),
    new=st.tuples(st.sampled_from(["Ada", "Bob", "Zoe"]), st.none() | st.integers(0, 3)),
    gone=st.integers(0, 11),
)
def test_rows_that_come_and_go_neither_repeat_nor_hide_others(rows, order, new, gone):
    fill(rows)
    whole = read(order=order, limit=MAX_LIMIT)["data"]
    first = read(order=order, limit=2)
    removed = whole[gone % len(whole)]
    Person.objects.filter(pk=removed).delete()
    name, day = new
    login = None if day is None else datetime(2026, 1, 1 + day, tzinfo=UTC)
    added = Person.objects.create(key="p00", name=name, last_login=login).pk

    seen, cursor = list(first["data"]), first["pagination"]["next_cursor"]
    while cursor:
        answer = read(order=order, limit=2, cursor=cursor)
        seen += answer["data"]
        cursor = answer["pagination"]["next_cursor"]

    assert len(set(seen)) == len(seen)
    assert set(whole) - {removed} <= set(seen)
    assert [pk for pk in seen if pk not in {added, removed}] == [
        pk for pk in whole if pk != removed
    ]


def test_paths_and_annotations_may_be_sorted_by():
    parents = [Team.objects.create(key=f"p{n}", name=f"P{n % 2}") for n in range(3)]
    for n in range(7):
        Team.objects.create(key=f"t{n}", name=f"T{n}", parent=None if n == 6 else parents[n % 3])
    teams = Team.objects.select_related("parent").annotate(above=F("parent__name"))

    by_path = walk(teams, order=("-parent__name", "key"), limit=2)
    by_annotation = walk(teams, order=("-above", "key"), limit=3)

    assert by_path == by_annotation
    assert len(set(by_path)) == 10


def test_a_page_costs_one_query_wherever_it_is():
    for _ in range(9):
        make_person()
    cursor = read(limit=4)["pagination"]["next_cursor"]

    queries = queries_of(lambda: read(limit=4, cursor=cursor))

    assert len(queries) == 1
    assert "OFFSET" not in queries[0]


def test_a_page_that_ends_with_the_list_has_no_next():
    for _ in range(4):
        make_person()

    assert read(limit=4)["pagination"] == {"next_cursor": None, "limit": 4, "has_more": False}


@pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1])
def test_limits_out_of_bounds_are_refused(limit):
    with pytest.raises(Invalid):
        read(limit=limit)


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "a:b:c",
        signing.dumps(["accounts.person:key", "a"], salt="another"),
        signing.dumps("accounts.person:key", salt="portal.api.pages"),
        signing.dumps([], salt="portal.api.pages"),
        signing.dumps(["accounts.person:key", "a", 1, 2], salt="portal.api.pages"),
    ],
    ids=["short", "not signed by us", "for something else", "text", "empty", "too long"],
)
def test_a_damaged_cursor_is_refused(cursor):
    with pytest.raises(Invalid, match="cursor is damaged"):
        read(cursor=cursor)


def test_a_cursor_of_another_list_or_order_is_refused():
    for _ in range(3):
        make_person()
        Team.objects.create(key=f"t{_}", name="T")
    cursor = read(limit=1)["pagination"]["next_cursor"]

    with pytest.raises(Invalid):
        read(limit=1, cursor=cursor, order=("-key",))
    with pytest.raises(Invalid):
        read(Team.objects.all(), limit=1, cursor=cursor)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        0.25,
        "text",
        datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC),
        date(2026, 3, 1),
        Decimal("0.10"),
        UUID(int=5),
    ],
)
def test_sort_values_survive_the_cursor(value):
    [packed] = signing.loads(signing.dumps([_pack(value)]))

    assert _unpack(packed) == value
    assert type(_unpack(packed)) is type(value)
