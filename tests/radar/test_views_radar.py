"""The radar's page: picture, list, the technology that is chosen, and every state of it."""

import gzip
import re
from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from radar.models import Technology, Use
from tests.factories import (
    make_change,
    make_edition,
    make_entry,
    make_person,
    make_proposal,
    make_radar,
    make_service,
    make_team,
    make_technology,
)
from tests.queries import queries_of

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12
ADDRESS = "/radar/company/"


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def radar():
    return make_radar("company", title="Company radar")


@pytest.fixture
def editions(radar):
    make_edition(
        radar,
        {"Go": (3, 1), "Kafka": (1, 1), "Jenkins": (2, 2), "Bower": (2, 3)},
        day=date(2026, 1, 5),
        key="2026-q1",
        title="Q1 2026",
    )
    return make_edition(
        radar,
        {"Go": (3, 0), "Kafka": (1, 1), "Jenkins": (2, 3), "Zig": (3, 2)},
        day=date(2026, 4, 5),
        key="2026-q2",
        title="Q2 2026",
    )


@pytest.fixture
def person():
    return make_person("lead", key="mara")


@pytest.fixture
def client(person):
    client = Client()
    client.force_login(person)
    return client


def text_of(response, status=200):
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def names_of(response):
    """The technologies of the list, in its order."""
    html = response.content.decode()
    return re.findall(r'<td class="name"><a href="[^"]*"[^>]*>([^<]+)</a>', html)


@pytest.mark.usefixtures("editions")
class TestPage:
    def test_page_lists_the_newest_edition_by_sector_ring_and_name(self, client):
        response = client.get(ADDRESS)

        assert names_of(response) == ["Kafka", "Jenkins", "Go", "Zig"]
        assert "Q2 2026" in text_of(response)

    def test_head_says_how_many_there_are_and_what_changed(self, client):
        text = text_of(client.get(ADDRESS))

        assert "4 technologies" in text
        assert "1 new and 2 moved" in text
        assert "since Q1 2026" in text

    def test_head_says_what_is_on_hold_and_used_and_which_reviews_are_overdue(self, client, radar):
        Technology.objects.filter(name="Jenkins").update(used_by=7)
        make_entry(radar, Technology.objects.get(name="Go"), next_review_on=date(2026, 2, 1))

        text = text_of(client.get(ADDRESS))

        assert "1 on hold is still used" in text
        assert "in 7 places" in text
        assert "1 review is overdue" in text

    def test_every_blip_is_a_link_with_its_name_and_what_it_says(self, client):
        html = client.get(ADDRESS).content.decode()

        assert 'aria-label="2 Jenkins, Hold, moved out from Assess"' in html
        assert 'aria-label="4 Zig, Assess, new"' in html
        assert 'href="?blip=zig#t-zig"' in html
        assert 'id="t-zig"' in html

    def test_other_edition_is_shown_as_it_was(self, client):
        response = client.get(f"{ADDRESS}?edition=2026-q1")

        assert names_of(response) == ["Kafka", "Jenkins", "Bower", "Go"]
        assert "new and" not in text_of(response)

    def test_draft_says_that_it_is_one(self, client, radar):
        make_edition(radar, {"Go": (3, 0)})

        assert "This is the draft" in text_of(client.get(f"{ADDRESS}?edition=draft"))
        assert names_of(client.get(ADDRESS)) == ["Kafka", "Jenkins", "Go", "Zig"]

    def test_day_shows_the_edition_of_then(self, client):
        response = client.get(f"{ADDRESS}?on=2026-02-01")

        assert names_of(response) == ["Kafka", "Jenkins", "Bower", "Go"]
        assert "1 February 2026" in text_of(response)

    def test_edition_goes_before_a_day(self, client):
        response = client.get(f"{ADDRESS}?edition=2026-q1&on=2026-05-01")

        assert "Bower" in names_of(response)

    def test_day_before_the_first_edition_says_when_that_was(self, client):
        text = text_of(client.get(f"{ADDRESS}?on=2020-01-01"))

        assert "Nothing was published by 1 January 2020" in text
        assert "?on=2026-01-05" in text

    def test_day_that_does_not_exist_is_said(self, client):
        assert "a day that does not exist" in text_of(client.get(f"{ADDRESS}?on=2026-02-30"))

    def test_edition_and_day_at_once_show_the_edition_and_say_so(self, client, radar):
        key = radar.editions.exclude(date=None).first().key
        text = text_of(client.get(f"{ADDRESS}?edition={key}&on=2026-02-01"))

        assert "An edition goes before a day" in text
        assert 'href="?on=2026-02-01"' in text

    def test_edition_that_is_unknown_is_not_found(self, client):
        text = text_of(client.get(f"{ADDRESS}?edition=1999"), 404)

        assert "There is no such edition" in text

    def test_edition_that_was_laid_out_anew_says_so(self, client, radar):
        draft = make_edition(radar, {"Go": (3, 0)})
        assert "laid out anew" not in text_of(client.get(f"{ADDRESS}?edition=draft"))

        draft.is_repacked = True
        draft.save()

        assert "laid out anew" in text_of(client.get(f"{ADDRESS}?edition=draft"))

    def test_what_was_written_is_escaped_everywhere(self, client, radar):
        evil = make_technology("<b>x</b>", slug="evil", description="<script>alert(1)</script>")
        make_edition(radar, {evil.name: (0, 1)}, day=date(2026, 6, 1))

        html = client.get(f"{ADDRESS}?blip=evil").content.decode()

        assert "<b>x" not in html
        assert "<script>alert" not in html
        assert "&lt;b&gt;x&lt;/b&gt;" in html


