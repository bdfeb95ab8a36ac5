import random
from datetime import UTC, date, datetime

import pytest

from radar.geometry import Geometry
from radar.layout import place
from radar.models import Edition, Placement, Technology
from tests.factories import make_edition, make_radar

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, tzinfo=UTC)
FIRST, SECOND = date(2026, 4, 1), date(2026, 7, 1)


def slots_of(edition):
    return dict(edition.placements.values_list("technology__name", "slot"))


def names(prefix, count, segment):
    return {f"{prefix} {number}": segment for number in range(count)}


def loaded(edition):
    return list(edition.placements.select_related("technology", "sector", "ring"))


@pytest.fixture
def radar():
    return make_radar("tech")


def test_first_edition_is_laid_out_and_not_called_repacked(radar):
    edition = make_edition(radar, {"Go": (0, 0), "Rust": (0, 1)}, day=FIRST)
    geometry = Geometry.from_json(edition.geometry)
    assert (geometry.sectors, len(geometry.bounds)) == (4, 4)
    assert not edition.is_repacked


def test_next_edition_takes_over_the_geometry_and_leaves_everybody_in_place(radar):
    first = make_edition(radar, {"Go": (0, 0), "Rust": (0, 0), "Zig": (0, 1)}, day=FIRST)
    second = make_edition(
        radar, {"Ada": (0, 0), "Go": (0, 0), "Rust": (0, 0), "Zig": (0, 0)}, day=SECOND
    )
    assert second.geometry == first.geometry
    assert not second.is_repacked
    was, now = slots_of(first), slots_of(second)
    assert (now["Go"], now["Rust"]) == (was["Go"], was["Rust"])
    assert len(set(now.values())) == 4


def test_segment_that_overflows_lays_the_radar_out_anew_and_says_so(radar):
    first = make_edition(radar, {"Go": (0, 0)}, day=FIRST)
    room = Geometry.from_json(first.geometry).capacity(0)
    full = make_edition(radar, names("Tool", room, (0, 0)), day=SECOND)
    assert not full.is_repacked
    over = make_edition(radar, names("Tool", room + 1, (0, 0)), day=date(2026, 10, 1))
    assert over.is_repacked
    assert Geometry.from_json(over.geometry).capacity(0) >= room + 1
    assert sorted(slots_of(over).values()) != [0] * (room + 1)
    assert len(set(slots_of(over).values())) == room + 1


def test_radar_with_other_sectors_is_laid_out_anew(radar):
    first = make_edition(radar, {"Go": (0, 0)}, day=FIRST)
    radar.sectors.create(key="data", title="Data", order=4)
    second = make_edition(radar, {"Go": (0, 0), "Arrow": (4, 0)}, day=SECOND)
    assert Geometry.from_json(first.geometry).sectors == 4
    assert Geometry.from_json(second.geometry).sectors == 5
    assert second.is_repacked


def test_draft_keeps_what_came_earlier_where_it_put_it(radar):
    first = make_edition(radar, {"Go": (0, 0)}, day=FIRST)
    draft = make_edition(radar, {"Go": (0, 0), "Rust": (0, 0), "Zig": (0, 0)})
    earlier = slots_of(draft)
    ada = Technology.objects.create(slug="ada", name="Ada", created_at=NOW)
    sector, ring = radar.sectors.first(), radar.rings.first()
    placements = [
        *loaded(draft),
        Placement(edition=draft, technology=ada, sector=sector, ring=ring),
    ]
    place(draft, placements, first)
    found = {row.technology.name: row.slot for row in placements}
    assert {name: found[name] for name in earlier} == earlier
    assert found["Ada"] not in earlier.values()


def test_draft_that_was_laid_out_anew_stays_as_it_is(radar):
    first = make_edition(radar, {"Go": (0, 0)}, day=FIRST)
    room = Geometry.from_json(first.geometry).capacity(0)
    draft = make_edition(radar, names("Tool", room + 1, (0, 0)))
    assert draft.is_repacked
    geometry, slots = draft.geometry, slots_of(draft)
    placements = loaded(draft)
    place(draft, placements, first)
    assert (draft.geometry, draft.is_repacked) == (geometry, True)
    assert {row.technology.name: row.slot for row in placements} == slots


def test_who_comes_back_within_a_draft_gets_the_published_place_again(radar):
    first = make_edition(radar, {"Go": (0, 0)}, day=FIRST)
    draft = make_edition(radar, {"Go": (0, 1), **names("Tool", 12, (0, 0))})
    placements = loaded(draft)
    for row in placements:
        if row.technology.name == "Go":
            row.ring = radar.rings.first()
    place(draft, placements, first)
    assert {row.technology.name: row.slot for row in placements}["Go"] == slots_of(first)["Go"]


def test_what_is_not_featured_takes_no_place(radar):
    first = make_edition(radar, names("Tool", 3, (0, 0)), day=FIRST)
    draft = make_edition(radar, names("Tool", 3, (0, 0)))
    placements = loaded(draft)
    placements[0].is_featured = False
    place(draft, placements, first)
    hidden, *shown = placements
    assert hidden.slot == 0
    assert [row.slot for row in shown] == [slots_of(first)[row.technology.name] for row in shown]


def test_layout_makes_two_queries(radar, django_assert_num_queries):
    first = make_edition(radar, names("Tool", 20, (0, 0)), day=FIRST)
    draft = make_edition(radar, names("Tool", 25, (0, 0)))
    placements = loaded(draft)
    with django_assert_num_queries(2):
        place(draft, placements, first)


def test_over_34_editions_nobody_who_stayed_moved_unless_the_edition_says_so():
    radar = make_radar("long", rings=["Adopt", "Trial", "Assess", "Hold"])
    sectors, rings = list(radar.sectors.all()), list(radar.rings.all())
    chance = random.Random(34)
    technologies = Technology.objects.bulk_create(
        Technology(slug=f"t{number}", name=f"T{number}", name_key=f"t{number}", created_at=NOW)
        for number in range(700)
    )
    on = {}
    before, was, fresh = None, {}, iter(technologies)
    stayed = repacked = 0
    for number in range(34):
        for technology in [key for key in on if chance.random() < 0.2]:
            del on[technology]
        for technology in on:
            if chance.random() < 0.15:
                on[technology] = (on[technology][0], chance.randrange(4))
        for _ in range(chance.randrange(10, 30)):
            on[next(fresh)] = (chance.randrange(4), chance.choice([0, 1, 1, 2, 2, 2, 3]))
        edition = Edition(
            radar=radar,
            key=f"e{number}",
            title=f"Edition {number}",
            state=Edition.State.PUBLISHED,
            origin=Edition.Origin.IMPORT,
            date=date(1992 + number, 1, 1),
            published_at=NOW,
            updated_at=NOW,
        )
        placements = [
            Placement(technology=technology, sector=sectors[sector], ring=rings[ring])
            for technology, (sector, ring) in on.items()
        ]
        place(edition, placements, before)
        edition.save()
        for row in placements:
            row.edition = edition
        Placement.objects.bulk_create(placements)
        now = {
            row.technology.slug: (row.sector.order, row.ring.order, row.slot) for row in placements
        }
        assert len(set(now.values())) == len(now)
        if edition.is_repacked:
            repacked += 1
        else:
            same = [slug for slug in now if slug in was and was[slug][:2] == now[slug][:2]]
            assert [now[slug] for slug in same] == [was[slug] for slug in same]
            stayed += len(same)
        before, was = edition, now
    assert stayed > 1000
    assert repacked < 8
