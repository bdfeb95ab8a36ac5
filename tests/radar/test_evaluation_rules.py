"""What scores add up to: every boundary, panels of any size, knock-outs, and odd schemes."""

from dataclasses import replace

import pytest

from radar import evaluation_rules as rules
from radar.evaluation_rules import Band, Criterion, KnockOut, Scale
from radar.evaluation_scheme import BANDS, CRITERIA, KNOCK_OUTS

POC = Scale.read(CRITERIA, BANDS, KNOCK_OUTS)
KEYS = [row.key for row in POC.criteria]


def sheet(*scores: int | None):
    given = scores * len(KEYS) if len(scores) == 1 else scores
    return {key: {"score": score} for key, score in zip(KEYS, given, strict=True)}


def adding_up_to(total: int):
    """A complete sheet of a total, as even as it can be."""
    each, more = divmod(total, len(KEYS))
    return sheet(*(each + (number < more) for number in range(len(KEYS))))


def test_the_built_in_scheme_asks_the_ten_questions_in_two_groups():
    technical, business = POC.groups

    assert technical[0] == "Technical fit"
    assert [row.title for row in technical[1]] == [
        "Solves the actual problem",
        "Integrates with existing stack",
        "Acceptable performance characteristics",
        "Reasonable learning curve",
        "Active maintenance and community",
    ]
    assert business[0] == "Business impact"
    assert [row.title for row in business[1]] == [
        "Time to market improvement",
        "Cost reduction potential",
        "Competitive advantage",
        "Risk profile acceptable",
        "Team capability match",
    ]
    assert (POC.smallest, POC.largest) == (10, 50)
    assert rules.problems(POC) == {}
    said = [anchor for row in POC.criteria for anchor in row.anchors]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize(
    ("total", "title", "ring", "ring_if_new"),
    [
        (10, "Do not proceed", "hold", ""),
        (14, "Do not proceed", "hold", ""),
        (15, "Continue assessment", "assess", "assess"),
        (24, "Continue assessment", "assess", "assess"),
        (25, "Trial in a non-critical path", "trial", "trial"),
        (34, "Trial in a non-critical path", "trial", "trial"),
        (35, "Strong adopt candidate", "adopt", "adopt"),
        (50, "Strong adopt candidate", "adopt", "adopt"),
    ],
)
def test_every_boundary(total, title, ring, ring_if_new):
    scores = adding_up_to(total)
    band = rules.verdict(scores, POC)
    outcome = rules.panel([scores], POC)

    assert band is not None
    assert outcome is not None
    assert (rules.total(scores, POC), band.title) == (total, title)
    assert (outcome.total, outcome.band) == (total, band)
    assert rules.proposed_meaning(band, is_new=False) == ring
    assert rules.proposed_meaning(band, is_new=True) == ring_if_new


@pytest.mark.parametrize("total", [-1, 0, 9, 51])
def test_there_is_no_verdict_on_a_total_that_no_sheet_can_have(total):
    with pytest.raises(ValueError, match="no total"):
        POC.verdict(total)


def test_an_incomplete_sheet_has_neither_total_nor_verdict():
    scores = sheet(5, 5, 5, 5, 5, 5, 5, 5, 5, None)

    assert not rules.is_complete(scores, POC)
    assert rules.total(scores, POC) is None
    assert rules.verdict(scores, POC) is None
    assert rules.panel([scores], POC) is None
    assert [row.key for row in rules.missing(scores, POC)] == ["capability"]
    assert rules.total({}, POC) is None


@pytest.mark.parametrize(
    ("values", "median"),
    [([4], 4), ([2, 5], 2), ([5, 1, 3], 3), ([5, 4, 2, 1], 2), ([3, 3, 4, 4, 5, 5], 4)],
)
def test_the_median_of_an_even_number_is_the_lower_one(values, median):
    assert rules.lower_median(values) == median


def test_a_panels_total_is_the_sum_of_the_medians_and_not_the_median_of_the_totals():
    ups = sheet(5, 5, 5, 5, 5, 1, 1, 1, 1, 1)
    downs = sheet(1, 1, 1, 1, 1, 5, 5, 5, 5, 5)
    outcome = rules.panel([ups, downs, sheet(4)], POC)

    assert outcome is not None
    assert outcome.totals == (30, 30, 40)
    assert outcome.total == 40
    assert outcome.band.verdict == "adopt"
    assert {row.spread for row in outcome.heard} == {4}


