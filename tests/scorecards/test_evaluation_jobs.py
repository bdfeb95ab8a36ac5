import pytest
from django.utils import timezone

from portal.catalog.models import Service
from portal.jobs.models import Job, JobState
from portal.jobs.worker import Lost, run_job
from scorecards import evaluation_jobs
from scorecards.models import Result, ResultEvent, Standing
from tests.factories import add_version, make_check, make_scorecard, make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def check():
    return make_check(make_scorecard(), "service.has_owner")


def run_all():
    jobs = evaluation_jobs.file_evaluation()
    for job in jobs:
        run_job(job.pk)
        job.refresh_from_db()
        assert job.state == JobState.DONE, job.reason
    return jobs


def test_few_services_are_one_part(check):
    make_service()
    (job,) = run_all()
    assert job.summary["done"] == 1
    assert Result.objects.count() == 1


def test_many_services_are_shared_by_two_workers(check, monkeypatch):
    monkeypatch.setattr(evaluation_jobs, "ONE_PART", 3)
    for _ in range(5):
        make_service()
    jobs = run_all()
    assert sorted(job.summary["done"] for job in jobs) == [2, 3]
    assert Result.objects.count() == 5


def test_second_evaluation_changes_nothing(check):
    make_service()
    run_all()
    (job,) = run_all()
    assert (job.summary["done"], job.summary["unchanged"]) == (0, 1)
    assert ResultEvent.objects.count() == 1


def test_evaluation_goes_on_where_it_was_interrupted(check, monkeypatch):
    monkeypatch.setattr(evaluation_jobs, "CHUNK", 2)
    monkeypatch.setattr("portal.jobs.worker.PROGRESS_SECONDS", 0)
    for _ in range(6):
        make_service()
    (job,) = evaluation_jobs.file_evaluation()
    real = evaluation_jobs.evaluate
    chunks = []

    def evaluate(ids, *args, **kwargs):
        if len(chunks) == 2:
            raise Lost("killed")
        chunks.append(list(ids))
        return real(ids, *args, **kwargs)

    monkeypatch.setattr(evaluation_jobs, "evaluate", evaluate)
    run_job(job.pk)
    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED, holder="")
    monkeypatch.setattr(evaluation_jobs, "evaluate", real)
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.summary["skipped"], job.summary["done"]) == (4, 2)
    assert Result.objects.count() == 6


def test_evaluation_under_new_rules_is_filed_beside_one_that_waits(check):
    make_service()
    (first,) = evaluation_jobs.file_evaluation()
    (same,) = evaluation_jobs.file_evaluation()
    add_version(check, "service.has_tier")
    (other,) = evaluation_jobs.file_evaluation()
    assert first.pk == same.pk != other.pk


def test_service_that_left_the_catalogue_loses_its_standing(check):
    service = make_service()
    run_all()
    Service.objects.update(vanished_at=timezone.now())
    run_all()
    assert not Standing.objects.exists()
    assert not Result.objects.exists()
    assert ResultEvent.objects.filter(service=service).count() == 2


def test_last_service_that_vanished_loses_its_standing_by_the_clock(check):
    make_service()
    run_all()
    Service.objects.update(vanished_at=timezone.now())
    evaluation_jobs.evaluate_by_the_clock(timezone.now())
    run_job(Job.objects.latest("pk").pk)
    assert not Standing.objects.exists()


def test_vanished_services_are_left_out_before_the_next_evaluation(check):
    gone, stays = make_service(), make_service()
    run_all()
    Service.objects.filter(pk=gone.pk).update(vanished_at=timezone.now())
    for _ in range(2):
        evaluation_jobs.leave_out_vanished(timezone.now())
    assert list(Standing.objects.values_list("service", flat=True)) == [stays.pk]
    assert list(Result.objects.values_list("service", flat=True)) == [stays.pk]
    assert ResultEvent.objects.filter(service=gone).count() == 2


def test_scorecard_that_can_not_be_used_is_noted():
    card = make_scorecard(title="Broken", filter="service.gone_fact")
    make_check(card, "service.has_owner")
    make_service()
    (job,) = run_all()
    assert "Broken: Its filter can't be used" in job.summary["notes"][0]


def test_rules_that_change_while_all_are_evaluated_are_followed(check, monkeypatch):
    monkeypatch.setattr(evaluation_jobs, "CHUNK", 1)
    first, second = make_service(), make_service()
    real = evaluation_jobs.evaluate

    def evaluate(chunk, ruleset, *, now):
        changed = real(chunk, ruleset, now=now)
        if list(chunk) == [first.pk]:
            add_version(check, "!service.has_owner")
        return changed

    monkeypatch.setattr(evaluation_jobs, "evaluate", evaluate)
    run_all()
    assert Result.objects.get(service=second).version == 2


def test_clock_files_nothing_without_rules_or_services():
    evaluation_jobs.evaluate_by_the_clock(timezone.now())
    assert not Job.objects.exists()