@pytest.mark.usefixtures("editions")
class TestNarrowing:
    def test_filter_leaves_rows_out_and_dims_blips_where_they_are(self, client):
        whole = client.get(ADDRESS).content.decode()
        response = client.get(f"{ADDRESS}?movement=new")

        html = response.content.decode()
        assert names_of(response) == ["Zig"]
        assert re.findall(r'transform="translate[^"]*"', html) == re.findall(
            r'transform="translate[^"]*"', whole
        )
        assert html.count(" dim") >= 3
        assert "1 of 4 technologies" in text_of(response)

    def test_numbers_stay_under_a_filter(self, client):
        html = client.get(f"{ADDRESS}?q=zig").content.decode()

        assert '<td class="no">4</td>' in html

    def test_address_is_kept_by_every_link(self, client):
        html = client.get(f"{ADDRESS}?edition=2026-q1&ring=hold").content.decode()

        assert 'href="?edition=2026-q1&amp;ring=hold&amp;blip=bower#t-bower"' in html

    def test_nothing_fits_offers_everything(self, client):
        text = text_of(client.get(f"{ADDRESS}?q=nothing-like-it&edition=2026-q1"))

        assert "No technology fits" in text
        assert 'href="?edition=2026-q1"' in text

    def test_team_leaves_what_its_services_use_and_those_of_teams_below(self, client):
        parent = make_team("shop")
        service = make_service(owner=make_team("till", parent=parent))
        now = timezone.now()
        for name in ("Go", "Zig"):
            technology = Technology.objects.get(name=name)
            Use.objects.create(
                service=service,
                technology=technology,
                first_seen_at=now,
                last_seen_at=now,
                gone_at=now if name == "Zig" else None,
            )

        assert names_of(client.get(f"{ADDRESS}?team=shop")) == ["Go"]
        assert names_of(client.get(f"{ADDRESS}?team=nobody")) == []

    def test_sector_view_shows_that_sector_alone(self, client):
        response = client.get(f"{ADDRESS}?view=sector&sector=languages")

        assert names_of(response) == ["Go", "Zig"]
        assert len(re.findall(r'transform="translate', response.content.decode())) == 2

    def test_list_view_has_no_picture(self, client):
        html = client.get(f"{ADDRESS}?view=list").content.decode()

        assert "<desc" not in html
        assert 'id="t-zig"' in html

    def test_htmx_gets_picture_and_list_only(self, client):
        headers = {"HX-Request": "true", "HX-Target": "radar"}
        response = client.get(f"{ADDRESS}?q=go", headers=headers)

        assert response.content.decode().lstrip().startswith('<div class="cols radar')
        assert "<h1>" not in response.content.decode()


