"""Pages about real use, as people see them."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.jobs.models import Job
from radar.models import Pattern, Technology, Use
from radar.use_jobs import KIND
from scorecards.models import Result, ResultState
from tests.factories import (
    make_check,
    make_edition,
    make_person,
    make_radar,
    make_scorecard,
    make_service,
    make_snapshot,
    make_team,
    make_technology,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EVIDENCE = {
    "kind": "package",
    "ecosystem": "npm",
    "name": "jquery",
    "version": "3.7.1",
    "where": "package.json",
    "url": "https://github.com/acme/a/blob/HEAD/package.json",
}


def use(technology: Technology, service: str = "", **fields: object) -> Use:
    owner = fields.pop("owner", None)
    technology.used_by += 1
    technology.save()
    return Use.objects.create(
        technology=technology,
        service=make_service(service, owner=owner),
        evidence=[EVIDENCE],
        first_seen_at=NOW,
        last_seen_at=NOW,
        **fields,
    )


@pytest.fixture
def jquery() -> Technology:
    return make_technology("jQuery", slug="jquery")


@pytest.fixture
def held(jquery):
    radar = make_radar("company")
    make_edition(radar, {"jQuery": (0, 3), "Go": (0, 0)}, day=date(2026, 1, 1))
    return radar


@pytest.fixture
def engineer(client):
    person = make_person()
    client.force_login(person)
    return person


@pytest.fixture
def admin(client):
    person = make_person("admin")
    client.force_login(person)
    return person


def test_hold_lists_uses_and_marks_those_that_began_after(client, engineer, held, jquery):
    use(jquery, "old")
    use(jquery, "new", began_at=datetime(2026, 2, 1, tzinfo=UTC), owner=make_team("shop"))
    use(Technology.objects.get(name="Go"), "fine")
    use(jquery, "gone", gone_at=NOW)

    page = client.get("/radar/company/hold/").content.decode()

    assert page.count("after the move</b>") == 1
    assert "before the first look" in page
    assert "package.json: jquery 3.7.1" in page
    assert all(name in page for name in ("old", "new", "shop"))
    assert "fine</a>" not in page
    assert "gone</a>" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("team=shop", {"new"}),
        ("team=-", {"old"}),
        ("technology=jquery", {"old", "new"}),
        ("technology=other", set()),
        ("began=after", {"new"}),
        ("q=ol", {"old"}),
        ("sort=-since", {"old", "new"}),
    ],
)
def test_hold_can_be_narrowed_on_the_page_and_in_csv(client, engineer, held, jquery, query, found):
    use(jquery, "old")
    use(jquery, "new", began_at=datetime(2026, 2, 1, tzinfo=UTC), owner=make_team("shop"))

    listed = client.get(f"/radar/company/hold/?{query}").context["list"]
    answer = client.get(f"/radar/company/hold/?{query}&format=csv")
    lines = b"".join(answer).decode().splitlines()

    assert {row.service.name for row in listed.rows} == found
    assert {line.split(",")[1] for line in lines[1:]} == found


def test_hold_in_csv_says_what_the_page_says(client, engineer, held, jquery):
    use(jquery, "new", began_at=datetime(2026, 2, 1, tzinfo=UTC), owner=make_team("shop"))

    lines = b"".join(client.get("/radar/company/hold/?format=csv")).decode().splitlines()

    assert lines[1] == "jQuery,new,shop,2026-01-01,2026-02-01,yes,package.json: jquery 3.7.1"


def test_hold_without_editions_and_without_uses_says_so(client, engineer):
    make_radar("company")
    assert b"Nothing is on hold" in client.get("/radar/company/hold/").content

    make_edition(make_radar("other"), {"jQuery": (0, 3)}, day=date(2026, 1, 1))
    assert b"Nothing on hold is in use" in client.get("/radar/other/hold/").content


def test_technology_page_lists_services_by_team(client, engineer, jquery):
    use(jquery, "cart", owner=make_team("a-team"))
    use(jquery, "pay")

    page = client.get("/radar/technologies/jquery/").content.decode()

    assert page.index("cart</a>") < page.index("pay</a>")
    assert 'href="https://github.com/acme/a/blob/HEAD/package.json"' in page
    assert "?uses=jquery" in page


def test_services_can_be_filtered_by_what_they_use(client, engineer, jquery):
    use(jquery, "cart")
    make_service("other")

    listed = client.get("/services/?uses=jquery").context["list"]

    assert [row.name for row in listed.rows] == ["cart"]


def test_service_page_shows_what_is_on_hold_first(client, engineer, held, jquery):
    service = use(jquery, "cart", began_at=datetime(2026, 2, 1, tzinfo=UTC)).service
    go, other = Technology.objects.get(name="Go"), make_technology("Elm")
    for technology in (go, other):
        Use.objects.create(
            technology=technology, service=service, first_seen_at=NOW, last_seen_at=NOW
        )

    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get("/services/cart/").content.decode()

    part = page[page.index('id="technologies"') :]
    assert part.index("jQuery") < part.index(">Go<") < part.index(">Elm<")
    assert "after the move to hold" in part
    assert "1 on hold" in part
    assert len(queries) <= 20


def test_service_page_without_uses_has_no_such_part(client, engineer):
    make_service("cart")

    assert b'id="technologies"' not in client.get("/services/cart/").content


def test_sign_is_added_and_looked_for(client, admin, jquery):
    sign = {"kind": "package", "ecosystem": "npm", "name": "jquery", "version": "<4"}

    answer = client.post("/radar/technologies/jquery/patterns/", sign)

    assert answer.status_code == 302
    assert Pattern.objects.values("kind", "ecosystem", "name", "version").get() == sign
    assert Job.objects.filter(kind=KIND, state="queued").count() == 1
    assert b"&lt;4" in client.get("/radar/technologies/jquery/patterns/").content


def test_sign_is_tried_without_being_kept(client, admin, jquery):
    make_snapshot(make_service("cart"), stack__packages=["npm/jquery@3.7.1"])
    make_snapshot(make_service("pay"), stack__packages=["npm/react@19.0.0"])
    sign = {"kind": "package", "name": "jquery", "try": "1"}

    page = client.post("/radar/technologies/jquery/patterns/", sign).content.decode()

    assert "Would match 1 service" in page
    assert "cart" in page
    assert not Pattern.objects.exists()


def test_sign_that_means_nothing_comes_back(client, admin, jquery):
    sign = {"kind": "package", "name": "jquery", "version": "the new one"}

    answer = client.post("/radar/technologies/jquery/patterns/", sign)

    assert answer.status_code == 422
    assert b"A range of versions looks like" in answer.content
    assert not Job.objects.exists()


def test_sign_that_is_there_comes_back(client, admin, jquery):
    sign = {"kind": "tag", "name": "jquery"}
    client.post("/radar/technologies/jquery/patterns/", sign)

    answer = client.post("/radar/technologies/jquery/patterns/", sign)

    assert answer.status_code == 422
    assert Pattern.objects.count() == 1


def test_sign_is_removed(client, admin, jquery):
    row = Pattern.objects.create(technology=jquery, kind="tag", name="old", added_at=NOW)

    client.post(f"/radar/technologies/jquery/patterns/{row.pk}/remove/")

    assert not Pattern.objects.exists()
    assert client.post(f"/radar/technologies/jquery/patterns/{row.pk}/remove/").status_code == 404


def test_who_may_not_edit_sees_the_signs_alone(client, engineer, jquery):
    row = Pattern.objects.create(technology=jquery, kind="tag", name="old", added_at=NOW)

    page = client.get("/radar/technologies/jquery/patterns/").content.decode()

    assert "old" in page
    assert "<form" not in page.split("<h1>")[1]
    assert client.post("/radar/technologies/jquery/patterns/", {}).status_code == 403
    assert client.post(f"/radar/technologies/jquery/patterns/{row.pk}/remove/").status_code == 403


def test_queries_do_not_grow_with_the_uses(client, engineer, held, jquery):
    team = make_team("shop")
    counts = []
    for _ in range(2):
        for _ in range(20):
            use(jquery, owner=team)
        found = []
        for address in ("/radar/company/hold/", "/radar/technologies/jquery/"):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            found.append(len(queries))
        counts.append(found)

    assert counts[0] == counts[1]


def test_waiver_shows_where_one_exists(client, engineer, held, jquery):
    scorecard = make_scorecard()
    check = make_check(scorecard, "size(radar.on_hold) == 0", slug="nothing-on-hold")
    other = make_check(scorecard, "repo.has_readme", slug="readme")
    for service in ("waived", "failing"):
        found = use(jquery, service).service
        for row in (check, other):
            state = ResultState.WAIVED if service == "waived" else ResultState.FAIL
            Result.objects.create(
                service=found,
                check_row=row,
                version=1,
                state=state,
                changed_at=NOW,
                evaluated_at=NOW,
            )

    html = client.get("/radar/company/hold/").content.decode()

    assert html.count("waived: Nothing on hold") == 1
    assert "waived: Readme" not in html
