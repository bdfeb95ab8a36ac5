"""The sample organisation's radar: there at once, and gone without a trace."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.db.models import Model

from portal.accounts.models import Team
from portal.audit.models import Event
from portal.catalog import sample as catalogue
from radar import sample, starting
from radar.actions import accept, publish
from radar.models import Entry, Placement, Proposal, Radar, RingChange, Technology
from radar.state import snapshot
from tests.factories import make_edition, make_person, make_proposal, make_radar

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = NOW.date()


def quiet(done: int, current: str) -> None:
    pass


@pytest.fixture
def loaded():
    catalogue.load(NOW, quiet)
    sample.load(NOW, quiet)
    return Radar.objects.get(is_sample=True)


def everything() -> dict[str, int]:
    models: list[type[Model]] = list(apps.get_app_config("radar").get_models())
    return {model.__name__: model._default_manager.count() for model in models}


def test_four_editions_a_draft_and_what_waits(loaded):
    published = list(loaded.editions.published().values_list("key", "date"))

    assert [key for key, _ in published] == ["2026-q1", "2026-q2", "2026-q3", "2026-q4"]
    assert published[-1][1] == date(2026, 10, 1)
    draft = loaded.editions.get(state="draft")
    moved = draft.placements.exclude(movement="unchanged")
    assert sorted(moved.values_list("technology__name", "movement")) == [
        ("Kustomize", "moved_out"),
        ("OpenSearch", "moved_in"),
    ]
    waiting = Proposal.objects.filter(state="open")
    assert sorted(waiting.values_list("name", flat=True)) == ["Temporal", "Valkey"]
    assert all(proposal.comments.exists() for proposal in waiting)
    assert Entry.objects.filter(next_review_on__lt=TODAY).count() > 3
    assert 60 <= draft.placements.count() <= 80


def test_each_edition_says_how_it_moved_and_why(loaded):
    for edition in loaded.editions.published()[1:]:
        movements = set(edition.placements.values_list("movement", flat=True))
        assert {"new", "unchanged"} < movements or {"moved_in", "moved_out"} < movements
    assert not RingChange.objects.filter(reason="").exists()


def test_the_past_can_be_asked_for_by_day(loaded):
    found = snapshot(loaded, on=date(2026, 9, 30), today=TODAY)

    assert found is not None
    assert found.edition.key == "2026-q3"
    rings = {blip.name: blip.ring for blip in found.blips}
    assert rings["Temporal"] == 1  # tried three weeks before the edition of the fourth quarter


def test_loading_twice_is_loading_once(loaded):
    before = everything()

    sample.load(NOW + timedelta(days=1), quiet)

    assert everything() == before


def test_loaded_twice_on_a_day_it_is_the_same(loaded):
    def told() -> list[object]:
        rows = Placement.objects.order_by("edition__key", "technology__slug")
        return list(
            rows.values_list("edition__key", "technology__slug", "ring__key", "slot", "movement")
        )

    first = told()
    sample.remove()
    sample.load(NOW, quiet)

    assert told() == first


def test_everything_is_marked_and_goes_without_a_trace():
    starting.write(NOW)
    before, events = everything(), Event.objects.filter(is_sample=False).count()
    catalogue.load(NOW, quiet)
    sample.load(NOW, quiet)
    assert everything() != before

    sample.remove()

    assert everything() == before
    assert Event.objects.filter(is_sample=False).count() == events
    assert Radar.objects.get().editions.get().placements.count() == 23


def test_what_people_did_on_the_sample_radar_goes_too(loaded):
    proposal = Proposal.objects.get(name="Valkey")
    architect = make_person("architect")
    accept(by=architect, proposal=proposal, now=NOW)
    publish(by=architect, radar=loaded, title="Ours", day=TODAY, now=NOW)

    sample.remove()

    assert set(everything().values()) == {0}


def test_a_sample_technology_that_a_real_radar_uses_stays(loaded):
    radar = make_radar("real")
    make_edition(radar, {"Temporal": (1, 1)}, day=TODAY)
    make_proposal(radar, Technology.objects.get(name="Dagster"))

    sample.remove()

    kept = Technology.objects.order_by("name").values_list("name", "is_sample", "owner")
    assert [tuple(row)[:2] for row in kept] == [("Dagster", False), ("Temporal", False)]


@pytest.mark.parametrize(
    ("today", "latest"),
    [
        (date(2026, 11, 24), date(2026, 10, 1)),
        (date(2026, 10, 21), date(2026, 7, 1)),
        (date(2026, 10, 22), date(2026, 10, 1)),
        (date(2027, 1, 1), date(2026, 10, 1)),
    ],
)
def test_quarters_have_begun_three_weeks_ago(today, latest):
    found = sample.quarters(today)

    assert len(found) == 4
    assert found[-1] == latest
    assert found == sorted(found)


def test_a_team_that_is_real_too_owns_its_technologies():
    catalogue.load(NOW, quiet)
    platform = Team.objects.get(key="platform")
    Team.objects.filter(pk=platform.pk).update(is_sample=False)

    sample.load(NOW, quiet)

    assert Technology.objects.get(name="Argo CD").owner == platform
    assert Technology.objects.filter(owner=None).count() == 3
