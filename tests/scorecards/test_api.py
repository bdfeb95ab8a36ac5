import pytest
from django.utils import timezone

from portal.jobs.models import Job
from scorecards.evaluation import evaluate
from scorecards.ruleset import load_ruleset
from tests.factories import make_check, make_person, make_scorecard, make_service, make_snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def service():
    card = make_scorecard("readiness")
    make_check(card, "repo.has_readme", "readme", weight=3)
    make_check(card, "repo.coverage > 80.0", "covered", level="gold")
    service = make_service("checkout-api")
    make_snapshot(service, repo__has_readme=True, repo__coverage=70.5)
    evaluate([service.pk], load_ruleset(), now=timezone.now())
    return service


def data(client, path):
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_facts_by_service_and_source(service, sign_in):
    client = sign_in()
    (found,) = data(client, "/facts?service=Checkout-API")["data"]
    assert (found["source"], found["failing_since"]) == ("github", None)
    by_name = {fact["name"]: fact for fact in found["facts"]}
    assert by_name["repo.coverage"]["value"] == 70.5
    assert (by_name["repo.coverage"]["type"], by_name["repo.coverage"]["unit"]) == ("float", "%")
    assert not by_name["repo.coverage"]["is_stale"]
    assert data(client, "/facts?source=probe")["data"] == []


def test_facts_of_one_service(service, sign_in):
    found = data(sign_in(), "/services/checkout-api/facts")
    assert [fact["name"] for fact in found] == ["repo.coverage", "repo.has_readme"]


@pytest.mark.parametrize(
    ("query", "checks"),
    [
        ("", ["readme", "covered"]),
        ("?state=fail", ["covered"]),
        ("?check=readme", ["readme"]),
        ("?service=nothing", []),
        ("?scorecard=readiness&state=pass", ["readme"]),
    ],
)
def test_results_are_filtered(service, sign_in, query, checks):
    found = data(sign_in(), f"/results{query}")["data"]
    assert [row["check"] for row in found] == checks


def test_result_carries_the_facts_that_made_it(service, sign_in):
    (found,) = data(sign_in(), "/results?check=covered")["data"]
    assert found["facts"]["repo.coverage"]["value"] == 70.5
    assert (found["version"], found["level"], found["weight"]) == (1, "gold", 1)


def test_results_are_paged_with_cursors(service, sign_in):
    client = sign_in()
    first = data(client, "/results?limit=1")
    cursor = first["pagination"]["next_cursor"]
    second = data(client, f"/results?limit=1&cursor={cursor}")
    assert [row["check"] for page in (first, second) for row in page["data"]] == [
        "readme",
        "covered",
    ]


def test_standings_of_a_service(service, sign_in):
    (found,) = data(sign_in(), "/services/checkout-api/standings")
    assert (found["scorecard"], found["score"], found["level"]) == ("readiness", 75.0, "silver")


def test_scorecards_with_their_checks(service, sign_in):
    (found,) = data(sign_in(), "/scorecards")["data"]
    assert [check["slug"] for check in found["checks"]] == ["readme", "covered"]
    assert found["checks"][1]["expression"] == "repo.coverage > 80.0"
    assert [level["key"] for level in found["levels"]] == ["bronze", "silver", "gold"]


def test_unknown_service_is_not_found(sign_in):
    for path in ("facts", "standings"):
        answer = sign_in().get(f"/api/v1/services/nothing/{path}")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "NOT_FOUND"


def test_wrong_state_is_a_validation_error(sign_in):
    answer = sign_in().get("/api/v1/results?state=great")
    assert answer.json()["error"]["code"] == "VALIDATION_ERROR"


def test_refresh_answers_the_job(service, sign_in):
    answer = sign_in(make_person("admin")).post("/api/v1/services/checkout-api/refresh")
    assert answer.status_code == 202
    job = Job.objects.get()
    assert (answer.json()["number"], answer.json()["state"]) == (job.pk, "queued")


def test_refresh_by_somebody_of_another_team_is_forbidden(service, sign_in):
    answer = sign_in("engineer").post("/api/v1/services/checkout-api/refresh")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "FORBIDDEN"
    assert not Job.objects.exists()


def test_reading_needs_somebody_signed_in(client, db):
    assert client.get("/api/v1/results").status_code == 401
