from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portal.jobs.models import Job
from scorecards.evaluation import evaluate
from scorecards.models import Result
from scorecards.ruleset import load_ruleset
from tests.factories import make_check, make_scorecard, make_service, make_snapshot
from tests.scorecards.fakes import FakeSource, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def check():
    return make_check(make_scorecard("readiness"), "repo.has_readme")


def run(*args):
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def test_refresh_files_a_job():
    make_service("one", repository="halden/one")
    with registered(FakeSource()):
        text = run("refresh", "--service", "One", "--source", "fake")
    job = Job.objects.get()
    assert text == f"Job {job.pk} is filed: Refresh one from Fake.\n"
    assert job.args == {"services": ["one"], "sources": ["fake"]}


def test_refresh_that_waits_does_it_here(check):
    make_service("one", repository="halden/one")
    with registered(FakeSource()):
        text = run("refresh", "--wait")
    assert text.endswith("1 changed, 0 unchanged, 0 skipped, 0 failed.\n")
    assert Result.objects.get().state == "pass"


def test_refresh_that_waits_tells_failures():
    make_service("one", repository="halden/one")
    with registered(FakeSource(failure="503")):
        text = run("refresh", "--wait")
    assert "failed  one (Fake): 503" in text


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--service", "nothing"], "There is no service nothing."),
        (["--source", "nothing"], "There is no source nothing; there are fake."),
    ],
)
def test_refresh_of_what_does_not_exist_is_refused(args, message):
    with registered(FakeSource()), pytest.raises(CommandError, match=message):
        run("refresh", *args)
    assert not Job.objects.exists()


def test_refresh_from_a_source_that_is_off_names_the_setting():
    with registered(FakeSource(off="FAKE_URL is not set.")), pytest.raises(CommandError) as caught:
        run("refresh", "--source", "fake")
    assert str(caught.value) == "Fake is off: FAKE_URL is not set."


def test_evaluate_says_how_many_changed(check):
    service = make_service()
    make_snapshot(service, repo__has_readme=True)
    assert run("evaluate") == "1 service evaluated, 1 changed.\n"
    assert run("evaluate") == "1 service evaluated, 0 changed.\n"
    make_service()
    assert run("evaluate") == "2 services evaluated, 1 changed.\n"


def test_evaluate_names_scorecards_that_can_not_be_used(capsys):
    make_scorecard(title="Broken", filter="service.gone_fact")
    call_command("evaluate")
    assert "Broken: Its filter can't be used" in capsys.readouterr().err


def test_evaluate_at_a_past_day_prints_and_writes_nothing(check):
    first, second = (datetime(2025, 11, day, 12, tzinfo=UTC) for day in (1, 10))
    service = make_service("one")
    snapshot = make_snapshot(service, at=first, repo__has_readme=True)
    evaluate([service.pk], load_ruleset(), now=first)
    snapshot.facts["repo.has_readme"] = {"value": False, "measured_at": second.isoformat()}
    snapshot.save()
    evaluate([service.pk], load_ruleset(), now=second)
    before = list(Result.objects.values())
    assert run("evaluate", "--at", "2025-11-05") == "one\treadiness\t100.0\tGold\n"
    assert run("evaluate", "--at", "2025-11-10") == "one\treadiness\t0.0\tNone\n"
    assert run("evaluate", "--at", "2025-10-31") == ""
    assert run("evaluate", "--at", "2025-11-10T11:59", "--service", "one").endswith("Gold\n")
    assert list(Result.objects.values()) == before


@pytest.mark.parametrize("text", ["2001-01-01", "0001-01-01", "0001-01-01T00:00"])
def test_evaluate_at_a_day_before_history_says_so(check, capsys, text):
    make_service()
    run("evaluate")
    call_command("evaluate", "--at", text)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Nothing was evaluated yet at ")


def test_evaluate_at_the_last_day_there_is(check):
    make_service("one")
    run("evaluate")
    assert run("evaluate", "--at", "9999-12-31").startswith("one\t")


@pytest.mark.parametrize("text", ["yesterday", "2025-13-01", "2025-11-31"])
def test_evaluate_at_what_is_no_date_is_refused(text):
    with pytest.raises(CommandError, match="is no date"):
        run("evaluate", "--at", text)