@pytest.mark.usefixtures("editions")
class TestChosen:
    def test_panel_says_when_why_and_who(self, client, radar):
        jenkins = Technology.objects.get(name="Jenkins")
        change = make_change(
            radar,
            jenkins,
            3,
            before=2,
            sector=2,
            at=datetime(2026, 3, 1, tzinfo=UTC),
            by_name="Ada Arch",
            reason="It is **slow**.",
        )
        proposal = make_proposal(radar, jenkins, ring=3, state="accepted", change=change)

        text = text_of(client.get(f"{ADDRESS}?blip=jenkins"))

        assert "Assess to Hold" in text
        assert "by Ada Arch" in text
        assert "It is <strong>slow</strong>." in text
        assert f"/radar/company/proposals/{proposal.pk}/" in text
        assert 'aria-current="true"' in text

    def test_panel_of_an_older_edition_knows_no_later_change(self, client, radar):
        jenkins = Technology.objects.get(name="Jenkins")
        make_change(radar, jenkins, 3, before=2, at=datetime(2026, 3, 1, tzinfo=UTC), reason="Slow")

        assert "Slow" not in text_of(client.get(f"{ADDRESS}?blip=jenkins&edition=2026-q1"))

    def test_panel_counts_the_services_of_the_readers_teams(self, client, person):
        go = Technology.objects.get(name="Go")
        mine, now = make_team("mine", members=(person,)), timezone.now()
        for owner in (mine, mine, make_team("other")):
            Use.objects.create(
                service=make_service(owner=owner),
                technology=go,
                first_seen_at=now,
                last_seen_at=now,
            )
        Technology.objects.filter(pk=go.pk).update(used_by=3)

        text = text_of(client.get(f"{ADDRESS}?blip=go"))

        assert "3 services" in text
        assert "2 of them yours" in text

    def test_panel_names_what_is_not_in_this_edition(self, client):
        text = text_of(client.get(f"{ADDRESS}?blip=bower"))

        assert "Bower is not in Q2 2026" in text

    def test_panel_of_something_unknown_is_left_out(self, client):
        assert "Its whole story" not in text_of(client.get(f"{ADDRESS}?blip=nothing"))


class TestEmpty:
    def test_radar_without_editions_says_what_fills_it(self, client, radar):
        assert "Nothing on the radar yet" in text_of(client.get(ADDRESS))

    def test_empty_draft_says_what_fills_it(self, client, radar):
        make_edition(radar)

        assert "Nothing on the radar yet" in text_of(client.get(ADDRESS))

    def test_draft_is_shown_while_nothing_is_published(self, client, radar):
        make_edition(radar, {"Go": (3, 0)})

        assert names_of(client.get(ADDRESS)) == ["Go"]
        assert "only a draft" in text_of(client.get(f"{ADDRESS}?on=2026-01-01"))

    def test_radar_that_is_unknown_is_not_found(self, client):
        assert client.get("/radar/nowhere/").status_code == 404


class TestSize:
    @pytest.fixture
    def large(self, radar):
        names = [f"Technology number {number}" for number in range(300)]
        before = {name: (at % 4, at // 4 % 4) for at, name in enumerate(names) if at % 9}
        make_edition(radar, before, day=date(2026, 1, 5))
        after = {name: (at % 4, (at // 4 + (at % 7 == 0)) % 4) for at, name in enumerate(names)}
        return make_edition(radar, after, day=date(2026, 4, 5), key="large")

    @pytest.mark.usefixtures("large")
    def test_page_of_300_blips_is_light(self, client):
        content = client.get(ADDRESS).content

        assert len(content) <= 250_000
        assert len(gzip.compress(content, 9)) <= 40_000

    @pytest.mark.usefixtures("large")
    def test_page_of_300_blips_asks_few_queries_whatever_is_asked_of_it(
        self, client, radar, person
    ):
        team = make_team("mine", members=(person,))
        technology = Technology.objects.get(name="Technology number 7")
        Technology.objects.update(used_by=1)
        make_change(radar, technology, 2, at=datetime(2026, 4, 1, tzinfo=UTC))
        address = f"{ADDRESS}?team={team.key}&blip={technology.slug}&movement=changed&q=number"
        for asked in (ADDRESS, address, f"{address}&on=2026-06-01"):
            client.get(asked)

            statements = queries_of(partial(client.get, asked))

            assert len(statements) <= MOST_QUERIES, "\n".join(statements)

    def test_radar_with_tiny_blips_opens_by_sector_and_shows_all_when_asked(self, client, radar):
        names = {f"T{number}": (1, number % 4) for number in range(400)}
        make_edition(radar, {**names, "Go": (0, 0)}, day=date(2026, 4, 5))

        first = client.get(ADDRESS).content.decode()
        whole = client.get(f"{ADDRESS}?view=picture").content.decode()

        assert len(re.findall(r'transform="translate', first)) == 1
        assert len(re.findall(r'<tr id="t-', first)) == 401
        assert len(re.findall(r'transform="translate', whole)) == 401
