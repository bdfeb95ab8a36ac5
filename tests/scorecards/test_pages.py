from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import Event
from portal.catalog.models import Service
from portal.jobs.models import Job
from scorecards.evaluation import evaluate
from scorecards.models import ResultEvent, Snapshot, Standing
from scorecards.ruleset import load_ruleset
from tests.factories import (
    add_version,
    make_check,
    make_person,
    make_scorecard,
    make_service,
    make_snapshot,
    make_team,
)

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def card():
    card = make_scorecard("readiness", title="Readiness", description="Ready or not.")
    make_check(card, "repo.has_readme", "readme", title="Readme present", weight=3)
    make_check(
        card,
        "repo.coverage > 80.0",
        "covered",
        level="gold",
        title="Well covered",
        weight=5,
        fix="Write tests.",
        fix_minutes=480,
    )
    make_check(card, "live.alerts_firing == 0", "quiet", level="silver", title="No alert")
    return card


def run(*services, now=None):
    evaluate([service.pk for service in services], load_ruleset(), now=now or timezone.now())


@pytest.fixture
def service(card):
    service = make_service("checkout-api", owner=make_team("payments"), tier=1)
    make_snapshot(service, repo__has_readme=True, repo__coverage=78.6)
    run(service)
    return service


def text_of(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def queries_of(client, path):
    client.get(path)  # the templates are compiled, the frame's figures are kept
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def many_services(count, card):
    teams = [make_team() for _ in range(5)]
    names = [f"service-{number:05}" for number in range(count)]
    services = Service.objects.bulk_create(
        Service(
            key=name,
            name=name,
            type="service",
            lifecycle="production",
            owner=teams[number % 5],
            tier=number % 4 + 1,
        )
        for number, name in enumerate(names)
    )
    at = timezone.now().isoformat()
    Snapshot.objects.bulk_create(
        Snapshot(
            service=service,
            source="github",
            last_success_at=timezone.now(),
            facts={
                "repo.has_readme": {"value": number % 3 > 0, "measured_at": at},
                "repo.coverage": {"value": float(number % 100), "measured_at": at},
            },
        )
        for number, service in enumerate(services)
    )
    run(*services)
    return teams


def test_service_page_shows_score_range_level_values_and_fix(service, sign_in):
    page = text_of(sign_in().get("/services/checkout-api/"))
    assert "Readiness" in page
    assert "38" in page  # 3 of 8 known weight passes
    assert "between 33 and 44" in page  # of 9 weight in all
    assert "78.6 %" in page
    assert "Write tests." in page
    assert "About 8 h." in page
    assert "Never measured: no source for live.alerts_firing is connected." in page
    assert "To reach Silver" in page


def test_service_page_folds_what_passes(service, sign_in):
    client = sign_in()
    page = text_of(client.get("/services/checkout-api/"))
    assert "<summary>1 passing</summary>" in page
    assert "Readme present" not in page
    assert "1 check with evidence and age" in page
    there = "/services/checkout-api/scorecards/readiness/?state=pass"
    assert f'hx-get="{there}"' in page
    assert f'href="{there}"' in page
    assert "Readme present" in text_of(client.get(there))


def test_service_page_says_how_fresh_each_source_is(service, sign_in, settings):
    Snapshot.objects.update(failing_since=timezone.now() - timedelta(minutes=34))
    page = text_of(sign_in().get("/services/checkout-api/"))
    assert "no answer since" in page
    assert "<b>Prometheus</b> not connected" in page


def test_service_that_was_never_evaluated_says_so(card, sign_in):
    make_service("fresh")
    assert "Not evaluated yet" in text_of(sign_in().get("/services/fresh/"))


def test_held_level_is_marked_with_since_when(card, sign_in):
    service = make_service("held")
    at = timezone.now() - timedelta(days=3)
    make_snapshot(service, at=at, repo__has_readme=True, repo__coverage=90.0)
    make_snapshot(service, "prometheus", at=at, live__alerts_firing=0)
    run(service, now=at)
    run(service)
    page = text_of(sign_in().get("/services/held/"))
    assert "held, not measurable since" in page
    assert "no answer" not in page
    assert "Stale since" in page


def test_full_page_of_a_scorecard_narrows_by_state(service, sign_in):
    client = sign_in()
    url = "/services/checkout-api/scorecards/readiness/"
    everything, failing = text_of(client.get(url)), text_of(client.get(f"{url}?state=fail"))
    assert "Readme present" in everything
    assert "Readme present" not in failing.split('<h2 id="readiness-checks">')[1]
    assert "Well covered" in failing


def test_full_page_of_a_scorecard_that_does_not_apply_is_not_found(service, sign_in):
    make_scorecard("other")
    assert sign_in().get("/services/checkout-api/scorecards/other/").status_code == 404
    assert sign_in().get("/services/nothing/scorecards/readiness/").status_code == 404


def test_trend_tells_a_changed_rule(service, card, sign_in):
    add_version(card.checks.get(slug="covered"), "repo.coverage > 70.0", title="Well covered")
    run(service)
    page = text_of(sign_in().get("/services/checkout-api/"))
    assert "rule: Well covered v2" in page


def test_new_version_waits_beside_the_one_that_made_the_result(service, card, sign_in):
    add_version(
        card.checks.get(slug="covered"),
        "repo.coverage > 95.0",
        title="Covered all over",
        weight=9,
        level="gold",
        effective_from=timezone.now() + timedelta(days=20),
    )
    run(service)
    client = sign_in()
    for path in ("/services/checkout-api/", "/services/checkout-api/scorecards/readiness/"):
        page = text_of(client.get(path))
        assert "Well covered" in page
        assert "Covered all over" not in page
        assert "Version 2 takes effect" in page
    for path in ("/scorecards/", "/scorecards/readiness/"):
        page = text_of(client.get(path))
        assert "Well covered" in page
        assert "Covered all over" not in page
    page = text_of(client.get("/scorecards/checks/covered/"))
    assert "<h1>Well covered</h1>" in page
    assert "Version 2, “Covered all over”, takes effect" in page


def test_check_that_did_not_change_announces_nothing(service, sign_in):
    client = sign_in()
    assert "takes effect" not in text_of(client.get("/services/checkout-api/"))
    assert "takes effect" not in text_of(client.get("/scorecards/checks/covered/"))


def test_rows_lead_to_the_scorecard_of_the_service(service, sign_in):
    there = reverse("scorecards:service_scorecard", args=["checkout-api", "readiness"])
    client = sign_in()
    for path in ("/scorecards/", "/services/checkout-api/"):
        assert f'href="{there}"' in text_of(client.get(path))


def test_history_of_the_score_can_be_explored(service, sign_in):
    client, path = sign_in(), "/services/checkout-api/scorecards/readiness/"
    assert "data-explore" not in text_of(client.get(path))  # a single day is no history
    ResultEvent.objects.update(at=timezone.now() - timedelta(days=10))
    page = text_of(client.get(path))
    assert "Score over 90 days" in page
    assert "data-explore" in page


def test_refresh_files_a_job_leaves_an_event_and_shows_the_progress(service, sign_in):
    client = sign_in("architect")
    assert "Refresh now" in text_of(client.get("/services/checkout-api/"))
    answer = client.post("/services/checkout-api/refresh/")
    assert answer.status_code == 302
    assert answer.url == "/services/checkout-api/"
    job = Job.objects.get(kind="refresh")
    assert job.args == {"services": ["checkout-api"], "sources": None}
    assert Event.objects.get(verb="service.refresh_requested").after == {"job": job.pk}
    page = text_of(client.get("/services/checkout-api/"))
    assert f'id="job-{job.pk}"' in page
    assert "Refresh now" not in page


def test_refresh_asked_twice_is_one_job_and_one_event(service, sign_in):
    client = sign_in("architect")
    for _ in range(2):
        client.post("/services/checkout-api/refresh/")
    assert Job.objects.filter(kind="refresh").count() == 1
    assert Event.objects.filter(verb="service.refresh_requested").count() == 1


def test_refresh_by_somebody_of_another_team_is_refused(service, sign_in):
    client = sign_in("engineer")
    assert "Refresh now" not in text_of(client.get("/services/checkout-api/"))
    answer = client.post("/services/checkout-api/refresh/")
    assert answer.status_code == 403
    assert "you are not in that team" in answer.content.decode()
    assert not Job.objects.exists()


def test_refresh_by_an_engineer_of_the_team_or_of_one_above(service, sign_in):
    company = make_team("company")
    service.owner.parent = company
    service.owner.save()
    person = make_person()
    company.memberships.create(person=person)
    sign_in(person).post("/services/checkout-api/refresh/")
    assert Job.objects.count() == 1


def test_service_that_vanished_can_not_be_refreshed(service, sign_in):
    Service.objects.update(vanished_at=timezone.now())
    run(service)
    client = sign_in("admin")
    page = text_of(client.get("/services/checkout-api/"))
    assert "Refresh now" not in page
    assert "No longer evaluated" in page
    answer = client.post("/services/checkout-api/refresh/")
    assert answer.status_code == 409
    assert "no longer in the catalogue" in answer.content.decode()
    assert not Job.objects.exists()


def test_evidence_can_not_bring_script_into_a_page(card, sign_in):
    service = make_service("odd")
    snapshot = make_snapshot(service, repo__has_readme=False)
    snapshot.facts["repo.has_readme"] |= {
        "evidence": "<script>alert(1)</script>",
        "url": "javascript:alert(1)",
    }
    snapshot.save()
    run(service)
    add_version(
        card.checks.get(slug="readme"),
        "repo.has_readme",
        title="<b>Readme</b>",
        fix="<i>Write</i> it.",
        fix_link="javascript:alert(2)",
    )
    run(service)
    client = sign_in()
    for path in ("/services/odd/scorecards/readiness/", "/scorecards/checks/readme/"):
        page = text_of(client.get(path))
        assert "&lt;script&gt;alert(1)" in page
        assert "&lt;b&gt;Readme&lt;/b&gt;" in page
        assert "javascript:" not in page
        assert "<i>Write" not in page


def test_average_that_rounds_up_does_not_hide_a_failure(sign_in):
    card = make_scorecard("nearly")
    make_check(card, "service.has_owner", weight=999)
    make_check(card, "service.has_tier", weight=1)
    service = make_service("almost", owner=make_team("payments"))
    run(service)
    client = sign_in()
    assert Standing.objects.get().score == 99.9
    assert '<td class="nw r">99</td>' in text_of(client.get("/services/"))
    assert ">99</td>" in text_of(client.get("/scorecards/"))
    assert '<div class="fig">99.9 ' in text_of(client.get("/scorecards/"))
    page = text_of(client.get("/services/almost/scorecards/nearly/"))
    assert '<div class="fig">99 ' in page


def test_scorecard_whose_filter_can_not_be_used_says_so(sign_in):
    make_check(make_scorecard("broken", filter="service.gone_fact"), "service.has_owner")
    run(make_service())
    client = sign_in()
    for path in ("/scorecards/", "/scorecards/broken/"):
        page = text_of(client.get(path))
        assert "Its filter can&#x27;t be used: no source measures service.gone_fact." in page


def test_check_of_a_retired_scorecard_says_so_without_a_dead_link(service, card, sign_in):
    card.retired_at = timezone.now()
    card.save()
    page = text_of(sign_in().get("/scorecards/checks/readme/"))
    assert "Retired" in page
    assert "with its scorecard" in page
    assert "/scorecards/readiness/" not in page


def test_pages_without_any_service_say_so(card, sign_in):
    client = sign_in()
    assert "No service here" in text_of(client.get("/scorecards/"))
    page = text_of(client.get("/scorecards/readiness/"))
    assert "Well covered" in page
    assert "not measured" in page
    assert "No service is in this state" in text_of(client.get("/scorecards/checks/readme/"))


def test_service_of_which_nothing_is_known_shows_no_weights(card, sign_in):
    run(make_service("dark"))
    page = text_of(sign_in().get("/services/dark/scorecards/readiness/"))
    assert "3 of 3 checks unknown: once measured, between 0 and 100" in page
    assert "weight known to pass" not in page


def test_pages_with_one_service_speak_of_one(card, sign_in):
    service = make_service("only", owner=make_team("payments"))
    make_snapshot(service, repo__has_readme=False)
    run(service)
    client = sign_in()
    page = text_of(client.get("/scorecards/"))
    assert "1 service, on average" in page
    assert "1 check fails" in page
    assert "2 checks unknown" in page
    assert "1 services" not in page
    assert "1 services" not in text_of(client.get("/scorecards/checks/readme/"))


def test_refresh_needs_a_post(service, sign_in):
    assert sign_in("admin").get("/services/checkout-api/refresh/").status_code == 405


def test_overview_lists_services_worst_first_with_a_cell_per_check(card, sign_in):
    good, bad = make_service("good"), make_service("bad")
    make_snapshot(good, repo__has_readme=True, repo__coverage=90.0)
    make_snapshot(bad, repo__has_readme=False, repo__coverage=10.0)
    run(good, bad)
    page = text_of(sign_in().get("/scorecards/"))
    matrix = page[page.index('<div id="matrix">') :]
    assert matrix.index(">bad<") < matrix.index(">good<")
    row = matrix[matrix.index(">bad<") : matrix.index(">good<")]
    assert row.count('class="m"') == 3
    assert row.count('<span class="vh">Fail</span>') == 2
    assert row.count('<span class="vh">Unknown</span>') == 1
    assert "2 services, on average" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"one", "two", "three"}),
        ("?q=tw", {"two"}),
        ("?team=parent", {"one", "two"}),
        ("?team=child", {"two"}),
        ("?team=-", {"three"}),
        ("?team=nobody", set()),
        ("?tier=1", {"one"}),
        ("?tier=-", {"two", "three"}),
        ("?tier=x", set()),
        ("?level=-", {"one", "two", "three"}),
        ("?level=gold", set()),
        ("?scorecard=nothing", {"one", "two", "three"}),
        ("?sort=-service&size=25&page=9", {"one", "two", "three"}),
    ],
)
def test_overview_filters(card, sign_in, query, expected):
    parent = make_team("parent")
    child = make_team("child", parent=parent)
    services = [
        make_service("one", owner=parent, tier=1),
        make_service("two", owner=child),
        make_service("three"),
    ]
    run(*services)
    page = text_of(sign_in().get(f"/scorecards/{query}"))
    found = {name for name in ("one", "two", "three") if f">{name}</a></th>" in page}
    assert found == expected


