from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.catalog.models import Service
from scorecards import snapshots
from scorecards.evaluation import evaluate
from scorecards.models import Cause, Result, ResultEvent, Snapshot, Standing
from scorecards.publishing import publish_packs
from scorecards.ruleset import load_ruleset
from scorecards.sources.base import Measured, Outcome
from tests.factories import (
    add_version,
    make_check,
    make_scorecard,
    make_service,
    make_snapshot,
    make_team,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)


def run(*services, now=NOW):
    return evaluate([service.pk for service in services], load_ruleset(), now=now)


@pytest.fixture
def card():
    return make_scorecard("readiness")


def state_of(service, check):
    return Result.objects.get(service=service, check_row=check).state


def test_results_keep_state_facts_and_version(card):
    readme = make_check(card, "repo.has_readme")
    service = make_service()
    make_snapshot(service, at=NOW, repo__has_readme=True)
    run(service)
    result = Result.objects.get()
    assert (result.state, result.version, result.reason) == ("pass", 1, "")
    assert result.facts["repo.has_readme"]["value"] is True
    assert result.facts["repo.has_readme"]["source"] == "github"
    event = ResultEvent.objects.get()
    assert (event.state, event.previous_state, event.at) == ("pass", "", NOW)
    standing = Standing.objects.get()
    assert (standing.score, standing.level, standing.level_rank) == (100.0, "gold", 3)
    assert state_of(service, readme) == "pass"


@pytest.mark.parametrize(
    ("fields", "state", "evidence"),
    [
        ({"repository": "acme/web"}, "pass", "acme/web"),
        ({"annotations": {"command-center/checkout": "web"}}, "pass", "local checkout web"),
        ({}, "fail", ""),
    ],
    ids=["on GitHub", "in a checkout", "nowhere"],
)
def test_repository_is_linked_wherever_its_code_can_be_read(card, fields, state, evidence):
    check = make_check(card, "service.has_repository")
    service = make_service(**fields)
    run(service)
    assert state_of(service, check) == state
    assert Result.objects.get().facts["service.has_repository"]["evidence"] == evidence


def test_second_run_writes_nothing(card):
    make_check(card, "repo.has_readme")
    make_check(card, "live.availability >= 99.9", level="silver")
    service = make_service()
    make_snapshot(service, at=NOW, repo__has_readme=True)
    run(service)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert run(service, now=LATER) == set()
    written = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []


def test_same_value_measured_again_writes_nothing(card):
    make_check(card, "repo.has_readme")
    service = make_service()
    snapshot = make_snapshot(service, at=NOW, repo__has_readme=True)
    run(service)
    snapshot.facts["repo.has_readme"]["measured_at"] = LATER.isoformat()
    snapshot.save()
    assert run(service, now=LATER) == set()


def test_other_value_with_the_same_state_updates_the_result_without_an_event(card):
    make_check(card, "repo.coverage > 80.0")
    service = make_service()
    snapshot = make_snapshot(service, at=NOW, repo__coverage=90.0)
    run(service)
    snapshot.facts["repo.coverage"]["value"] = 91.0
    snapshot.save()
    assert run(service, now=LATER) == {service.pk}
    result = Result.objects.get()
    assert result.facts["repo.coverage"]["value"] == 91.0
    assert (result.changed_at, result.evaluated_at) == (NOW, LATER)
    assert ResultEvent.objects.count() == 1


def test_changed_service_explains_the_level_it_lost(card):
    make_check(card, "repo.has_readme")
    service = make_service()
    snapshot = make_snapshot(service, at=NOW, repo__has_readme=True)
    run(service)
    snapshot.facts["repo.has_readme"]["value"] = False
    snapshot.save()
    run(service, now=LATER)
    event = ResultEvent.objects.order_by("pk").last()
    assert (event.previous_state, event.state, event.cause) == ("pass", "fail", Cause.SERVICE)
    standing = Standing.objects.get()
    assert (standing.level, standing.previous_level) == ("", "gold")
    assert (standing.level_changed_at, standing.level_cause) == (LATER, Cause.SERVICE)


