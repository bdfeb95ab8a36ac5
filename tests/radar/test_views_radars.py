"""All radars, a new one, and the settings of one."""

from datetime import date

import pytest
from django.test import Client

from portal.accounts.models import Role
from radar.models import Radar
from tests.factories import make_edition, make_person, make_proposal, make_radar

pytestmark = pytest.mark.django_db

RINGS = {
    "rings-key": ["", "", "", ""],
    "rings-title": ["Adopt", "Hold", "", ""],
    "rings-meaning": ["adopt", "hold", "adopt", "adopt"],
    "rings-aliases": ["", "caution, stop", "", ""],
    "rings-description": ["Use it.", "", "", ""],
}
SECTORS = {
    "sectors-key": ["", "", "", ""],
    "sectors-title": ["Tools", "Data", "", "People"],
    "sectors-description": ["", "Where it lies.", "", ""],
}
FORM = {"title": "New radar", "description": "", "review_months": "6", **RINGS, **SECTORS}


@pytest.fixture
def architect():
    client = Client()
    client.force_login(make_person(Role.ARCHITECT))
    return client


def text_of(response, status=200):
    assert response.status_code == status
    return " ".join(response.content.decode().split())


class TestHome:
    def test_only_radar_is_where_home_leads(self, architect):
        make_radar("company")

        assert architect.get("/radar/").headers["Location"] == "/radar/company/"

    def test_several_radars_are_listed_with_their_numbers(self, architect):
        radar = make_radar("company", title="Company")
        make_radar("data", title="Data platform", order=1)
        make_edition(radar, {"Go": (3, 0), "Zig": (3, 1)}, day=date(2026, 1, 5), title="Q1 2026")
        make_edition(radar, {"Go": (3, 0)})
        make_proposal(radar)

        text = text_of(architect.get("/radar/"))

        assert "Q1 2026" in text
        assert '<td class="r">2</td>' in text
        assert "?state=open" in text
        assert "none yet" in text

    def test_no_radar_offers_to_make_one(self, architect):
        assert "Make a radar" in text_of(architect.get("/radar/"))

    def test_no_radar_offers_nothing_to_an_engineer(self):
        client = Client()
        client.force_login(make_person(Role.ENGINEER))

        text = text_of(client.get("/radar/"))

        assert "No radar yet" in text
        assert "Make a radar" not in text


class TestNew:
    def test_form_starts_from_the_usual_sectors_and_rings(self, architect):
        text = text_of(architect.get("/radar/new/"))

        assert 'value="Techniques"' in text
        assert 'value="Languages &amp; Frameworks"' in text
        assert '<option value="hold" selected>' in text
        assert text.count('<option value="">Choose</option>') == 2

    def test_radar_is_made_of_the_rows_that_are_filled_in(self, architect):
        response = architect.post("/radar/new/", FORM)

        assert response.headers["Location"] == "/radar/new-radar/"
        radar = Radar.objects.get()
        assert [row.title for row in radar.sectors.all()] == ["Tools", "Data", "People"]
        assert [(row.title, row.meaning, row.aliases) for row in radar.rings.all()] == [
            ("Adopt", "adopt", []),
            ("Hold", "hold", ["caution", "stop"]),
        ]
        assert radar.review_months == 6

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"title": ""}, "This field is required."),
            ({"slug": "technologies"}, "is a page of its own"),
            ({"slug": "taken"}, "There is a radar at the address"),
            ({"review_months": "0"}, "greater than or equal to 1"),
            ({"sectors-title": ["Tools", "Data", "", ""]}, "A radar has 3 to 8 sectors."),
            ({"sectors-title": ["A", "B", "a", ""]}, "have the name"),
            ({"rings-title": ["Adopt", "", "", ""]}, "A radar has 2 to 6 rings."),
            ({"rings-meaning": ["adopt", "love", "", ""]}, "Say what the ring"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(self, architect, fields, says):
        make_radar("taken")

        text = text_of(architect.post("/radar/new/", {**FORM, **fields}), 422)

        assert says in text
        assert 'value="caution, stop"' in text
        assert Radar.objects.count() == 1


class TestSettings:
    @pytest.fixture
    def radar(self):
        return make_radar("company", title="Company", sectors=("Tools", "Data", "People"))

    def form(self, radar, **fields):
        rings = list(radar.rings.all())
        sectors = list(radar.sectors.all())
        return {
            "title": radar.title,
            "review_months": radar.review_months,
            "sectors-key": [row.key for row in sectors],
            "sectors-title": [row.title for row in sectors],
            "sectors-description": ["" for _ in sectors],
            "rings-key": [row.key for row in rings],
            "rings-title": [row.title for row in rings],
            "rings-meaning": [row.meaning for row in rings],
            "rings-aliases": ["" for _ in rings],
            "rings-description": ["" for _ in rings],
            **fields,
        }

    def test_page_holds_what_is_there(self, architect, radar):
        text = text_of(architect.get("/radar/company/settings/"))

        assert 'name="sectors-title" value="People"' in text
        assert 'name="rings-key" value="assess"' in text

    def test_sector_is_renamed_and_keeps_what_is_in_it(self, architect, radar):
        edition = make_edition(radar, {"Go": (1, 0)})
        data = self.form(radar, **{"sectors-title": ["Tools", "Data and messaging", "People"]})

        response = architect.post("/radar/company/settings/", data, follow=True)

        assert "settings are saved" in text_of(response)
        assert edition.placements.get().sector.title == "Data and messaging"

    def test_sector_in_use_can_not_be_taken_out(self, architect, radar):
        make_edition(radar, {"Go": (1, 0)}, day=date(2026, 1, 5))
        data = self.form(radar)
        data["sectors-title"] = ["Tools", "", "People"]
        data["sectors-title"].append("More")
        data["sectors-key"].append("")
        data["sectors-description"].append("")

        text = text_of(architect.post("/radar/company/settings/", data), 422)

        assert "be removed" in text
        assert radar.sectors.count() == 3