def test_overview_grouped_by_team_shows_each_teams_average(card, sign_in):
    team = make_team("payments", title="Payments")
    first, second = make_service("first", owner=team), make_service("second", owner=team)
    make_snapshot(first, repo__has_readme=True)
    make_snapshot(second, repo__has_readme=False)
    run(first, second)
    page = text_of(sign_in().get("/scorecards/?group=team"))
    assert '<a href="/teams/payments/">Payments</a> <small>2 services</small>' in page
    assert "<b>50</b>" in page


def test_overview_partial_is_only_the_matrix(service, sign_in):
    headers = {"HX-Request": "true", "HX-Target": "matrix"}
    page = text_of(sign_in().get("/scorecards/", headers=headers))
    assert page.startswith('<div id="matrix">')
    assert "<html" not in page


def test_overview_without_scorecards_says_where_they_come_from(sign_in):
    assert "No scorecard yet" in text_of(sign_in().get("/scorecards/"))


def test_scorecard_page_counts_states_by_check(card, sign_in):
    services = [make_service() for _ in range(3)]
    for number, service in enumerate(services):
        make_snapshot(service, repo__has_readme=number > 0)
    run(*services)
    page = text_of(sign_in().get("/scorecards/readiness/"))
    row = page[page.index(">Readme present<") :]
    assert '<td class="r">2</td><td class="r"><a class="fail"' in row
    assert "67 %" in row
    assert "not measured" in page


