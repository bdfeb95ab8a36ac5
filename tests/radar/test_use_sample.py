"""The sample organisation's uses: some on hold, some begun after the move, gone without a trace."""

from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict

from portal.catalog import sample as catalogue
from portal.catalog.models import Service
from radar import sample, use_sample
from radar.models import Radar, Technology, Use
from radar.use import hold_uses, holds
from radar.use_lists import HoldList
from radar.use_source import SAMPLE_KEY, to_look_at
from scorecards import snapshots
from scorecards.models import Snapshot, SourceState
from scorecards.sources.sample import SAMPLE_SOURCES

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def quiet(done: int, current: str) -> None:
    pass


@pytest.fixture
def loaded():

    catalogue.load(NOW, quiet)
    sample.load(NOW, quiet)
    services = {row.pk: row for row in Service.objects.filter(is_sample=True)}
    told = []
    source = SAMPLE_SOURCES[0]
    source.measure(list(services.values()), {}, now=NOW, report=told.extend, note=print)
    snapshots.keep(source.key, told, services)
    Snapshot.objects.update(state={"history_since": "2026-09-01"})
    use_sample.load(NOW, quiet)
    return Radar.objects.get(is_sample=True)


def test_services_use_what_is_on_hold_and_some_began_after_the_move(loaded):

    rows = HoldList(loaded, QueryDict("size=100")).page().rows
    after = {(row.service.name, row.technology.name) for row in rows if row.began_after}

    assert 3 <= len(rows) <= 12
    assert after == {("order-router", "RabbitMQ")}
    assert {row.technology.name for row in rows} >= {"RabbitMQ", "Redis 6", "MongoDB"}
    assert len(rows) == hold_uses(holds(loaded)).count()


def test_many_technologies_are_in_use_and_counted(loaded):
    used = Technology.objects.filter(used_by__gt=0)

    assert used.count() > 20
    go = Technology.objects.get(name="Go")
    assert go.used_by == Use.objects.current().filter(technology=go).count() > 5


def test_facts_are_there_and_nothing_is_to_be_looked_at(loaded):
    snapshot = Snapshot.objects.get(source=SAMPLE_KEY, service__name="order-router")

    assert snapshot.facts["radar.hold_began_after_move"]["value"] == ["rabbitmq"]
    assert list(to_look_at(NOW + timedelta(hours=1))) == []
    assert len(list(to_look_at(NOW + timedelta(hours=13)))) == 60


def test_clock_waits_for_the_sample_organisations_history(loaded):
    Snapshot.objects.filter(source=SAMPLE_SOURCES[0].key).update(state={})

    assert list(to_look_at(NOW + timedelta(hours=13))) == []


def test_loading_again_changes_nothing(loaded):
    before = list(Use.objects.order_by("pk").values())

    use_sample.load(NOW, quiet)

    assert list(Use.objects.order_by("pk").values()) == before


def test_removal_leaves_nothing(loaded):
    use_sample.remove()
    sample.remove()
    catalogue.remove()

    assert not Use.objects.exists()
    assert not Snapshot.objects.filter(source=SAMPLE_KEY).exists()
    assert not SourceState.objects.filter(source=SAMPLE_KEY).exists()
