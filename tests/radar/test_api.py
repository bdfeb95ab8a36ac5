"""Radars over the API: what it says, and proposals that are made and decided there."""

from datetime import UTC, date, datetime

import pytest

from portal.accounts.actions import create_token
from radar.models import Proposal, Technology
from tests.factories import (
    make_change,
    make_edition,
    make_person,
    make_proposal,
    make_radar,
    make_team,
    make_technology,
)

pytestmark = pytest.mark.django_db
SPRING, SUMMER = date(2026, 4, 1), date(2026, 7, 1)


@pytest.fixture
def radar():
    radar = make_radar("tech")
    make_technology("Go", owner=make_team("platform"), tags=["language", "été"], used_by=3)
    make_edition(radar, {"Go": (3, 1), "Perl": (3, 3)}, day=SPRING)
    make_edition(radar, {"Go": (3, 0), "Kafka": (1, 2)}, day=SUMMER, key="2026-q3")
    return radar


def data(client, path, status=200):
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.content
    return answer.json()


def post(client, path, body, status, **options):
    answer = client.post(f"/api/v1{path}", body, content_type="application/json", **options)
    assert answer.status_code == status, answer.content
    return answer.json()


def test_radars_with_sectors_and_rings(radar, sign_in):
    client = sign_in()
    (found,) = data(client, "/radars")["data"]

    assert found == data(client, "/radars/Tech")
    assert [sector["key"] for sector in found["sectors"]][:2] == ["techniques", "platforms"]
    assert [ring["meaning"] for ring in found["rings"]] == ["adopt", "trial", "assess", "hold"]
    assert "no radar other" in data(client, "/radars/other", 404)["error"]["message"]


def test_editions_from_the_oldest_with_the_draft_last(radar, sign_in):
    make_edition(radar, {"Go": (3, 0)})

    found = data(sign_in(), "/radars/tech/editions")["data"]

    assert [row["key"] for row in found] == ["2026-04-01", "2026-q3", "draft"]
    assert [row["state"] for row in found] == ["published", "published", "draft"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Kafka", "Go"]),
        ("?edition=2026-04-01", ["Go", "Perl"]),
        ("?on=2026-06-30", ["Go", "Perl"]),
        ("?on=2026-07-01", ["Kafka", "Go"]),
    ],
)
def test_what_a_radar_says(radar, sign_in, query, names):
    found = data(sign_in(), f"/radars/tech/blips{query}")

    assert [blip["name"] for blip in found["blips"]] == names


def test_a_blip_in_full(radar, sign_in):
    found = data(sign_in(), "/radars/tech/blips")

    assert (found["edition"], found["on"]) == ("2026-q3", None)
    assert found["blips"][1] == {
        "number": 2,
        "technology": "go",
        "name": "Go",
        "sector": "languages",
        "ring": "adopt",
        "meaning": "adopt",
        "movement": "moved_in",
        "from_ring": "Trial",
        "remark": "",
        "description": "",
        "tags": ["language", "été"],
        "owner": "platform",
        "used_by": 3,
        "next_review_on": None,
        "is_overdue": False,
    }


@pytest.mark.parametrize(
    ("query", "status"), [("?edition=none", 404), ("?on=2020-01-01", 404), ("?on=2026-02-30", 422)]
)
def test_a_state_that_is_not_there(radar, sign_in, query, status):
    data(sign_in(), f"/radars/tech/blips{query}", status)


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("", ["go", "kafka", "perl"]),
        ("?q=AF", ["kafka"]),
        ("?tag=language", ["go"]),
        ("?tag=Été", ["go"]),
        ("?tag=lang", []),
        ("?owner=Platform", ["go"]),
        ("?radar=tech", ["go", "kafka"]),
        ("?ring=assess", ["kafka"]),
        ("?ring=hold", []),
        ("?radar=other", []),
    ],
)
def test_technologies_are_filtered(radar, sign_in, query, slugs):
    found = data(sign_in(), f"/technologies{query}")["data"]

    assert [row["slug"] for row in found] == slugs


