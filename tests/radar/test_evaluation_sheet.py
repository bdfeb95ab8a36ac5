"""A sheet as it is drawn, and pictures of totals and spreads."""

import re

import pytest

from radar.evaluation_rules import Band, Criterion, Heard, Scale
from radar.evaluation_sheet import Sum, bands_shown, groups
from radar.templatetags.evaluations import given, total_scale

ANCHORS = ("none", "little", "some", "much", "all")


def scale_of(*starts, criteria=4):
    """A scheme with verdicts from these totals on, the highest first."""
    return Scale(
        criteria=tuple(
            Criterion(f"c{at}", "Odd" if at % 2 else "Even", f"Criterion {at}", "?", ANCHORS)
            for at in range(criteria)
        ),
        bands=tuple(Band(start, f"v{start}", f"From {start}", "adopt") for start in starts),
        knock_outs=(),
    )


def scored(*scores):
    return {f"c{at}": {"score": score, "evidence": ""} for at, score in enumerate(scores)}


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        ((15, 10, 4), ["15 up", "10 to 14", "below 10"]),
        ((12, 0), ["12 up", "below 12"]),
        ((4,), ["any"]),
    ],
)
def test_bands_say_which_totals_they_cover(starts, words):
    assert [row.words for row in bands_shown(scale_of(*starts), None)] == words


def test_band_that_is_reached_is_marked():
    found = Sum(scale_of(15, 10, 4), scored(3, 3, 3, 2))

    assert found.total == 11
    assert [row.is_reached for row in found.bands] == [False, True, False]


def test_criteria_are_numbered_as_they_are_shown_and_grouped():
    first, second = groups(scale_of(4), scored(5, 4, None, 1))

    assert (first.title, first.subtotal, first.most) == ("Even", 5, 10)
    assert [line.criterion.key for line in second.lines] == ["c1", "c3"]
    assert second.lines[0].said == "much"
    assert first.lines[1].said == ""


def test_scores_without_a_word_are_named():
    scores = scored(5, 4, None, 1)
    scores["c1"]["evidence"] = "Seen."

    assert Sum(scale_of(4), scores).without_evidence == ["Criterion 0", "Criterion 3"]


def test_scale_draws_a_band_each_and_a_pin_at_the_total():
    drawn = total_scale(scale_of(15, 10, 4), 12)

    assert drawn.count("<rect") == 3
    assert drawn.count('class="on"') == 1
    assert 'aria-label="12. Scale from 4 to 20, verdicts from 10, 15"' in drawn
    assert '<g transform="translate(150.0 0)">' in drawn
    assert "<g" not in total_scale(scale_of(15, 10, 4), None)


def test_numbers_below_the_scale_do_not_run_into_each_other():
    drawn = total_scale(scale_of(99, 98, 97, 50, criteria=20), None)

    assert re.findall(r">(\d+)</text>", drawn) == ["20", "50", "100"]


@pytest.mark.parametrize(
    ("scores", "words", "is_far"),
    [((2, 4, 5), "from 2 to 5, median 4", True), ((3, 3), "from 3 to 3, median 3", False)],
)
def test_spread_is_drawn_with_its_words(scores, words, is_far):
    median = sorted(scores)[(len(scores) - 1) // 2]
    heard = Heard(scale_of(4).criteria[0], scores, median, max(scores) - min(scores))

    drawn = given(heard)

    assert f'aria-label="{words}"' in drawn
    assert (" far" in drawn) is is_far