def test_scorecard_page_follows_the_next_event_at_once(service, card, sign_in):
    client = sign_in()
    client.get("/scorecards/readiness/")
    other = make_service()
    make_snapshot(other, repo__has_readme=True)
    run(other)
    page = text_of(client.get("/scorecards/readiness/"))
    assert '<td class="r">2</td>' in page[page.index(">Readme present<") :]


def test_check_page_shows_the_rule_its_versions_and_who_fails(service, card, sign_in):
    check = card.checks.get(slug="covered")
    add_version(check, "repo.coverage > 79.0", title="Well covered", filter="repo.has_readme")
    run(service)
    page = text_of(sign_in().get("/scorecards/checks/covered/"))
    assert "repo.coverage &gt; 79.0" in page
    assert "Version 1" in page
    assert ">checkout-api</a>" in page
    assert "Test coverage: 78.6 %" in page
    passing = text_of(sign_in().get("/scorecards/checks/readme/?state=pass"))
    assert ">checkout-api</a>" in passing


def test_check_page_of_a_retired_check_says_so(service, card, sign_in):
    check = card.checks.get(slug="covered")
    check.retired_at = timezone.now()
    check.save()
    assert "its history stays" in text_of(sign_in().get("/scorecards/checks/covered/"))


def test_team_page_shows_the_standing_with_the_teams_below(card, sign_in):
    parent = make_team("parent")
    child = make_team("child", parent=parent)
    service = make_service("deep", owner=child)
    make_snapshot(service, repo__has_readme=True, repo__coverage=10.0)
    run(service)
    page = text_of(sign_in().get("/teams/parent/"))
    assert "How we are" in page
    assert "37.5" in page
    assert "/scorecards/checks/covered/?team=parent" in page


