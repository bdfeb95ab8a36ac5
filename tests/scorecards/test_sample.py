"""The sample organisation's history, and its sources."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from portal.catalog import sample as catalogue
from portal.catalog.models import Service
from portal.jobs.models import Job
from portal.jobs.queue import enqueue
from portal.jobs.worker import Lost, run_job
from portal.operations.sample import KIND, TITLE
from scorecards import refresh, sample
from scorecards.evaluation import evaluate
from scorecards.models import Check, Result, ResultEvent, Snapshot, SourceState, Standing
from scorecards.past import standings_at
from scorecards.publishing import publish_packs
from scorecards.registration import refresh_by_the_clock
from scorecards.ruleset import is_sample_source, load_ruleset
from scorecards.sources.base import sources
from scorecards.sources.sample import SAMPLE_SOURCES
from tests.factories import make_job, make_service, make_snapshot

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
STAND_INS = {source.key for source in sources if is_sample_source(source)}  # of all apps
FEW = ["checkout-api", "report-builder", "forecast-jobs", "invoice-render", "warehouse-sync"]


def nobody(done: int, current: str) -> None:
    pass


@pytest.fixture
def few() -> list[Service]:
    """The packs, and five services of the sample organisation with all its gaps."""
    publish_packs()
    catalogue.load(NOW, nobody)
    Service.objects.exclude(key__in=FEW).delete()
    return list(Service.objects.order_by("key"))


def figures() -> tuple[list[object], ...]:
    """Everything that the history consists of, without the numbers of rows."""
    return (
        list(
            ResultEvent.objects.in_order().values_list(
                "service__key", "check_row__slug", "at", "state", "previous_state", "reason"
            )
        ),
        sorted(
            Result.objects.values_list("service__key", "check_row__slug", "state", "changed_at")
        ),
        sorted(
            Standing.objects.values_list(
                "service__key", "scorecard__slug", "score", "low", "high", "level", "level_reason"
            ),
            key=str,
        ),
        [
            (row.service_id, row.source, row.facts)
            for row in Snapshot.objects.order_by("service_id", "source")
        ],
    )


def test_whole_organisation_has_results_and_ninety_days_of_events() -> None:
    publish_packs()
    catalogue.load(NOW, nobody)

    sample.load(NOW, nobody)

    unreported = Result.objects.filter(reason__contains="reports no")
    assert not list(unreported.values_list("service__key", "reason"))
    for check in Check.objects.all():
        assert check.results.filter(state="pass").exists(), f"{check} never passes"

    assert Standing.objects.filter(is_sample=True).count() == 60 * 2
    days = Counter(ResultEvent.objects.values_list("at__date", flat=True))
    assert min(days) == (NOW - timedelta(days=89)).date()
    assert max(days) <= NOW.date()
    assert len(days) > 60
    states = set(Result.objects.values_list("state", flat=True))
    assert states == {"pass", "fail", "unknown", "not_applicable"}
    assert len(set(Standing.objects.values_list("level", flat=True))) > 2
    assert Standing.objects.exclude(level_changed_at=None).count() > 10


def test_history_ends_at_the_moment_of_loading(few: list[Service]) -> None:
    sample.load(NOW, nobody)

    assert set(Snapshot.objects.values_list("last_success_at", flat=True)) == {NOW}
    assert Snapshot.objects.count() == len(few) * len(SAMPLE_SOURCES)
    assert set(SourceState.objects.values_list("last_success_at", flat=True)) == {NOW}
    assert not ResultEvent.objects.filter(at__gt=NOW).exists()


def test_history_is_what_daily_refreshes_would_have_left(few: list[Service]) -> None:
    sample.load(NOW, nobody)
    made = figures()
    for model in (ResultEvent, Result, Standing, Snapshot):
        model._default_manager.all().delete()
    ruleset = load_ruleset()

    for back in range(sample.HISTORY_DAYS - 1, -1, -1):
        moment = NOW - timedelta(days=back)
        for source in SAMPLE_SOURCES:
            outcomes: list[object] = []
            source.measure(few, {}, now=moment, report=outcomes.extend, note=lambda text: None)
            refresh.snapshots.keep(source.key, outcomes, {row.pk: row for row in few})
        evaluate([row.pk for row in few], ruleset, now=moment)

    assert figures() == made


def test_replaying_the_events_gives_the_standings(few: list[Service]) -> None:
    sample.load(NOW, nobody)

    past = standings_at(Service.objects.order_by("pk"), NOW)
    replayed = {(one.service.pk, one.scorecard.pk): one.score for one in past}

    standings = Standing.objects.all()
    assert len(replayed) == len(standings) > 0
    for row in standings:
        score = replayed[row.service_id, row.scorecard_id]
        assert (score.score, score.rank) == (row.score, row.level_rank)


def test_two_loads_make_the_same_history(few: list[Service]) -> None:
    sample.load(NOW, nobody)
    first = figures()
    sample.remove()
    Snapshot.objects.all().delete()

    sample.load(NOW, nobody)

    assert figures() == first


def test_loading_twice_changes_nothing(few: list[Service]) -> None:
    sample.load(NOW, nobody)
    first = figures()

    sample.load(NOW + timedelta(hours=3), nobody)

    assert figures() == first
    assert set(Snapshot.objects.values_list("last_success_at", flat=True)) == {NOW}


def test_each_day_is_told(few: list[Service]) -> None:
    told: list[tuple[int, str]] = []

    sample.load(NOW, lambda done, current: told.append((done, current)))

    assert [done for done, _ in told] == list(range(1, 91))
    assert told[-1][1] == "the scorecards of 2026-03-02"


def test_interrupted_history_leaves_nothing_and_is_made_anew(few: list[Service]) -> None:
    def end_on_day_ten(done: int, current: str) -> None:
        if done == 10:
            raise Lost("the worker ended")

    with pytest.raises(Lost):
        sample.load(NOW, end_on_day_ten)
    assert not sample.has_history()
    assert not ResultEvent.objects.exists()

    sample.load(NOW, nobody)

    assert sample.has_history()
    assert len(set(ResultEvent.objects.values_list("at__date", flat=True))) > 10


def test_what_was_measured_before_the_history_is_replaced(few: list[Service]) -> None:
    """Somebody presses "Refresh" and the clock evaluates while the days are made."""
    expected = _figures_of_a_quiet_load()

    def meanwhile(done: int, current: str) -> None:
        if done == 45:
            job, _ = refresh.file_refresh()
            run_job(job.pk)
            assert ResultEvent.objects.exists()
            assert SourceState.objects.count() == len(STAND_INS)
            assert not sample.has_history()

    sample.load(NOW, meanwhile)

    assert figures() == expected
    assert not ResultEvent.objects.filter(at__gt=NOW).exists()


def _figures_of_a_quiet_load() -> tuple[list[object], ...]:
    sample.load(NOW, nobody)
    found = figures()
    Snapshot.objects.all().delete()
    SourceState.objects.all().delete()
    for model in (ResultEvent, Result, Standing):
        model._default_manager.all().delete()
    return found


def test_services_removed_meanwhile_are_left_alone(few: list[Service]) -> None:
    def meanwhile(done: int, current: str) -> None:
        if done == 1:
            Service.objects.filter(key="checkout-api").delete()
            Service.objects.filter(key="forecast-jobs").update(is_sample=False)

    sample.load(NOW, meanwhile)

    written = set(Standing.objects.values_list("service__key", flat=True))
    assert written == set(FEW) - {"checkout-api", "forecast-jobs"}


def test_nothing_is_written_where_the_sample_is_gone(few: list[Service]) -> None:
    sample.load(NOW, lambda done, current: Service.objects.all().delete() and None)

    assert not SourceState.objects.exists()
    assert not sample.has_history()


def test_history_survives_the_refreshes_that_follow(few: list[Service]) -> None:
    sample.load(timezone.now(), nobody)

    job, _ = refresh.file_refresh()
    run_job(job.pk)

    assert Job.objects.get(pk=job.pk).state == "done"
    assert sample.has_history()


def test_removal_takes_the_state_of_sample_sources_only(few: list[Service]) -> None:
    SourceState.objects.create(source="github", last_success_at=NOW)
    sample.load(NOW, nobody)

    sample.remove()

    assert [row.source for row in SourceState.objects.all()] == ["github"]


def test_real_services_keep_what_is_known_about_them(few: list[Service]) -> None:
    real = make_service("real", repository="halden/real")
    make_snapshot(real, repo__has_readme=True)
    evaluate([real.pk], load_ruleset(), now=NOW)
    before = ResultEvent.objects.filter(service=real).count()

    sample.load(NOW, nobody)

    assert before == ResultEvent.objects.filter(service=real).count() > 0
    assert [row.source for row in Snapshot.objects.filter(service=real)] == ["github"]


def test_sample_sources_are_asked_about_sample_services_only() -> None:
    real = make_service("real", repository="halden/real")
    stand_in = make_service("stand-in", repository="halden/stand-in", is_sample=True)

    for source in sources:
        is_sample = is_sample_source(source)
        assert not refresh.measures(source, real if is_sample else stand_in)
    assert [source for source in SAMPLE_SOURCES if not source.applies_to(stand_in)] == []
    assert [source for source in SAMPLE_SOURCES if source.applies_to(real)] == []


def test_refresh_of_everything_keeps_the_two_worlds_apart(few: list[Service]) -> None:
    real = make_service("real", repository="halden/real")
    job, _ = refresh.file_refresh()

    run_job(job.pk)

    assert not Snapshot.objects.filter(service=real, source__in=STAND_INS).exists()
    samples = Snapshot.objects.filter(service__in=few)
    assert set(samples.values_list("source", flat=True)) == STAND_INS
    assert samples.filter(is_sample=False).count() == 0


@pytest.mark.parametrize("source", SAMPLE_SOURCES, ids=lambda source: source.key)
def test_clock_waits_for_the_history(few: list[Service], source) -> None:
    refresh_by_the_clock(source, NOW)
    assert not Job.objects.exists()

    sample.load(NOW, nobody)
    refresh_by_the_clock(source, NOW)
    assert Job.objects.get().args["sources"] == [source.key]


def test_job_counts_the_days(few: list[Service], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "entities", list)
    monkeypatch.setattr(catalogue, "import_place", _nothing_to_import)
    monkeypatch.setattr("portal.jobs.worker.PROGRESS_SECONDS", 0.0)
    seen: list[tuple[int, int, str]] = []
    make_job("another")
    job, _ = enqueue(KIND, title=TITLE, dedupe_key=KIND)

    run_job(job.pk, told=lambda *step: seen.append(step))

    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 90, 90)
    days = [step for step in seen if step[2].startswith("the scorecards of")]
    assert [(done, total) for done, total, _ in days] == [(n, 90) for n in range(1, 91)]


class _Imported:
    has_refusals = False


def _nothing_to_import(*args: object, **options: object) -> _Imported:
    return _Imported()


def test_facts_of_a_moment_are_always_the_same(few: list[Service]) -> None:
    def facts(measure: Callable[..., None]) -> list[object]:
        found: list[object] = []
        measure(few, {}, now=NOW, report=found.extend, note=lambda text: None)
        return found

    for source in SAMPLE_SOURCES:
        assert facts(source.measure) == facts(source.measure)
        assert len(facts(source.measure)) == len(few)


def test_every_fact_is_a_known_one_of_its_type(few: list[Service]) -> None:
    from portal.lib.registry import facts as specs

    types = {
        "bool": bool,
        "int": int,
        "float": float,
        "string": str,
        "list": list,
        "map": dict,
        "timestamp": str,
    }
    for source in SAMPLE_SOURCES:
        found: list[object] = []
        source.measure(few, {}, now=NOW, report=found.extend, note=lambda text: None)
        for outcome in found:
            for name, reading in outcome.readings.items():
                spec = specs.get(name)
                assert spec is not None, name
                if hasattr(reading, "value"):
                    assert type(reading.value) is types[spec.type], name
