"""Rings and sectors of a radar that is made from a file."""

import pytest

from radar.importers.document import Named
from radar.importers.words import fold, plan_rings, plan_sectors

USUAL = [("Adopt", "adopt"), ("Trial", "trial"), ("Assess", "assess"), ("Hold", "hold")]


def rings(*written, declared=()):
    return [(plan.title, plan.meaning) for plan in plan_rings(declared, written, 6)]


@pytest.mark.parametrize(
    "written", [[], ["adopt"], ["Hold", "TRIAL"], ["caution", "adopt", "slip"], ["only"]]
)
def test_the_usual_rings_are_taken_where_the_file_has_no_others(written):
    assert rings(*written) == USUAL


def test_own_rings_are_ordered_by_what_they_mean():
    assert rings("retire", "adopt", "explore", "endure") == [
        ("Adopt", "adopt"),
        ("Explore", "trial"),
        ("Retire", "hold"),
        ("Endure", "hold"),
    ]


def test_rings_that_nobody_knows_keep_their_order_and_mean_what_their_place_does():
    assert rings("green", "yellow", "red") == [
        ("Green", "adopt"),
        ("Yellow", "assess"),
        ("Red", "hold"),
    ]


def test_a_word_of_many_rows_is_a_ring_and_one_of_a_few_is_a_slip():
    written = [*["Adopt"] * 40, *["Reduce"] * 5, "adpot", *["hold"] * 20, *["caution"] * 9]
    assert rings(*written) == [("Adopt", "adopt"), ("Hold", "hold"), ("Reduce", "hold")]
    assert rings(*written, *["adopt"] * 40) == USUAL


def test_numbers_go_by_their_size():
    assert rings("2", "0", "1", "0") == [("0", "adopt"), ("1", "assess"), ("2", "hold")]
    assert [one.title for one in plan_sectors([], ["10", "9", "2"], 3, 8)] == ["2", "9", "10"]


def test_declared_rings_are_taken_as_they_are():
    declared = [Named("a", "USE"), Named("b", "Try it", "How"), Named("c", "Stop")]
    assert rings("adopt", declared=declared) == [
        ("Use", "adopt"),
        ("Try it", "assess"),
        ("Stop", "hold"),
    ]


def test_a_history_that_changed_its_rings_makes_other_names_of_the_old_ones():
    written = ["adopt", "explore", "endure", "retire", "trial", "assess", "hold", "slip"]
    plans = plan_rings([], written, 6)
    assert [(plan.title, plan.meaning) for plan in plans] == USUAL
    assert [plan.aliases for plan in plans] == [
        (),
        ("explore",),
        (),
        ("caution", "endure", "retire"),
    ]


def test_caution_is_a_name_of_hold_unless_it_is_a_ring_itself():
    aliases = [plan.aliases for plan in plan_rings([], ["hold"], 6)]
    assert aliases[-1] == ("caution",)
    declared = [Named("hold", "Hold"), Named("caution", "Caution")]
    assert [plan.aliases for plan in plan_rings(declared, [], 6)] == [(), ()]


def test_sectors_are_the_usual_ones_where_all_fit():
    titles = [one.title for one in plan_sectors([], ["tools", "languages-and-frameworks"], 3, 8)]
    assert titles == ["Techniques", "Platforms", "Tools", "Languages & Frameworks"]


def test_sectors_are_filled_up_and_cut():
    assert [one.title for one in plan_sectors([], ["B", "tools"], 3, 8)] == [
        "B",
        "tools",
        "Techniques",
    ]
    many = [f"S{number}" for number in range(9)]
    assert [one.title for one in plan_sectors([], many, 3, 8)] == [*many[:7], "Unsorted"]


def test_spellings_of_one_name_fold_together():
    assert (
        fold("Languages & Frameworks")
        == fold("languages-and-frameworks")
        == fold("LANGUAGES and  frameworks")
    )