def test_changed_rule_explains_the_level_it_cost(card):
    check = make_check(card, "repo.coverage > 80.0")
    service = make_service()
    make_snapshot(service, at=NOW, repo__coverage=85.0)
    run(service)
    add_version(check, "repo.coverage > 90.0")
    run(service, now=LATER)
    result = Result.objects.get()
    assert (result.state, result.version) == ("fail", 2)
    assert Standing.objects.get().level_cause == Cause.RULE


def test_level_change_is_remembered_while_other_figures_move(card):
    first = make_check(card, "repo.has_readme")
    make_check(card, "repo.has_ci", level="gold")
    service = make_service()
    snapshot = make_snapshot(service, at=NOW, repo__has_readme=True, repo__has_ci=True)
    run(service)
    snapshot.facts["repo.has_ci"]["value"] = False
    snapshot.save()
    run(service, now=LATER)
    add_version(first, "repo.has_readme", weight=9)
    run(service, now=LATER + timedelta(hours=1))
    standing = Standing.objects.get()
    assert (standing.level, standing.previous_level) == ("silver", "gold")
    assert standing.level_changed_at == LATER


def test_level_is_held_while_its_facts_are_stale_and_earned_again(card):
    make_check(card, "live.alerts_firing == 0", level="gold")
    service = make_service()
    snapshot = make_snapshot(service, "prometheus", at=NOW, live__alerts_firing=0)
    run(service)
    hours = NOW + timedelta(hours=2)
    run(service, now=hours)
    standing = Standing.objects.get()
    assert (standing.level, standing.held_since, standing.unknown) == ("gold", hours, 1)
    assert standing.score is None
    run(service, now=hours + timedelta(hours=1))
    assert Standing.objects.get().held_since == hours
    snapshot.facts["live.alerts_firing"]["measured_at"] = hours.isoformat()
    snapshot.save()
    run(service, now=hours)
    assert Standing.objects.get().held_since is None
    assert [event.cause for event in ResultEvent.objects.order_by("pk")] == [
        Cause.RULE,
        Cause.UNMEASURED,
        Cause.MEASURED,
    ]


def test_scorecard_whose_filter_is_false_leaves_no_trace():
    card = make_scorecard(filter='service.type == "library"')
    make_check(card, "service.has_owner")
    run(make_service(type="service"))
    assert not Result.objects.exists()
    assert not Standing.objects.exists()


def test_service_that_leaves_a_scorecard_loses_standing_and_results_but_not_history():
    card = make_scorecard(filter='service.type == "service"')
    make_check(card, "service.has_owner")
    service = make_service(type="service")
    run(service)
    Service.objects.update(type="library")
    run(service, now=LATER)
    assert not Standing.objects.exists()
    assert not Result.objects.exists()
    assert list(ResultEvent.objects.order_by("pk").values_list("state", flat=True)) == [
        "fail",
        "not_applicable",
    ]
    assert run(service, now=LATER) == set()


def test_retired_check_leaves_the_results(card):
    kept = make_check(card, "service.has_owner")
    gone = make_check(card, "service.has_tier")
    service = make_service()
    run(service)
    gone.retired_at = LATER
    gone.save()
    run(service, now=LATER)
    assert list(Result.objects.values_list("check_row", flat=True)) == [kept.pk]
    assert ResultEvent.objects.filter(check_row=gone).order_by("pk").last().state == (
        "not_applicable"
    )


def test_source_that_is_off_is_named_in_the_reason(card, monkeypatch):
    make_check(card, "live.availability >= 99.9")
    service = make_service()
    run(service)
    assert Result.objects.get().reason == (
        "Never measured: no source for live.availability is connected."
    )


def test_catalogue_facts_are_read_from_the_service(card):
    owner = make_check(card, "service.has_owner && service.owner == 'payments'")
    tier = make_check(card, "service.tier <= 2")
    service = make_service(owner=make_team("payments"))
    run(service)
    assert state_of(service, owner) == "pass"
    assert Result.objects.get(check_row=tier).reason == "Catalogue: service.tier is not set."


def test_expression_that_no_longer_compiles_is_unknown(card):
    make_check(card, "repo.gone_fact")
    service = make_service()
    run(service)
    assert "no source measures repo.gone_fact" in Result.objects.get().reason