def test_lists_of_services_can_be_sorted_and_narrowed_by_standing(card, sign_in):
    good, bad, never = make_service("good"), make_service("bad"), make_service("never")
    make_snapshot(good, repo__has_readme=True, repo__coverage=90.0)
    make_snapshot(bad, repo__has_readme=False, repo__coverage=90.0)
    run(good, bad)
    client = sign_in()
    for sort in ("score", "level", "-failing"):
        page = text_of(client.get(f"/services/?sort={sort}"))
        places = [page.index(f">{name}</a>") for name in ("bad", "good", "never")]
        assert places == sorted(places), sort
    assert ">good</a>" not in text_of(client.get("/services/?checks=failing"))
    assert ">bad</a>" not in text_of(client.get("/services/?level=bronze"))
    assert ">good</a>" in text_of(client.get("/services/?level=bronze"))
    assert never.key in text_of(client.get("/services/"))


def test_exported_list_says_level_and_score(service, sign_in):
    make_service("untold")
    answer = sign_in().get("/services/?format=csv")
    head, told, untold = (line.split(",") for line in answer.getvalue().decode().splitlines())
    at = {title: index for index, title in enumerate(head)}
    assert (told[at["Level"]], told[at["Score"]], told[at["Failing"]]) == ("Bronze", "37.5", "1")
    assert (untold[at["Level"]], untold[at["Score"]]) == ("", "")


