"""The list of technologies, the story of one, and changing it."""

import csv
import io
from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.test import Client

from portal.accounts.models import Role
from portal.catalog.models import Link
from radar.models import Technology
from tests.factories import (
    make_change,
    make_edition,
    make_entry,
    make_evaluation,
    make_person,
    make_proposal,
    make_radar,
    make_service,
    make_team,
    make_technology,
)
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
LIST = "/radar/technologies/"
MOST_QUERIES = 12


@pytest.fixture
def person():
    return make_person(Role.ARCHITECT)


@pytest.fixture
def client(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def radar():
    return make_radar("company", title="Company radar")


@pytest.fixture
def go(radar):
    """Go came into trial, was adopted, and has a review that is overdue."""
    go = make_technology(
        "Go",
        description="A **language**.",
        tags=["language", "backend"],
        owner=make_team("platform", title="Platform"),
        links=[{"title": "Home", "url": "https://go.example/"}],
    )
    make_edition(radar, {"Go": (3, 1)}, day=date(2026, 1, 5), key="q1", title="Q1 2026")
    make_edition(radar, {"Go": (3, 0)}, day=date(2026, 4, 5), key="q2", title="Q2 2026")
    make_entry(radar, go, next_review_on=date(2026, 5, 1))
    make_change(
        radar,
        go,
        0,
        before=1,
        sector=3,
        at=datetime(2026, 3, 3, tzinfo=UTC),
        by_name="Ada Arch",
        reason="Six teams asked.",
    )
    return go


def text_of(response, status=200):
    assert response.status_code == status
    return " ".join(response.content.decode().split())


class TestList:
    def test_list_says_where_each_stands_now(self, client, go):
        make_technology("Bower")

        text = text_of(client.get(LIST))

        assert text.index(">Bower<") < text.index(">Go<")
        assert "not now" in text
        assert "Adopt" in text

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?q=go", ["Go"]),
            ("?q=language", ["Go"]),
            ("?where=company", ["Go"]),
            ("?where=company/adopt", ["Go"]),
            ("?where=company/hold", []),
            ("?where=-", ["Bower", "Go vet"]),
            ("?owner=platform", ["Go"]),
            ("?owner=-", ["Bower", "Go vet"]),
            ("?tag=backend", ["Go"]),
            ("?tag=back", []),
            ("?q=none", []),
        ],
    )
    def test_list_is_narrowed(self, client, go, query, expected):
        make_technology("Bower")
        make_technology("Go vet", tags=["backend-tools"])
        if query == "?q=go":
            expected = ["Go", "Go vet"]

        text = text_of(client.get(LIST + query))

        assert [name for name in ("Bower", "Go", "Go vet") if f">{name}</a>" in text] == expected

    def test_export_has_what_the_filters_leave(self, client, go):
        make_technology("=cmd", slug="cmd")

        response = client.get(f"{LIST}?format=csv&sort=-name")

        rows = list(csv.reader(io.StringIO(b"".join(response).decode())))
        assert [row[1] for row in rows] == ["Name", "Go", "'=cmd"]
        assert rows[1][2:6] == ["Platform", "language, backend", "0", "Company radar: Adopt"]

    def test_list_without_technologies_says_what_fills_it(self, client):
        assert "No technologies yet" in text_of(client.get(LIST))