def test_broken_check_stays_out_of_services_that_it_does_not_apply_to(card):
    check = make_check(card, "repo.gone_fact", filter="service.tier == 1")
    first, second = make_service(tier=1), make_service(tier=2)
    run(first, second)
    assert state_of(first, check) == "unknown"
    assert state_of(second, check) == "not_applicable"


def test_scorecard_whose_filter_no_longer_compiles_is_about_nobody():
    card = make_scorecard(title="Broken", filter="service.gone_fact")
    make_check(card, "service.has_owner")
    run(make_service())
    assert not Result.objects.exists()
    assert not Standing.objects.exists()
    (fault,) = load_ruleset().faults
    assert fault.startswith("Broken: Its filter can't be used: no source measures service.gone")


def test_new_version_leaves_the_one_before_in_force_until_its_day(card):
    check = make_check(card, "repo.has_readme")
    add_version(check, "repo.has_license", effective_from=LATER)
    service = make_service()
    make_snapshot(service, at=NOW, repo__has_readme=True, repo__has_license=False)
    evaluate([service.pk], load_ruleset(NOW), now=NOW)
    assert (Result.objects.get().version, state_of(service, check)) == (1, "pass")
    evaluate([service.pk], load_ruleset(LATER), now=LATER)
    assert (Result.objects.get().version, state_of(service, check)) == (2, "fail")


def test_run_that_waited_for_another_writes_its_events_behind(card):
    make_check(card, "repo.has_readme")
    service = make_service()
    snapshot = make_snapshot(service, at=NOW, repo__has_readme=True)
    run(service, now=LATER)
    snapshot.facts["repo.has_readme"]["value"] = False
    snapshot.save()
    run(service, now=NOW)
    assert [event.state for event in ResultEvent.objects.in_order()] == ["pass", "fail"]
    assert Standing.objects.get().level == ""


def test_text_with_half_a_character_does_not_stop_the_others(card):
    make_check(card, 'repo.license == "MIT"')
    odd, plain = make_service(), make_service()
    said = {odd: "MIT\ud800", plain: "MIT"}
    outcomes = [
        Outcome(
            service_id=service.pk,
            at=NOW,
            readings={"repo.license": Measured(value=text, measured_at=NOW)},
        )
        for service, text in said.items()
    ]
    snapshots.keep("github", outcomes, {service.pk: service for service in said})
    run(odd, plain)
    assert [row.state for row in Result.objects.order_by("service")] == ["fail", "pass"]


def test_sample_services_make_sample_rows(card):
    make_check(card, "service.has_owner")
    run(make_service(is_sample=True))
    assert Result.objects.get().is_sample
    assert ResultEvent.objects.get().is_sample
    assert Standing.objects.get().is_sample


def test_number_of_reads_does_not_depend_on_services(card):
    make_check(card, "repo.has_readme")
    services = [make_service() for _ in range(150)]
    ruleset = load_ruleset()
    with CaptureQueriesContext(connection) as queries:
        evaluate([service.pk for service in services], ruleset, now=NOW)
    assert sum(query["sql"].startswith("SELECT") for query in queries) == 4


def test_two_thousand_services_over_the_shipped_packs():
    publish_packs(now=NOW)
    names = [f"service-{number:04}" for number in range(2_000)]
    services = Service.objects.bulk_create(
        Service(key=name, name=name, type="service", lifecycle="production", tier=2)
        for name in names
    )
    facts = {"repo.has_readme": {"value": True, "measured_at": NOW.isoformat()}}
    Snapshot.objects.bulk_create(
        Snapshot(service=service, source="github", facts=facts, last_success_at=NOW)
        for service in services
    )
    ids = [service.pk for service in services]
    ruleset = load_ruleset()
    assert len(evaluate(ids, ruleset, now=NOW)) == 2_000
    checks = sum(len(card.checks) for card in ruleset.scorecards[:1])
    assert Result.objects.count() == 2_000 * checks
    assert ResultEvent.objects.count() == 2_000 * checks
    assert evaluate(ids, ruleset, now=LATER) == set()
    assert ResultEvent.objects.count() == 2_000 * checks
