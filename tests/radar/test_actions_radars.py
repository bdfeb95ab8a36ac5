"""Radars: made with sectors and rings, and changed without losing anything."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from portal.audit.models import Event
from portal.lib.errors import Conflict, Forbidden, Invalid
from radar.actions import RingSpec, SectorSpec, change_radar, create_radar
from radar.models import Radar
from radar.state import snapshot
from tests.factories import make_edition, make_person, make_proposal, make_radar

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = date(2026, 10, 1)
SECTORS = [SectorSpec(title=title) for title in ("Code", "Data", "Cloud")]
RINGS = [
    RingSpec(title="Use", meaning="adopt", description="Without asking."),
    RingSpec(title="Leave", meaning="hold", aliases=("Caution", "retire")),
]


def made(by=None, **fields) -> Radar:
    fields = {"title": "Our radar", "sectors": SECTORS, "rings": RINGS} | fields
    return create_radar(by=by or make_person("architect"), now=NOW, **fields)


def specs(radar: Radar) -> tuple[list[SectorSpec], list[RingSpec]]:
    """What the radar has, as somebody would send it back."""
    sectors = [
        SectorSpec(key=row.key, title=row.title, description=row.description)
        for row in radar.sectors.all()
    ]
    rings = [
        RingSpec(
            key=row.key,
            title=row.title,
            description=row.description,
            meaning=row.meaning,
            aliases=tuple(row.aliases),
        )
        for row in radar.rings.all()
    ]
    return sectors, rings


def changed(radar: Radar, sectors=None, rings=None, **fields) -> Radar:
    sectors_now, rings_now = specs(radar)
    return change_radar(
        by=make_person("admin"),
        radar=radar,
        title=fields.pop("title", radar.title),
        sectors=sectors_now if sectors is None else sectors,
        rings=rings_now if rings is None else rings,
        **fields,
    )


def test_a_radar_is_made_with_its_sectors_and_rings():
    radar = made(description="For all.", review_months=6)

    assert (radar.slug, radar.review_months, radar.order) == ("our-radar", 6, 0)
    assert list(radar.sectors.values_list("key", "order")) == [
        ("code", 0),
        ("data", 1),
        ("cloud", 2),
    ]
    leave = radar.rings.get(order=1)
    assert (leave.key, leave.meaning, leave.aliases) == ("leave", "hold", ["caution", "retire"])
    event = Event.objects.get()
    assert (event.verb, event.after["sectors"]) == ("radar.created", ["Code", "Data", "Cloud"])


def test_rings_are_adopt_trial_assess_and_hold_unless_somebody_says_otherwise():
    radar = create_radar(by=make_person("admin"), title="T", sectors=SECTORS, now=NOW)

    assert [ring.title for ring in radar.rings.all()] == ["Adopt", "Trial", "Assess", "Hold"]


@pytest.mark.parametrize("role", ["engineer", "lead"])
def test_only_architects_and_admins_make_and_change_radars(role):
    person = make_person(role)

    with pytest.raises(Forbidden):
        made(by=person)
    radar = make_radar()
    with pytest.raises(Forbidden):
        change_radar(by=person, radar=radar, title="x", sectors=SECTORS, rings=RINGS)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "New"}, "slug"),
        ({"slug": "technologies"}, "slug"),
        ({"review_months": 0}, "review_months"),
        ({"review_months": 37}, "review_months"),
        ({"sectors": SECTORS[:2]}, "sectors"),
        ({"sectors": SECTORS * 3}, "sectors"),
        ({"sectors": [*SECTORS[:2], SectorSpec(title="CODE")]}, "sectors"),
        ({"sectors": [*SECTORS[:2], SectorSpec(title=" ")]}, "sectors"),
        ({"rings": RINGS[:1]}, "rings"),
        ({"rings": [RingSpec(title=f"R{n}", meaning="adopt") for n in range(7)]}, "rings"),
        ({"rings": [RINGS[0], RingSpec(title="Go", meaning="green")]}, "rings"),
        ({"rings": [RINGS[1], RingSpec(title="Caution", meaning="hold")]}, "rings"),
    ],
)
def test_a_radar_that_breaks_a_rule_is_not_made(fields, field):
    with pytest.raises(Invalid) as error:
        made(**fields)

    assert list(error.value.context["fields"]) == [field]
    assert not Radar.objects.exists()


def test_an_address_is_given_once():
    made()

    with pytest.raises(Conflict, match="our-radar"):
        made()


def test_words_are_changed_and_told():
    radar = make_radar("tech")
    sectors, rings = specs(radar)
    sectors[0] = replace(sectors[0], title="Practices")

    changed(radar, sectors=sectors, title="Ours", review_months=2)

    radar.refresh_from_db()
    assert (radar.title, radar.review_months) == ("Ours", 2)
    assert radar.sectors.get(order=0).key == "techniques"
    event = Event.objects.get(verb="radar.changed")
    assert event.before["sectors"][0] == "Techniques"
    assert event.after["sectors"][0] == "Practices"
    assert rings


def test_a_change_that_changes_nothing_is_not_told():
    changed(make_radar("tech"))

    assert not Event.objects.exists()


def test_a_sector_in_use_says_how_many_blips_are_in_it():
    radar = make_radar("tech")
    make_edition(radar, {"Go": (3, 0), "Rust": (3, 1)}, day=DAY)
    make_edition(radar, {"Go": (3, 0)})
    sectors, _ = specs(radar)

    with pytest.raises(Conflict, match=r"Languages can't be removed: it holds 2 blips in 2 edit"):
        changed(radar, sectors=sectors[:3])

    changed(radar, sectors=sectors[1:])
    assert [sector.title for sector in radar.sectors.all()] == ["Platforms", "Tools", "Languages"]


def test_a_ring_in_use_or_spoken_of_is_not_removed():
    radar = make_radar("tech")
    make_edition(radar, {"Go": (3, 0)}, day=DAY)
    make_proposal(radar, ring=2)
    _, rings = specs(radar)

    with pytest.raises(Conflict, match="Adopt can't be removed: it holds 1 blip in 1 edition"):
        changed(radar, rings=rings[1:])
    with pytest.raises(Conflict, match="Assess can't be removed: proposals or ring changes"):
        changed(radar, rings=[rings[0], rings[1], rings[3]])

    changed(radar, rings=[rings[0], *rings[2:]])
    assert [ring.title for ring in radar.rings.all()] == ["Adopt", "Assess", "Hold"]


def test_rings_keep_their_order_while_blips_are_in_them():
    radar = make_radar("tech")
    _, rings = specs(radar)
    changed(radar, rings=rings[::-1])
    make_edition(radar, {"Go": (3, 0)}, day=DAY)

    with pytest.raises(Conflict, match="Rings keep their order"):
        changed(radar, rings=rings)

    _, now = specs(radar)
    changed(radar, rings=[*now[:2], RingSpec(title="Watch", meaning="assess"), *now[2:]])
    assert radar.rings.get(title="Watch").order == 2


def test_the_draft_is_laid_out_for_a_sector_more():
    radar = make_radar("tech")
    make_edition(radar, {"Go": (3, 0)}, day=DAY)
    draft = make_edition(radar, {"Go": (3, 0)})
    sectors, _ = specs(radar)

    changed(radar, sectors=[*sectors, SectorSpec(title="Data")])

    draft.refresh_from_db()
    assert draft.geometry["sectors"] == 5
    assert draft.is_repacked
    found = snapshot(radar, today=DAY)
    assert found is not None
    assert found.geometry.sectors == 5
