"""What a radar says in an edition, in its draft and on any day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from radar.geometry import Geometry
from radar.models import Sector, Technology
from radar.state import Snapshot, current, default_edition, snapshot
from tests.factories import (
    make_change,
    make_edition,
    make_entry,
    make_radar,
    make_team,
    make_technology,
)

pytestmark = pytest.mark.django_db
SPRING, SUMMER, AUTUMN = date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)
TODAY = date(2026, 11, 24)


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def rings(state: Snapshot | None) -> dict[str, int]:
    assert state is not None
    return {blip.name: blip.ring for blip in state.blips}


@pytest.fixture
def radar():
    return make_radar("tech")


def test_default_is_the_latest_published_edition_and_current_is_the_draft(radar):
    assert default_edition(radar) is None
    assert current(radar) is None
    spring = make_edition(radar, {"Go": (3, 1)}, day=SPRING)
    assert default_edition(radar) == current(radar) == spring
    draft = make_edition(radar, {"Go": (3, 0)})

    assert default_edition(radar) == spring
    assert current(radar) == draft


def test_default_is_the_draft_while_nothing_is_published(radar):
    draft = make_edition(radar, {"Go": (3, 0)})

    assert default_edition(radar) == draft
    found = snapshot(radar, today=TODAY)
    assert found is not None
    assert (found.edition, found.title) == (draft, "Draft")
    assert [blip.movement for blip in found.blips] == ["unchanged"]


def test_editions_of_one_day_count_in_the_order_they_came(radar):
    make_edition(radar, {"Go": (3, 1)}, day=SPRING)
    later = make_edition(radar, {"Go": (3, 0)}, day=SPRING, key="second")

    assert default_edition(radar) == later


def test_blips_are_numbered_in_list_order(radar):
    make_edition(
        radar, {"rust": (3, 0), "Go": (3, 0), "Ada": (3, 2), "Pairing": (0, 3)}, day=SPRING
    )

    found = snapshot(radar, today=TODAY)

    assert found is not None
    assert [(blip.number, blip.name) for blip in found.blips] == [
        (1, "Pairing"),
        (2, "Go"),
        (3, "rust"),
        (4, "Ada"),
    ]
    assert [blip.meaning for blip in found.blips] == ["hold", "adopt", "adopt", "assess"]


def test_a_blip_says_what_edition_and_today_know_of_it(radar):
    team = make_team("platform", title="Platform")
    technology = make_technology(
        "C#", slug="csharp", owner=team, tags=["jvm-not"], used_by=7, description="A language."
    )
    make_entry(radar, technology, next_review_on=date(2026, 11, 1))
    make_entry(make_radar(), technology, next_review_on=date(2030, 1, 1))
    make_edition(radar, {"C#": (3, 2)}, day=SPRING)
    make_edition(radar, {"C#": (3, 1)}, day=SUMMER)

    found = snapshot(radar, today=TODAY)

    assert found is not None
    [blip] = found.blips
    assert (blip.slug, blip.url) == ("csharp", "/radar/technologies/csharp/")
    assert (blip.movement, blip.from_ring) == ("moved_in", "Assess")
    assert (blip.owner, blip.owner_key, blip.used_by) == ("Platform", "platform", 7)
    assert (blip.is_overdue, blip.next_review_on) == (True, date(2026, 11, 1))
    assert (blip.description, blip.tags) == ("A language.", ("jvm-not",))
    assert blip.technology_id == technology.pk


def test_what_the_edition_says_of_a_technology_goes_first(radar):
    make_technology("Go", description="A language.")
    make_edition(radar, {"Go": (3, 2)})
    radar.editions.get().placements.update(description="Two teams try it.", remark="services")

    found = snapshot(radar, today=TODAY)

    assert found is not None
    assert (found.blips[0].description, found.blips[0].remark) == ("Two teams try it.", "services")


def test_an_older_edition_by_its_key(radar):
    make_edition(radar, {"Go": (3, 1), "Perl": (3, 3)}, day=SPRING)
    make_edition(radar, {"Go": (3, 0)}, day=SUMMER)

    found = snapshot(radar, edition=SPRING.isoformat(), today=TODAY)

    assert rings(found) == {"Go": 1, "Perl": 3}
    assert found is not None
    assert found.title == f"Edition of {SPRING}"
    assert snapshot(radar, edition="nope", today=TODAY) is None


def test_a_technology_that_comes_back_is_new(radar):
    make_edition(radar, {"Go": (3, 1), "Perl": (3, 3)}, day=SPRING)
    make_edition(radar, {"Go": (3, 0)}, day=SUMMER)
    make_edition(radar, {"Go": (3, 0), "Perl": (3, 3)}, day=AUTUMN)

    found = snapshot(radar, today=TODAY)

    assert found is not None
    assert {blip.name: blip.movement for blip in found.blips} == {"Go": "unchanged", "Perl": "new"}


def test_a_day_before_the_first_edition_has_no_state(radar):
    make_edition(radar, {"Go": (3, 1)}, day=SPRING)

    assert snapshot(radar, on=SPRING - timedelta(days=1), today=TODAY) is None
    assert rings(snapshot(radar, on=SPRING, today=TODAY)) == {"Go": 1}


def test_a_day_between_editions_has_the_changes_up_to_its_end(radar):
    make_edition(radar, {"Go": (3, 1), "Perl": (3, 3)}, day=SPRING)
    go, perl, zig = _known("Go"), _known("Perl"), make_technology("Zig")
    make_change(radar, go, 0, before=1, sector=3, at=at(date(2026, 5, 5), 23))
    make_change(radar, zig, 2, sector=3, at=at(date(2026, 5, 6)))
    make_change(radar, perl, None, before=3, sector=3, at=at(date(2026, 5, 7)))
    make_edition(radar, {"Go": (3, 0), "Zig": (3, 2)}, day=SUMMER)

    assert rings(snapshot(radar, on=date(2026, 5, 4), today=TODAY)) == {"Go": 1, "Perl": 3}
    assert rings(snapshot(radar, on=date(2026, 5, 5), today=TODAY)) == {"Go": 0, "Perl": 3}
    sixth = snapshot(radar, on=date(2026, 5, 6), today=TODAY)
    assert rings(sixth) == {"Go": 0, "Zig": 2, "Perl": 3}
    assert sixth is not None
    assert (sixth.on, sixth.title) == (date(2026, 5, 6), "State of 2026-05-06")
    moved = {blip.name: (blip.movement, blip.from_ring) for blip in sixth.blips}
    assert moved == {"Go": ("moved_in", "Trial"), "Zig": ("new", ""), "Perl": ("unchanged", "")}
    assert rings(snapshot(radar, on=date(2026, 5, 7), today=TODAY)) == {"Go": 0, "Zig": 2}
    assert rings(snapshot(radar, on=SUMMER, today=TODAY)) == {"Go": 0, "Zig": 2}


def _known(name: str) -> Technology:
    return Technology.objects.get(name=name)


def test_changes_that_only_a_file_tells_of_do_not_count(radar):
    make_edition(radar, {"Go": (3, 1)}, day=SPRING)
    make_change(radar, _known("Go"), 0, before=1, at=at(date(2026, 5, 5)), origin="import")

    assert rings(snapshot(radar, on=date(2026, 5, 6), today=TODAY)) == {"Go": 1}


def test_who_stays_in_a_segment_on_a_day_keeps_its_place(radar):
    names = {f"T{number}": (1, 1) for number in range(6)}
    make_edition(radar, names, day=SPRING)
    zig = make_technology("Zig")
    make_change(radar, zig, 1, sector=1, at=at(date(2026, 5, 6)))

    before = snapshot(radar, today=TODAY)
    after = snapshot(radar, on=date(2026, 5, 6), today=TODAY)

    assert before is not None
    assert after is not None
    was = {blip.name: blip.slot for blip in before.blips}
    now = {blip.name: blip.slot for blip in after.blips}
    assert {name: now[name] for name in was} == was
    assert len(set(now.values())) == 7
    assert after.geometry == before.geometry


def test_a_segment_that_overflows_on_a_day_is_laid_out_anew(radar):
    make_edition(radar, {"Go": (1, 1)}, day=SPRING)
    frozen = Geometry.from_json(radar.editions.get().geometry)
    for number in range(frozen.capacity(1) + 5):
        technology = make_technology(f"New {number}")
        moment = at(date(2026, 5, 6)) + timedelta(seconds=number)
        make_change(radar, technology, 1, sector=1, at=moment)

    found = snapshot(radar, on=date(2026, 5, 6), today=TODAY)

    assert found is not None
    assert found.geometry != frozen
    slots = [blip.slot for blip in found.blips]
    assert len(set(slots)) == len(slots) == frozen.capacity(1) + 6


def test_an_old_edition_is_drawn_with_the_sectors_of_today(radar):
    make_edition(radar, {"Go": (3, 1), "Kafka": (1, 0)}, day=SPRING)
    Sector.objects.create(radar=radar, key="data", title="Data", order=4)

    found = snapshot(radar, today=TODAY)

    assert found is not None
    assert found.geometry.sectors == len(found.sectors) == 5
    assert rings(found) == {"Go": 1, "Kafka": 0}


@pytest.mark.parametrize("on", [None, date(2026, 5, 6)])
def test_a_state_costs_five_queries_whatever_its_size(radar, on):
    make_edition(
        radar, {f"T{number}": (number % 4, number % 3) for number in range(40)}, day=SPRING
    )
    make_change(radar, _known("T1"), None, before=1, at=at(date(2026, 5, 5)))

    with CaptureQueriesContext(connection) as queries:
        found = snapshot(radar, on=on, today=TODAY)

    assert found is not None
    assert len(queries) <= 5
