import contextlib
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from portal.jobs import worker
from portal.jobs.models import Job, JobState
from portal.jobs.worker import Lost, run_job
from scorecards import snapshots
from scorecards.models import Result, Snapshot
from scorecards.refresh import file_refresh, has_work, last_refresh
from scorecards.registration import refresh_by_the_clock
from scorecards.sources.base import Outcome
from tests.factories import add_version, make_check, make_scorecard, make_service
from tests.scorecards.fakes import BrokenSource, FakeSource, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def check():
    return make_check(make_scorecard(), "repo.has_readme")


def services(count=3, **fields):
    fields.setdefault("repository", "halden/x")
    return [make_service(**fields) for _ in range(count)]


def refresh(**fields):
    job, _ = file_refresh(**fields)
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.reason
    return job


def test_refresh_measures_keeps_and_evaluates(check):
    found = services(3)
    with registered(source := FakeSource()):
        job = refresh()
    assert source.asked == [[service.pk for service in found]]
    assert Result.objects.filter(state="pass").count() == 3
    assert job.summary["done"] == 3
    assert job.summary["notes"] == ["Fake: warned once"]
    assert (job.done, job.total) == (3, 3)


def test_second_refresh_is_unchanged_and_writes_no_result(check):
    services(2)
    with registered(FakeSource()):
        refresh()
        before = list(Result.objects.values_list("pk", "evaluated_at"))
        job = refresh()
    assert (job.summary["done"], job.summary["unchanged"]) == (0, 2)
    assert list(Result.objects.values_list("pk", "evaluated_at")) == before


def test_source_gets_back_what_it_remembered():
    (service,) = services(1)
    with registered(source := FakeSource()):
        refresh()
        refresh()
    assert source.previous[1][service.pk].state == {"seen": True}


def test_refresh_of_one_service_and_one_source(check):
    first, _ = services(2)
    with registered(one := FakeSource(), other := FakeSource(key="other")):
        job = refresh(service=first, source_keys=["fake"])
    assert (one.asked, other.asked) == ([[first.pk]], [])
    assert (job.subject_kind, job.subject_key) == ("service", first.key)
    assert last_refresh(first) == job


def test_failure_is_listed_and_the_last_good_facts_stay(check):
    (service,) = services(1)
    with registered(source := FakeSource()):
        refresh()
        source.failure = "503 after 3 attempts"
        job = refresh()
    assert job.summary["failed"] == [
        {"item": f"{service} (Fake)", "reason": "503 after 3 attempts"}
    ]
    assert Result.objects.get().state == "pass"
    assert Snapshot.objects.get().facts["repo.has_readme"]["value"] is True


def test_mistake_of_one_source_does_not_stop_the_others(check):
    services(3)
    with registered(BrokenSource(key="broken", title="Broken"), fine := FakeSource()):
        job = refresh()
    assert len(fine.asked[0]) == 3
    reasons = [failure["reason"] for failure in job.summary["failed"]]
    assert reasons == ["The source itself failed: KeyError: 'a mistake'"] * 2
    assert Snapshot.objects.filter(source="broken", failing_since=None).count() == 1


def test_source_that_forgets_a_service_is_told_so():
    services(2)

    class Forgetful(FakeSource):
        def measure(self, found, previous, *, now, report, note, job_id=None):
            report([self.outcome(found[0].pk, now), Outcome(service_id=10**9, at=now)])

    with registered(Forgetful()):
        job = refresh()
    assert [failure["reason"] for failure in job.summary["failed"]] == [
        "The source said nothing about this service."
    ]


def test_source_that_is_off_is_left_out_and_named_when_it_was_asked_for():
    services(1)
    with registered(source := FakeSource(off="FAKE_URL is not set.")):
        assert refresh().summary["notes"] == []
        assert refresh(source_keys=["fake"]).summary["notes"] == [
            "Fake is off: FAKE_URL is not set."
        ]
    assert source.asked == []


def test_service_without_any_source_is_evaluated_all_the_same():
    make_check(make_scorecard(), "service.has_repository")
    make_service(repository="")
    with registered(FakeSource()):
        refresh()
    assert Result.objects.get().state == "fail"


def test_service_that_vanished_meanwhile_is_a_failure_of_the_job():
    (service,) = services(1)
    job, _ = file_refresh(service=service)
    service.vanished_at = timezone.now()
    service.save()
    with registered(source := FakeSource()):
        run_job(job.pk)
    job.refresh_from_db()
    assert source.asked == []
    assert job.summary["failed"][0]["reason"] == "There is no such service any more."


def test_sample_services_are_asked_about_at_stand_ins_only():
    (real,) = services(1)
    (sample,) = services(1, is_sample=True)
    stand_in = FakeSource(key="stand-in")
    stand_in.is_sample = True
    with registered(source := FakeSource(), stand_in):
        refresh()
    assert (source.asked, stand_in.asked) == ([[real.pk]], [[sample.pk]])