def test_desk_shows_checks_to_fix_and_levels_that_moved(service, sign_in):
    person = make_person()
    service.owner.memberships.create(person=person)
    Snapshot.objects.update(
        facts={"repo.has_readme": {"value": False, "measured_at": timezone.now().isoformat()}}
    )
    run(service)
    page = text_of(sign_in(person).get("/"))
    assert "Fails on checkout-api" in page
    assert "The service changed." in page
    assert "Readiness: Readme present fails now." in page
    moved = Standing.objects.get()
    assert (moved.previous_level, moved.level) == ("bronze", "")


def test_search_finds_checks_by_title(service, sign_in):
    page = text_of(sign_in().get("/search/?q=well cov"))
    assert "/scorecards/checks/covered/" in page


@pytest.mark.parametrize(
    "path",
    [
        "/scorecards/",
        "/scorecards/?group=team",
        "/scorecards/?team=payments&tier=2&sort=-level",
        "/scorecards/readiness/",
        "/scorecards/checks/covered/?team=payments",
        "/services/service-00001/scorecards/readiness/",
    ],
)
def test_pages_ask_no_more_of_many_services_than_of_few(card, sign_in, path):
    make_team("payments")
    many_services(20, card)
    client = sign_in()
    few = queries_of(client, path)
    Service.objects.all().delete()
    many_services(300, card)
    assert queries_of(client, path) <= few <= MOST_QUERIES