def test_disagreement_begins_two_scores_apart_and_comes_widest_first():
    calm = sheet(3)
    other = sheet(4, 5, 3, 3, 3, 1, 3, 3, 3, 3) | {"cost": {"score": 5}}
    other["risk"] = {"score": 5}
    outcome = rules.panel([calm, other, sheet(3) | {"problem": {"score": 1}}], POC)

    assert outcome is not None
    assert [(row.criterion.key, row.spread) for row in outcome.disputed] == [
        ("problem", 3),
        ("integration", 2),
        ("time_to_market", 2),
        ("cost", 2),
        ("risk", 2),
    ]
    assert not outcome.heard[2].is_disputed


def test_too_few_complete_sheets_say_nothing_together():
    sheets = [sheet(4), sheet(4), sheet(None)]

    assert rules.panel(sheets, POC, quorum=3) is None
    found = rules.panel(sheets, POC, quorum=2)
    assert found is not None
    assert found.totals == (40, 40)
    assert rules.panel([], POC, quorum=0) is None


def test_knock_outs_are_flagged_and_leave_the_verdict_alone():
    scores = sheet(5) | {"cost": {"score": 1}, "risk": {"score": 2}, "advantage": {"score": 2}}
    outcome = rules.panel([scores], POC)

    assert outcome is not None
    assert [(flag.criterion.key, flag.score) for flag in outcome.flags] == [
        ("cost", 1),
        ("risk", 2),
    ]
    assert outcome.flags[0].sentence == (
        "Cost reduction potential has 1 of 5: Much dearer than today."
    )
    assert (outcome.total, outcome.band.verdict) == (40, "adopt")
    assert rules.flags(sheet(3), POC) == ()
    assert len(rules.flags(sheet(1), POC)) == 10


def test_knock_outs_look_at_the_median_and_not_at_one_voice():
    outcome = rules.panel([sheet(1), sheet(3), sheet(3)], POC)

    assert outcome is not None
    assert outcome.flags == ()


def test_two_versions_of_a_sheet_are_compared_criterion_by_criterion():
    ours = sheet(3) | {"risk": {"score": 2, "evidence": "Keys"}, "cost": {"score": None}}
    theirs = sheet(3) | {"risk": {"score": 2, "evidence": ""}}

    assert rules.differences(ours, theirs, POC) == {
        "cost": {
            "yours": {"score": None, "evidence": ""},
            "saved": {"score": 3, "evidence": ""},
        },
        "risk": {
            "yours": {"score": 2, "evidence": "Keys"},
            "saved": {"score": 2, "evidence": ""},
        },
    }
    assert rules.differences(ours, ours, POC) == {}


@pytest.mark.parametrize("value", [0, 6, -1, 2.5, "3", True, None])
def test_what_is_no_score(value):
    assert not rules.is_score(value)


def test_a_scheme_survives_being_written_and_read():
    written = POC.written()

    assert written["criteria"] == CRITERIA
    assert Scale.read(**written) == POC


def criterion(number: int, **changes) -> Criterion:
    made = Criterion(f"c{number}", "All", f"Criterion {number}", "", ("a", "b", "c", "d", "e"))
    return replace(made, **changes)


OTHER = Scale(
    criteria=(criterion(1), criterion(2), criterion(3)),
    bands=(Band(9, "yes", "Yes", "trial"), Band(3, "no", "No", "")),
    knock_outs=(KnockOut("c3", 2),),
)


def test_another_scheme_has_its_own_totals():
    assert rules.problems(OTHER) == {}
    assert (OTHER.smallest, OTHER.largest) == (3, 15)
    assert [OTHER.verdict(total).verdict for total in (3, 8, 9, 15)] == ["no", "no", "yes", "yes"]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"criteria": (criterion(1),)}, "criteria", "2 to 20"),
        ({"criteria": (criterion(1), criterion(1))}, "criteria", "one name"),
        ({"criteria": (criterion(1, title=" "), criterion(2))}, "criteria", "title and a group"),
        ({"criteria": (criterion(1, anchors=("a",)), criterion(2))}, "criteria", "every score"),
        ({"bands": ()}, "bands", "1 to 6"),
        ({"bands": (Band(4, "a", "A", ""),)}, "bands", "starts at 3 or below"),
        ({"bands": (Band(16, "a", "A", ""), Band(3, "b", "B", ""))}, "bands", "above 15"),
        ({"bands": (Band(3, "a", "A", ""), Band(3, "b", "B", ""))}, "bands", "at one total"),
        ({"bands": (Band(3, "a", " ", ""),)}, "bands", "in words"),
        ({"bands": (Band(3, "a", "A", "maybe"),)}, "bands", "adopt, trial"),
        ({"knock_outs": (KnockOut("c9", 1),)}, "knock_outs", "no criterion c9"),
        ({"knock_outs": (KnockOut("c1", 6),)}, "knock_outs", "from 1 to 5"),
    ],
)
def test_schemes_that_can_not_be(changes, field, words):
    found = rules.problems(replace(OTHER, **changes))

    assert words in found[field]