def test_same_refresh_is_filed_once():
    (service,) = services(1)
    first, is_new = file_refresh(service=service)
    again, is_new_again = file_refresh(service=service)
    assert (first.pk, is_new, is_new_again) == (again.pk, True, False)
    assert file_refresh()[0].pk != first.pk


def test_job_that_is_run_again_asks_only_about_the_rest(check, monkeypatch):
    found = services(10)
    monkeypatch.setattr("scorecards.refresh.BATCH", 2)

    def die(number):
        if number == 5:
            raise Lost("killed")

    job, _ = file_refresh()
    with registered(source := FakeSource(after_each=die)):
        run_job(job.pk)
        assert Result.objects.count() == 4
        Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED, holder="")
        source.after_each = lambda number: None
        run_job(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert source.asked[1] == [service.pk for service in found[4:]]
    assert Result.objects.count() == 10
    assert (job.done, job.total) == (10, 10)


def test_job_that_a_stopped_portal_left_behind_asks_anew_what_is_due_again(check, monkeypatch):
    """The clock files nothing while the old job waits, so that one must do what is due."""
    found = services(3)
    monkeypatch.setattr("scorecards.refresh.BATCH", 1)

    def die(number):
        if number == 2:
            raise Lost("the machine went away")

    with registered(source := FakeSource(after_each=die)):
        refresh_by_the_clock(source, timezone.now())
        run_job(Job.objects.get().pk)
        stopped_for = timedelta(minutes=4)
        Job.objects.update(
            state=JobState.QUEUED, holder="", created_at=F("created_at") - stopped_for
        )
        for row in Snapshot.objects.exclude(last_success_at=None):
            Snapshot.objects.filter(pk=row.pk).update(
                last_success_at=row.last_success_at - stopped_for
            )
        before = timezone.now()
        source.after_each = lambda number: None
        refresh_by_the_clock(source, timezone.now())
        run_job(Job.objects.get().pk)

    assert source.asked[1] == [service.pk for service in found]
    assert all(row.last_success_at >= before for row in Snapshot.objects.all())


def test_services_in_another_jobs_hands_are_skipped(check):
    first, second = services(2)
    snapshots.lease("fake", [first.pk], "job-0", timezone.now())
    with registered(source := FakeSource()):
        job = refresh()
    assert source.asked == [[second.pk]]
    assert job.summary["skipped"] == 1
    assert "Fake: 1 service is being refreshed by another job." in job.summary["notes"]


def test_rules_that_change_during_a_refresh_are_followed(check, monkeypatch):
    monkeypatch.setattr("scorecards.refresh.BATCH", 1)
    services(2)

    def change(number):
        if number == 1:
            add_version(check, "!repo.has_readme")

    with registered(FakeSource(after_each=change)):
        refresh()
    assert [row.version for row in Result.objects.order_by("service")] == [1, 2]


def test_stopped_worker_gives_its_services_back(monkeypatch):
    found = services(4)
    monkeypatch.setattr("scorecards.refresh.BATCH", 1)

    def stop(number):
        if number == 2:
            worker.stopping.set()

    job, _ = file_refresh()
    try:
        with registered(FakeSource(after_each=stop)):
            run_job(job.pk)
    finally:
        worker.stopping.clear()
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    ids = [service.pk for service in found]
    assert snapshots.lease("fake", ids, "other", timezone.now()) == set(ids)


def test_loss_that_a_source_swallows_still_ends_the_job(monkeypatch):
    services(4)
    monkeypatch.setattr("scorecards.refresh.BATCH", 1)

    class Swallowing(FakeSource):
        def measure(self, found, previous, *, now, report, note, job_id=None):
            for service in found:
                with contextlib.suppress(Exception):
                    report([self.outcome(service.pk, now)])

    def lose(*args, **kwargs):
        raise Lost("gone")

    job, _ = file_refresh()
    with registered(Swallowing()):
        monkeypatch.setattr(worker.Work, "progress", lose)
        assert run_job(job.pk) is None


def test_many_failures_are_cut_with_their_number(monkeypatch):
    services(5)
    monkeypatch.setattr("scorecards.refresh.MAX_LISTED", 3)
    with registered(FakeSource(failure="503")):
        job = refresh()
    assert len(job.summary["failed"]) == 3
    assert "Not listed here: 2 more that failed." in job.summary["notes"]


def test_schedule_files_a_job_only_where_there_is_work():
    source = FakeSource()
    now = timezone.now()
    with registered(source):
        assert not has_work(source)
        refresh_by_the_clock(source, now)
        assert not Job.objects.exists()
        services(1)
        refresh_by_the_clock(source, now + timedelta(minutes=5))
    assert Job.objects.get().args == {"services": None, "sources": ["fake"]}
