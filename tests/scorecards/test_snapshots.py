from datetime import UTC, datetime, timedelta

import pytest

from scorecards import snapshots
from scorecards.models import Snapshot, SourceState
from scorecards.sources.base import Measured, Outcome, Unmeasured
from tests.factories import make_service, make_snapshot

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def outcome(service, at=NOW, **fields):
    return Outcome(service_id=service.pk, at=at, **fields)


def keep(*outcomes, services):
    return snapshots.keep("github", outcomes, {service.pk: service for service in services})


def test_readings_are_kept_with_evidence():
    service = make_service()
    kept = keep(
        outcome(
            service,
            readings={
                "repo.coverage": Measured(
                    value=80.5, measured_at=NOW, evidence="report", url="https://example.com"
                ),
                "repo.license": Unmeasured(error="unreadable", measured_at=NOW),
            },
            state={"node": "x"},
        ),
        services=[service],
    )
    row = Snapshot.objects.get()
    at = NOW.isoformat()
    assert row.facts == {
        "repo.coverage": {
            "value": 80.5,
            "evidence": "report",
            "url": "https://example.com",
            "measured_at": at,
        },
        "repo.license": {"error": "unreadable", "measured_at": at},
    }
    assert (row.state, row.last_success_at, row.failing_since) == ({"node": "x"}, NOW, None)
    assert kept.changed == {service.pk}


def test_readings_are_kept_as_both_databases_can():
    service = make_service()
    odd = "a\0b\ud800"
    readings = {
        "repo.license": Measured(value=odd + "x" * 3000, measured_at=NOW, evidence=odd * 500),
        "repo.manifests": Measured(value=[odd] * 1200, measured_at=NOW, url=odd),
        "repo.languages": Measured(value={odd: 1.0}, measured_at=NOW),
        "repo.coverage": Unmeasured(error=odd, measured_at=NOW),
    }
    keep(outcome(service, readings=readings), services=[service])
    facts = Snapshot.objects.get().facts
    assert facts["repo.license"]["value"].startswith("ab?xxx")
    assert len(facts["repo.license"]["value"]) <= 2000
    assert len(facts["repo.license"]["evidence"]) <= 500
    assert facts["repo.manifests"]["value"] == ["ab?"] * 1000
    assert facts["repo.manifests"]["url"] == "ab?"
    assert facts["repo.languages"]["value"] == {"ab?": 1.0}
    assert facts["repo.coverage"]["error"] == "ab?"
    keep(outcome(service, failure=odd), services=[service])
    assert Snapshot.objects.get().failure_reason == "ab?"


def test_failure_keeps_the_last_good_facts_and_since_when_it_fails():
    service = make_service()
    make_snapshot(service, at=NOW, repo__has_readme=True)
    for minutes in (5, 10):
        at = NOW + timedelta(minutes=minutes)
        kept = keep(outcome(service, at, failure=f"503 at {minutes}"), services=[service])
    row = Snapshot.objects.get()
    assert row.facts["repo.has_readme"]["value"] is True
    assert row.last_success_at == NOW
    assert row.failing_since == NOW + timedelta(minutes=5)
    assert row.last_failure_at == NOW + timedelta(minutes=10)
    assert row.failure_reason == "503 at 10"
    assert kept.failed == {service.pk: "503 at 10"}


def test_success_ends_a_failure():
    service = make_service()
    keep(outcome(service, failure="503"), services=[service])
    keep(outcome(service, LATER, readings={}), services=[service])
    row = Snapshot.objects.get()
    assert (row.failing_since, row.failure_reason, row.last_success_at) == (None, "", LATER)


def test_unchanged_counts_as_measured_again():
    service = make_service()
    make_snapshot(service, at=NOW, repo__has_readme=True)
    kept = keep(outcome(service, LATER, is_unchanged=True), services=[service])
    assert Snapshot.objects.get().facts["repo.has_readme"]["measured_at"] == LATER.isoformat()
    assert kept.unchanged == {service.pk}


def test_same_readings_are_unchanged_and_facts_that_were_not_asked_for_stay():
    service = make_service()
    make_snapshot(service, at=NOW, repo__has_readme=True, repo__has_ci=False)
    reading = Measured(value=True, measured_at=LATER)
    kept = keep(outcome(service, LATER, readings={"repo.has_readme": reading}), services=[service])
    assert kept.unchanged == {service.pk}
    assert set(Snapshot.objects.get().facts) == {"repo.has_readme", "repo.has_ci"}


def test_source_fails_as_a_whole_only_when_it_answers_about_nothing():
    first, second = make_service(), make_service()
    keep(outcome(first, failure="503"), outcome(second, failure="503"), services=[first, second])
    state = SourceState.objects.get(source="github")
    assert (state.failing_since, state.failure_reason) == (NOW, "503")
    keep(
        outcome(first, LATER, failure="404"),
        outcome(second, LATER, readings={}),
        services=[first, second],
    )
    state.refresh_from_db()
    assert (state.failing_since, state.last_success_at) == (None, LATER)


def test_source_that_answers_about_others_does_not_fail_as_a_whole():
    gone, well, vanished = make_service(), make_service(), make_service(vanished_at=NOW)
    keep(outcome(well, readings={}), services=[well])
    keep(outcome(gone, LATER, failure="404"), services=[gone])
    state = SourceState.objects.get(source="github")
    assert (state.failing_since, state.last_success_at) == (None, NOW)

    keep(outcome(vanished, LATER, readings={}), services=[vanished])
    keep(outcome(well, LATER, failure="401"), services=[well])
    state.refresh_from_db()
    assert (state.failing_since, state.failure_reason) == (LATER, "401")


def test_answer_of_long_ago_does_not_speak_for_a_source():
    forgotten, asked = make_service(), make_service()
    keep(outcome(forgotten, readings={}), services=[forgotten])
    later = NOW + snapshots.LATELY + timedelta(seconds=1)
    keep(outcome(asked, later, failure="401"), services=[asked])
    assert SourceState.objects.get(source="github").failing_since == later


def test_lease_is_for_one_holder_until_it_ends_or_is_given_back():
    one, two = make_service(), make_service()
    ids = [one.pk, two.pk]
    assert snapshots.lease("github", ids, "job-1", NOW) == set(ids)
    assert snapshots.lease("github", ids, "job-2", NOW) == set()
    assert snapshots.lease("github", ids, "job-1", NOW) == set(ids)
    assert snapshots.lease("probe", ids, "job-2", NOW) == set(ids)
    keep(outcome(one, readings={}), services=[one])
    assert snapshots.lease("github", ids, "job-2", NOW) == {one.pk}
    snapshots.release("github", "job-1")
    assert snapshots.lease("github", ids, "job-2", NOW) == set(ids)
    assert snapshots.lease("github", ids, "job-3", NOW + snapshots.LEASE) == set(ids)


def test_previous_hands_back_facts_and_state():
    service, other = make_service(), make_service()
    make_snapshot(service, at=NOW, repo__has_readme=True)
    make_snapshot(other, at=NOW)
    found = snapshots.previous("github", [service.pk])
    assert set(found) == {service.pk}
    assert found[service.pk].facts["repo.has_readme"]["value"] is True
    assert found[service.pk].last_success_at == NOW


def test_asked_since_counts_success_and_failure():
    old, fresh, failed = make_service(), make_service(), make_service()
    make_snapshot(old, at=NOW - timedelta(minutes=1))
    make_snapshot(fresh, at=NOW)
    keep(outcome(failed, LATER, failure="x"), services=[failed])
    assert snapshots.asked_since("github", NOW) == {fresh.pk, failed.pk}
