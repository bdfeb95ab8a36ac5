"""Editions on pages: what each changed, publishing, and comparing two."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Role
from radar.models import Edition
from tests.factories import make_edition, make_person, make_proposal, make_radar, make_technology

pytestmark = pytest.mark.django_db
ADDRESS = "/radar/company/editions/"


@pytest.fixture
def radar():
    radar = make_radar("company", title="Company radar")
    make_edition(
        radar,
        {"Go": (3, 1), "Bower": (2, 3)},
        day=date(2026, 1, 5),
        key="2026-q1",
        title="Q1 2026",
        published_by="Ada Arch",
        note="The first one.",
    )
    make_edition(
        radar, {"Go": (3, 0), "Zig": (3, 2)}, day=date(2026, 4, 5), key="2026-q2", title="Q2 2026"
    )
    return radar


def client_of(role):
    client = Client()
    client.force_login(make_person(role))
    return client


@pytest.fixture
def client():
    return client_of(Role.ENGINEER)


@pytest.fixture
def architect():
    return client_of(Role.ARCHITECT)


def text_of(response, status=200):
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def rows_of(response):
    """The cells of every row of the first table, without their markup."""
    import re

    html = response.content.decode()
    rows = html[html.index("<tbody>") : html.index("</tbody>")].split("<tr>")[1:]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


class TestList:
    def test_list_says_what_each_edition_changed(self, client, radar):
        newest, oldest = rows_of(client.get(ADDRESS))

        assert newest[:6] == ["Q2 2026", "5 Apr 2026", "2", "1", "1", "1"]
        assert oldest[:8] == [
            "Q1 2026",
            "5 Jan 2026",
            "2",
            "0",
            "0",
            "0",
            "Ada Arch",
            "The first one.",
        ]

    def test_imported_edition_says_from_where(self, client, radar):
        make_edition(
            radar, {}, day=date(2026, 6, 1), title="Volume 1", origin="import", source="vol-1.csv"
        )

        assert "imported from vol-1.csv" in text_of(client.get(ADDRESS))

    def test_draft_comes_first_and_can_be_published_or_discarded(self, architect, radar):
        make_edition(radar, {"Go": (3, 0)})

        response = architect.get(ADDRESS)

        assert rows_of(response)[0][0] == "Draft"
        assert "Publish the draft" in text_of(response)
        assert "Discard" in text_of(response)

    def test_engineer_sees_no_buttons(self, client, radar):
        make_edition(radar, {"Go": (3, 0)})

        text = text_of(client.get(ADDRESS))

        assert "Publish the draft" not in text
        assert "Discard" not in text

    def test_radar_without_editions_says_what_makes_one(self, client):
        make_radar("empty")

        assert "No edition yet" in text_of(client.get("/radar/empty/editions/"))


class TestDraft:
    def test_draft_is_opened_once(self, architect, radar):
        first = architect.post(f"{ADDRESS}open/", follow=True)
        second = architect.post(f"{ADDRESS}open/", follow=True)

        assert "The draft is open" in text_of(first)
        assert "has a draft already" in text_of(second)
        assert radar.editions.filter(state="draft").count() == 1

    def test_draft_is_discarded_and_its_proposals_are_open_again(self, architect, radar):
        proposal = make_proposal(radar, make_technology("Rust"), ring=2)
        architect.post(f"/radar/company/proposals/{proposal.pk}/decide/", {"decision": "accept"})

        response = architect.post(f"{ADDRESS}discard/", follow=True)

        assert "1 proposal is open again" in text_of(response)
        proposal.refresh_from_db()
        assert proposal.is_open

    def test_nothing_to_discard_is_said(self, architect, radar):
        response = architect.post(f"{ADDRESS}discard/", follow=True)

        assert "has no draft" in text_of(response)


class TestPublish:
    @pytest.fixture
    def draft(self, radar):
        return make_edition(radar, {"Go": (3, 0), "Zig": (3, 1), "Rust": (3, 2)})

    def post(self, architect, draft, **fields):
        data = {
            "title": "Q3 2026",
            "day": "2026-07-01",
            "note": "More languages.",
            "seen_at": draft.updated_at.isoformat(),
        }
        return architect.post(f"{ADDRESS}publish/", {**data, **fields}, follow=True)

    def test_page_shows_the_difference_first(self, architect, draft):
        text = text_of(architect.get(f"{ADDRESS}publish/"))

        assert "Against Q2 2026: 1 new, 1 moved in, 0 moved out, 0 gone, 1 unchanged" in text
        assert text.index("What changed") < text.index('name="title"')

    def test_page_that_was_seen_publishes_what_it_showed(self, architect, draft):
        html = architect.get(f"{ADDRESS}publish/").content.decode()
        seen = html.split('name="seen_at" value="')[1].split('"')[0]

        response = self.post(architect, draft, seen_at=seen)

        assert "Q3 2026 is published" in text_of(response)
        draft.refresh_from_db()
        assert (draft.state, draft.key, draft.note) == ("published", "2026-q3", "More languages.")

    def test_draft_that_changed_meanwhile_is_not_published(self, architect, draft):
        Edition.objects.filter(pk=draft.pk).update(
            updated_at=draft.updated_at + timedelta(seconds=1)
        )

        response = self.post(architect, draft)

        assert "The draft changed since you looked at it" in text_of(response, 422)
        html = response.content.decode()
        seen = html.split('name="seen_at" value="')[1].split('"')[0]
        assert "Q3 2026 is published" in text_of(self.post(architect, draft, seen_at=seen))

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"title": ""}, "This field is required."),
            ({"title": "q2 2026"}, "Another edition has this title."),
            ({"day": "2026-02-30"}, "Enter a valid date."),
            ({"day": "2026-01-06"}, "choose that day or a later one"),
            ({"day": "2999-01-01"}, "counts from today or an earlier day"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(self, architect, draft, fields, says):
        text = text_of(self.post(architect, draft, **fields), 422)

        assert says in text
        assert "More languages." in text
        draft.refresh_from_db()
        assert draft.is_draft

    def test_nothing_to_publish_is_said(self, architect, radar):
        response = architect.get(f"{ADDRESS}publish/", follow=True)

        assert "has no draft" in text_of(response)


class TestCompare:
    ADDRESS = "/radar/company/compare/"

    def test_newest_is_compared_with_the_one_before(self, client, radar):
        response = client.get(self.ADDRESS)

        assert "From Q1 2026 to Q2 2026: 1 new, 1 moved in, 0 moved out, 1 gone" in text_of(
            response
        )
        assert [row[:2] for row in rows_of(response)] == [
            ["Bower", "Gone"],
            ["Go", "Moved in"],
            ["Zig", "New"],
        ]

    def test_draft_is_compared_where_there_is_one(self, client, radar):
        make_edition(radar, {"Go": (3, 0)})

        assert "From Q2 2026 to Draft" in text_of(client.get(self.ADDRESS))

    def test_two_editions_are_compared_either_way(self, client, radar):
        text = text_of(client.get(f"{self.ADDRESS}?from=2026-q2&to=2026-q1"))

        assert "From Q2 2026 to Q1 2026: 1 new, 0 moved in, 1 moved out, 1 gone" in text

    def test_two_days_are_compared(self, client, radar):
        text = text_of(client.get(f"{self.ADDRESS}?from_on=2026-02-01&to_on=2026-05-01"))

        assert "1 new, 1 moved in, 0 moved out, 1 gone" in text
        assert 'value="2026-02-01"' in text

    def test_picture_has_an_arrow_for_what_moved(self, client, radar):
        assert client.get(self.ADDRESS).content.decode().count('class="way"') == 1

    def test_same_edition_twice_has_no_difference(self, client, radar):
        text = text_of(client.get(f"{self.ADDRESS}?from=2026-q1&to=2026-q1"))

        assert "Nothing changed" in text

    @pytest.mark.parametrize("query", ["?from=1999", "?to=nonsense", "?from_on=2020-01-01"])
    def test_what_is_not_there_is_said(self, client, radar, query):
        assert "One of the two is not there" in text_of(client.get(self.ADDRESS + query))

    def test_radar_with_one_edition_has_nothing_to_compare(self, client):
        make_edition(make_radar("young"), {"Go": (3, 1)}, day=timezone.localdate())

        assert "Nothing to compare yet" in text_of(client.get("/radar/young/compare/"))
