from collections import defaultdict
from itertools import product
from math import atan2, cos, hypot, pi, sin, tau

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from radar.geometry import STRIP, VIEW, Geometry, lay_out, radius_of

EVENLY_300 = [[19] * 4] * 4
EVENLY_600 = [[38] * 4] * 4


@st.composite
def demands(draw):
    """Loads of 0 to 100 in each segment of 3 to 8 sectors and 2 to 6 rings."""
    sectors, rings = draw(st.integers(3, 8)), draw(st.integers(2, 6))
    most = draw(st.sampled_from([3, 12, 40, 100]))
    row = st.lists(st.integers(0, most), min_size=rings, max_size=rings)
    return draw(st.lists(row, min_size=sectors, max_size=sectors))


def places(geometry):
    """Sector, ring and position of every slot there is."""
    return [
        (sector, ring, *geometry.position(sector, ring, slot))
        for sector, ring in product(range(geometry.sectors), range(len(geometry.bounds)))
        for slot in range(geometry.capacity(ring))
    ]


def nearest_pair(points):
    """The least distance between two points, if it is less than 60."""
    cells = defaultdict(list)
    for point in points:
        cells[int(point[0] // 60), int(point[1] // 60)].append(point)
    least = 60.0
    for (column, row), here in cells.items():
        near = [
            other
            for across, down in product((-1, 0, 1), repeat=2)
            for other in cells.get((column + across, row + down), ())
        ]
        for x, y in here:
            least = min(
                least,
                *(hypot(x - ox, y - oy) for ox, oy in near if (ox, oy) != (x, y)),
                60.0,
            )
    return least


def from_edge(x, y, angle):
    """The distance of a point from the ray that leaves the centre at this angle."""
    x, y = x - VIEW / 2, y - VIEW / 2
    if x * cos(angle) + y * sin(angle) < 0:
        return hypot(x, y)
    return abs(x * sin(angle) - y * cos(angle))


@settings(max_examples=60, deadline=None)
@given(demands())
@example([[100] * 6] * 8)
@example([[100] * 2] * 3)
@example([[0] * 6] * 8)
@example([[100, 0, 0, 0], [0] * 4, [0] * 4, [0] * 4])
@example([[0] * 4, [0] * 4, [0, 0, 0, 100], [0] * 4])
def test_slots_at_any_load_never_touch_and_stay_within_their_segment(demand):
    geometry = lay_out(demand)
    all_places = places(geometry)
    assert nearest_pair([(x, y) for _, _, x, y in all_places]) >= min(60, 2 * geometry.blip)
    for sector, ring, x, y in all_places:
        away = hypot(x - VIEW / 2, y - VIEW / 2)
        inner = geometry.bounds[ring - 1] + geometry.blip if ring else geometry.blip
        assert inner <= away + 1e-6 <= geometry.bounds[ring] - geometry.blip + 1e-5
        turn = (atan2(y - VIEW / 2, x - VIEW / 2) - pi) % tau
        assert sector * tau / len(demand) < turn < (sector + 1) * tau / len(demand)
        for edge in (geometry.start(sector), geometry.start(sector + 1)):
            assert from_edge(x, y, edge) >= STRIP + geometry.blip - 1e-6


@settings(max_examples=60, deadline=None)
@given(demands())
def test_every_segment_has_room_for_a_third_more_and_for_four(demand):
    geometry = lay_out(demand)
    for loads in demand:
        for ring, load in enumerate(loads):
            assert geometry.capacity(ring) >= max(load * 4 / 3, load + 4)


@settings(max_examples=60, deadline=None)
@given(demands())
@example([[100] * 6] * 8)
@example([[100] * 6] * 3)
def test_a_sector_alone_fills_the_picture_with_targets_of_24(demand):
    whole = lay_out(demand)
    closeup = whole.closeup()
    assert closeup.blip >= 12
    assert closeup.bounds[-1] >= 0.95 * VIEW
    for sector in (0, len(demand) - 1):
        points = [
            closeup.position(sector, ring, slot)
            for ring in range(len(whole.bounds))
            for slot in range(whole.capacity(ring))
        ]
        assert nearest_pair(points) >= 2 * closeup.blip - 1e-6
        for point in points:
            assert all(closeup.blip <= length <= VIEW - closeup.blip for length in point)


@pytest.mark.parametrize(
    "demand",
    [
        EVENLY_300,
        EVENLY_600,
        [[23, 41, 50, 36]] * 4,
        [[30] * 4] * 5,
        [[50] * 4] * 3,
        [[100, 0, 0, 0], [0] * 4, [0] * 4, [0] * 4],
    ],
)
def test_up_to_600_blips_have_targets_of_24(demand):
    assert lay_out(demand).blip >= 12


def test_300_blips_are_as_airy_as_can_be():
    geometry = lay_out(EVENLY_300)
    assert geometry.blip == 13.5
    assert geometry.pitch > 2.6 * geometry.blip


def test_few_blips_are_no_larger_and_the_centre_has_a_third_of_the_radius():
    geometry = lay_out([[2, 2, 2, 1]] * 4)
    assert geometry.blip == 13.5
    assert geometry.bounds[0] > radius_of(4) / 3
    assert geometry.bounds[-1] == radius_of(4)


def test_centre_that_holds_nothing_is_still_roomy():
    assert lay_out([[0, 0, 0, 60]] * 4).bounds[0] >= 0.29 * radius_of(4)


def test_crowded_picture_asks_to_be_opened_by_sector():
    assert lay_out([[100] * 6] * 8).opens_by_sector
    assert not lay_out([[100] * 6] * 8).closeup().opens_by_sector
    assert not lay_out(EVENLY_600).opens_by_sector


def test_first_sector_begins_at_nine_o_clock_and_they_go_clockwise():
    geometry = lay_out(EVENLY_300)
    corners = [geometry.position(sector, 3, 0) for sector in range(4)]
    assert [(x < VIEW / 2, y < VIEW / 2) for x, y in corners] == [
        (True, True),
        (False, True),
        (False, False),
        (True, False),
    ]


@pytest.mark.parametrize(
    ("sectors", "quarters"),
    [(3, [0, 2, 3]), (4, [0, 1, 2, 3]), (6, [0, 1, 1, 2, 3, 3]), (8, [0, 0, 1, 1, 2, 2, 3, 3])],
)
def test_a_sector_alone_lies_in_the_corner_where_its_middle_is(sectors, quarters):
    closeup = lay_out([[5, 5]] * sectors).closeup()
    assert [closeup.quarter(sector) for sector in range(sectors)] == quarters


def test_geometry_survives_being_stored():
    geometry = lay_out([[7, 30, 4]] * 5)
    again = Geometry.from_json(geometry.as_json())
    assert again == geometry
    assert again.position(4, 1, 29) == geometry.position(4, 1, 29)


def test_geometry_that_is_none_is_refused():
    with pytest.raises(KeyError):
        Geometry.from_json({})