def test_a_technology_with_its_history(radar, sign_in):
    perl = Technology.objects.get(name="Perl")
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    make_change(radar, perl, None, before=3, at=moment, by_name="Jun", reason="Gone.")

    found = data(sign_in(), "/technologies/perl")

    (story,) = found["history"]
    assert (story["radar"], story["last_in"]) == ("tech", "2026-04-01")
    assert [(said["edition"], said["ring"]) for said in story["editions"]] == [
        ("2026-04-01", "hold")
    ]
    assert story["changes"] == [
        {
            "at": "2026-06-01T00:00:00Z",
            "from_ring": "hold",
            "to_ring": "",
            "sector": "techniques",
            "reason": "Gone.",
            "because": "",
            "by": "Jun",
        }
    ]
    data(sign_in(), "/technologies/nothing", 404)


def wish(**fields):
    return {"name": "Go", "sector": "languages", "ring": "trial", "reason": "So."} | fields


def test_a_proposal_is_made_and_accepted_by_somebody_else(radar, sign_in):
    engineer, architect = make_person("engineer"), make_person("architect")

    made = post(sign_in(engineer), "/radars/tech/proposals", wish(), 201)

    assert (made["state"], made["technology"], made["by"]) == ("open", "go", engineer.name)
    path = f"/radars/tech/proposals/{made['number']}/accept"
    post(sign_in(engineer), path, {}, 403)
    accepted = post(sign_in(architect), path, {"reason": "Yes."}, 200)
    assert (accepted["state"], accepted["decided_by"]) == ("accepted", architect.name)
    again = post(sign_in(architect), path, {}, 409)
    assert "accepted this proposal" in again["error"]["message"]
    found = data(sign_in(), "/radars/tech/blips?edition=draft")
    assert {blip["name"]: blip["ring"] for blip in found["blips"]}["Go"] == "trial"


def test_a_proposal_is_declined_with_a_reason(radar, sign_in):
    proposal = make_proposal(radar, Technology.objects.get(name="Go"), ring=3)
    client = sign_in(make_person("admin"))
    path = f"/radars/tech/proposals/{proposal.pk}/decline"

    post(client, path, {}, 422)
    post(client, path, {"reason": "No."}, 200)

    (found,) = data(client, "/radars/tech/proposals?state=declined")["data"]
    assert (found["number"], found["decision_reason"]) == (proposal.pk, "No.")
    assert data(client, "/radars/tech/proposals?state=open")["data"] == []


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (wish(sector="cloud"), 422, "it has techniques, platforms, tools, languages"),
        (wish(ring="maybe"), 422, "no ring maybe"),
        (wish(ring="adopt"), 409, "is in Adopt, Languages already"),
        (wish(because={"kind": "poem", "key": "1"}), 422, "poem"),
        ({"name": "Go"}, 422, "sector"),
    ],
)
def test_a_wish_that_can_not_be(radar, sign_in, body, status, message):
    answer = post(sign_in(), "/radars/tech/proposals", body, status)

    assert message in answer["error"]["message"]
    assert not Proposal.objects.exists()


def test_a_proposal_belongs_to_its_radar(radar, sign_in):
    proposal = make_proposal(make_radar("other"))

    path = f"/radars/tech/proposals/{proposal.pk}/accept"
    post(sign_in(make_person("admin")), path, {}, 404)


def test_a_token_that_reads_may_not_propose(radar, client):
    person = make_person()
    now = datetime.now(UTC)
    _, secret = create_token(by=person, person=person, name="t", scopes=["read"], days=1, now=now)
    headers = {"headers": {"Authorization": f"Bearer {secret}"}}

    answer = client.get("/api/v1/radars", **headers)
    assert answer.status_code == 200
    refused = post(client, "/radars/tech/proposals", wish(), 403, **headers)
    assert refused["error"]["context"] == {"scope": "write"}
