from math import dist, sin
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar.geometry import STRIP, lay_out
from radar.slots import SegmentIsFullError, assign, fits

GEOMETRY = lay_out([[20, 20, 20, 20]] * 4)
SEGMENT = (1, 2)


def wanted(*names, segment=SEGMENT):
    return dict.fromkeys(names, segment)


def where(slots, segment=SEGMENT):
    return {name: (*segment, slot) for name, slot in slots.items()}


def place(slot):
    return GEOMETRY.position(*SEGMENT, slot)


def test_who_stays_in_the_segment_keeps_the_slot():
    before = assign(GEOMETRY, wanted("go", "rust", "zig"), {})
    after = assign(GEOMETRY, wanted("ada", "go", "zig"), where(before))
    assert (after["go"], after["zig"]) == (before["go"], before["zig"])
    assert len(set(after.values())) == 3


def test_who_comes_from_another_segment_is_a_newcomer():
    before = {"go": (1, 1, 7), "rust": (1, 2, 7)}
    slots = assign(GEOMETRY, wanted("go", "rust"), before)
    assert slots["rust"] == 7
    assert slots["go"] != 7


def test_newcomer_keeps_away_from_the_used_ones_and_from_the_edges():
    before = assign(GEOMETRY, wanted("go", "rust", "zig"), {})
    after = assign(GEOMETRY, wanted("ada", "go", "rust", "zig"), where(before))
    free = set(range(GEOMETRY.capacity(2))) - set(before.values())

    def room(slot):
        used = min(dist(place(slot), place(other)) for other in before.values())
        away, angle = GEOMETRY.slots(2)[slot]
        sideways = away * sin(min(angle, GEOMETRY.wedge - angle)) - STRIP
        inner, outer = GEOMETRY.bounds[1:3]
        return min(used, 2 * sideways, 2 * (away - inner), 2 * (outer - away))

    assert room(after["ada"]) == pytest.approx(max(map(room, free)), abs=2)


def test_first_of_a_segment_stands_in_its_middle():
    for number in range(8):
        (slot,) = assign(GEOMETRY, wanted(f"t{number}"), {}).values()
        _, angle = GEOMETRY.slots(2)[slot]
        assert angle == pytest.approx(GEOMETRY.wedge / 2, abs=GEOMETRY.wedge / 10)


def test_800_blips_are_placed_within_50_ms():
    segments = {f"technology-{number}": (number % 4, number // 4 % 4) for number in range(800)}
    start = process_time()
    slots = assign(lay_out([[50] * 4] * 4), segments, {})
    assert process_time() - start < 0.05
    assert len({(segments[key], slot) for key, slot in slots.items()}) == 800


def test_order_of_what_is_given_does_not_matter():
    names = [f"technology-{number}" for number in range(24)]
    assert assign(GEOMETRY, wanted(*names), {}) == assign(GEOMETRY, wanted(*names[::-1]), {})


def test_two_that_claim_one_slot_are_kept_apart():
    slots = assign(GEOMETRY, wanted("go", "rust"), {"rust": (1, 2, 5), "go": (1, 2, 5)})
    assert slots["go"] == 5
    assert slots["rust"] != 5


def test_slot_that_is_no_longer_there_is_given_up():
    beyond = GEOMETRY.capacity(2)
    assert assign(GEOMETRY, wanted("go"), {"go": (1, 2, beyond)})["go"] < beyond


def test_segment_that_overflows_is_refused():
    names = [f"technology-{number}" for number in range(GEOMETRY.capacity(2) + 1)]
    assert fits(GEOMETRY, wanted(*names[1:]))
    assert not fits(GEOMETRY, wanted(*names))
    with pytest.raises(SegmentIsFullError, match=f"{len(names)} blips do not fit"):
        assign(GEOMETRY, wanted(*names), {})


@pytest.mark.parametrize("segment", [(4, 0), (0, 4)])
def test_segment_that_is_not_there_does_not_fit(segment):
    assert not fits(GEOMETRY, wanted("go", segment=segment))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sets(st.integers(0, 60), max_size=26), min_size=2, max_size=8))
def test_over_any_series_nobody_who_stays_moves_and_no_slot_is_shared(editions):
    before = {}
    for numbers in editions:
        names = {f"technology-{number}" for number in numbers}
        slots = assign(GEOMETRY, wanted(*names), before)
        assert len(set(slots.values())) == len(slots) == len(names)
        for name in names & set(before):
            assert slots[name] == before[name][2]
        before = where(slots)
