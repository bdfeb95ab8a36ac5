"""The sample organisation's evaluations: each at another stage, and gone without a trace."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.catalog import sample as catalogue
from radar import evaluation_sample, sample
from radar.evaluation_results import results
from radar.models import Evaluation, Invitation, RingChange, Sheet, Technology
from tests.factories import make_evaluation, make_person, make_sheet

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def quiet(done: int, current: str) -> None:
    pass


@pytest.fixture
def loaded():
    catalogue.load(NOW, quiet)
    sample.load(NOW, quiet)
    evaluation_sample.load(NOW, quiet)


def named(name: str) -> Evaluation:
    return Evaluation.objects.in_full().get(name=name)


def test_one_is_scored_now_within_its_time_box(loaded):
    evaluation = named("Valkey")

    assert evaluation.is_open
    assert not evaluation.is_overdue(NOW.date())
    assert evaluation.is_overdue(NOW.date() + timedelta(days=4))
    handed_in = Sheet.objects.handed_in().filter(candidate__evaluation=evaluation)
    assert set(handed_in.values_list("person_name", flat=True)) == {"Ilse Brandt"}


def test_the_panel_of_one_disagrees(loaded):
    subject = results(named("Quarkus")).subject

    assert subject.outcome is not None
    assert (subject.outcome.total, subject.outcome.band.verdict) == (33, "trial")
    assert subject.outcome.disputed[0].criterion.key == "capability"
    assert [flag.criterion.key for flag in subject.outcome.flags] == ["risk"]
    assert subject.missing == ("Jun Watanabe",)


def test_one_led_to_a_ring_change_with_a_reason(loaded):
    evaluation = named("HTMX")
    change = RingChange.objects.get(because_kind="evaluation")

    assert change.because_key == str(evaluation.pk)
    assert change.technology == evaluation.technology
    assert evaluation.ring == change.to_ring
    assert evaluation.closed_at is not None
    assert evaluation.closed_at < change.at
    subject = results(evaluation).subject
    assert subject.candidate.verdict == "adopt"
    assert evaluation.review_reason


def test_every_moment_is_past_and_in_order(loaded):
    for evaluation in Evaluation.objects.all():
        moments = [
            evaluation.at,
            evaluation.opened_at,
            evaluation.submitted_at,
            evaluation.reviewed_at,
            evaluation.closed_at,
        ]
        told = [moment for moment in moments if moment is not None]
        assert told == sorted(told)
        assert told[-1] < NOW


def test_loading_again_changes_nothing(loaded):
    before = list(Evaluation.objects.values_list("pk", "question"))
    evaluation_sample.load(NOW, quiet)

    assert list(Evaluation.objects.values_list("pk", "question")) == before


def test_it_goes_and_leaves_what_is_real(loaded):
    scorer = make_person()
    real = make_evaluation(name="Valkey", alternatives=["Redis 6"], scorers=[scorer])
    make_sheet(real, scorer, 3)

    evaluation_sample.remove()
    sample.remove()

    assert list(Evaluation.objects.all()) == [real]
    assert (Sheet.objects.count(), Invitation.objects.count()) == (1, 1)
    assert list(Technology.objects.values_list("name", "is_sample")) == [("Redis 6", False)]
