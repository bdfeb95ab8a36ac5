"""The review queue as a page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Role
from radar.models import Entry, Technology
from tests.factories import (
    make_edition,
    make_entry,
    make_person,
    make_radar,
    make_team,
    make_technology,
)

pytestmark = pytest.mark.django_db
ADDRESS = "/radar/company/review/"


@pytest.fixture
def today():
    return timezone.localdate(timezone.now(), timezone.get_default_timezone())


@pytest.fixture
def person():
    return make_person(Role.ENGINEER)


@pytest.fixture
def client(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def radar(person, today):
    """Go is ours and overdue, Kafka is another team's and due soon, Zig is nobody's and later."""
    radar = make_radar("company", title="Company radar")
    owners = {"Go": make_team("mine", members=(person,)), "Kafka": make_team("other"), "Zig": None}
    due = {"Go": -3, "Kafka": 5, "Zig": 60}
    for name, owner in owners.items():
        technology = make_technology(name, owner=owner)
        make_entry(radar, technology, next_review_on=today + timedelta(days=due[name]))
    make_edition(radar, {"Go": (3, 0), "Kafka": (1, 1), "Zig": (3, 2)}, day=today)
    return radar


def text_of(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.mark.usefixtures("radar")
class TestReview:
    def test_queue_has_the_most_overdue_first_and_says_how_much(self, client):
        text = text_of(client.get(ADDRESS))

        assert text.index(">Go<") < text.index(">Kafka<") < text.index(">Zig<")
        assert "3 days overdue" in text
        assert "due in 5 days" in text
        assert "Adopt" in text

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?due=overdue", ["Go"]),
            ("?due=soon", ["Kafka"]),
            ("?owner=mine", ["Go"]),
            ("?owner=nobody", ["Zig"]),
            ("?owner=other", ["Kafka"]),
            ("?q=zi", ["Zig"]),
            ("?q=nothing", []),
        ],
    )
    def test_queue_is_narrowed(self, client, query, expected):
        table = text_of(client.get(ADDRESS + query)).split('id="reviews"')[1].split("By owner")[0]

        assert [name for name in ("Go", "Kafka", "Zig") if f">{name}</a>" in table] == expected

    def test_owners_are_counted_worst_first(self, client):
        text = text_of(client.get(ADDRESS)).split("By owner")[1]

        assert text.index(">mine<") < text.index(">other<") < text.index(">Nobody<")

    def test_only_what_is_ours_has_a_button(self, client):
        text = text_of(client.get(ADDRESS))

        assert 'aria-label="Go was reviewed and stays"' in text
        assert "Kafka was reviewed" not in text
        assert "/radar/company/propose/?technology=kafka" in text

    def test_reviewing_sets_the_next_day_and_keeps_the_filter(self, client, radar, today):
        data = {"query": "owner=mine"}
        response = client.post(f"{ADDRESS}go/", data)

        assert response.headers["Location"] == f"{ADDRESS}?owner=mine"
        entry = Entry.objects.get(technology__slug="go")
        assert entry.next_review_on > today + timedelta(days=80)
        assert "Go stays." in text_of(client.get(ADDRESS))

    def test_reviewing_what_is_not_on_the_radar_is_refused_with_words(self, client, radar, person):
        make_technology("Rust", owner=Technology.objects.get(slug="go").owner)

        response = client.post(f"{ADDRESS}rust/", follow=True)

        assert "is not on Company radar now" in text_of(response)


def test_queue_without_entries_says_what_would_be_there(client):
    make_radar("empty")

    assert "Nothing to review" in text_of(client.get("/radar/empty/review/"))