class TestStory:
    def test_page_tells_where_it_is_since_when_and_who_moved_it_why(self, client, go):
        text = text_of(client.get(f"{LIST}go/"))

        assert "A <strong>language</strong>." in text
        assert "in Languages since 5 April 2026" in text
        assert "Its review is overdue" in text
        assert "Six teams asked." in text
        assert "Ada Arch" in text
        assert 'href="https://go.example/"' in text

    def test_timeline_says_in_words_what_it_draws(self, client, go):
        text = text_of(client.get(f"{LIST}go/"))

        label = "Go: Trial from 5 Jan 2026 to 5 Apr 2026; Adopt from 5 Apr 2026 until now"
        assert f'aria-label="{label}"' in text
        assert "2 editions as a table" in text

    def test_draft_that_says_something_else_is_told(self, client, go, radar):
        make_edition(radar, {"Go": (3, 3)})

        assert "The draft has it in Hold." in text_of(client.get(f"{LIST}go/"))

    def test_draft_that_leaves_it_out_is_told(self, client, go, radar):
        make_edition(radar, {"Zig": (3, 3)})

        assert "The draft leaves it out." in text_of(client.get(f"{LIST}go/"))

    def test_faded_technology_says_where_it_was_last(self, client, go, radar):
        make_edition(radar, {"Zig": (3, 3)}, day=date(2026, 7, 1), title="Q3 2026")

        text = text_of(client.get(f"{LIST}go/"))

        assert "It was last in Q2 2026." in text

    def test_proposals_are_listed_and_open_ones_stand_out(self, client, go, radar):
        make_proposal(radar, go, ring=3, by=make_person(name="Mara Oduya"))

        assert "Mara Oduya proposes Hold" in text_of(client.get(f"{LIST}go/"))

    def test_technology_on_no_radar_says_so(self, client):
        make_technology("Rust")

        assert "On no radar yet" in text_of(client.get(f"{LIST}rust/"))

    def test_links_of_both_ways_are_shown(self, client, go):
        make_service("shop")
        ours = {"from_kind": "technology", "from_key": "go", "role": "see"}
        theirs = {"to_kind": "technology", "to_key": "go", "role": "about"}
        Link.objects.create(to_kind="service", to_key="shop", **ours)
        Link.objects.create(from_kind="service", from_key="gone", **theirs)

        text = text_of(client.get(f"{LIST}go/"))

        assert '<a href="/services/shop/">shop</a>' in text
        assert "gone, gone" in text

    def test_page_leads_to_its_evaluations_also_those_with_it_as_an_alternative(
        self, client, go, radar
    ):
        own = make_evaluation(radar, "Go")
        other = make_evaluation(radar, "Zig", alternatives=["Go"])
        make_evaluation(radar, "Ruby")

        text = text_of(client.get(f"{LIST}go/"))
        assert "/evaluations/new/?technology=go" in text
        assert "/evaluations/?q=Go" in text

        listed = text_of(client.get("/evaluations/?q=Go"))
        assert f'href="/evaluations/{own.pk}/">Go</a>' in listed
        assert f'href="/evaluations/{other.pk}/">Zig</a>' in listed
        assert ">Ruby</a>" not in listed

    def test_page_asks_few_queries_for_whoever_may_edit(self, go, radar):
        make_change(
            radar,
            go,
            0,
            before=1,
            at=datetime(2026, 4, 4, tzinfo=UTC),
            because_kind="evaluation",
            because_key=str(make_evaluation(radar, "Go").pk),
        )
        lead = make_person(Role.LEAD)
        client = Client()
        client.force_login(lead)
        client.get(f"{LIST}go/")

        statements = queries_of(partial(client.get, f"{LIST}go/"))

        assert len(statements) <= MOST_QUERIES, "\n".join(statements)

    def test_unknown_technology_is_not_found(self, client):
        assert client.get(f"{LIST}nothing/").status_code == 404


class TestEdit:
    ADDRESS = f"{LIST}go/edit/"

    def form(self, **fields):
        return {
            "name": "Go",
            "owner": "platform",
            "tags": "Language, systems",
            "description": "Compiled.",
            "links-url": ["https://go.example/", "https://pkg.example/", ""],
            "links-title": ["Home", "", ""],
            **fields,
        }

    def test_page_holds_what_is_there(self, client, go):
        text = text_of(client.get(self.ADDRESS))

        assert 'value="language, backend"' in text
        assert 'value="https://go.example/"' in text
        assert '<option value="platform" selected>' in text

    def test_what_is_said_is_changed(self, client, go):
        response = client.post(self.ADDRESS, self.form(owner=""), follow=True)

        assert "is saved" in text_of(response)
        go.refresh_from_db()
        assert (go.tags, go.owner, go.description) == (["language", "systems"], None, "Compiled.")
        assert [link["title"] for link in go.links] == ["Home", "https://pkg.example/"]

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"name": ""}, "This field is required."),
            ({"name": "ZIG"}, "There is a technology Zig already."),
            ({"tags": "two words"}, "is no tag"),
            ({"owner": "nowhere"}, "Select a valid choice."),
            ({"links-url": ["javascript:alert(1)", "", ""]}, "is no address that starts with"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(self, client, go, fields, says):
        make_technology("Zig")

        text = text_of(client.post(self.ADDRESS, self.form(**fields)), 422)

        assert says in text
        assert "Compiled." in text
        assert Technology.objects.get(slug="go").description == "A **language**."
