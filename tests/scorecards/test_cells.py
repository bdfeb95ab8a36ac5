from scorecards.cells import Figures, level_cell, number_cell, score_cell, service_score_cell


def figures(**changes) -> Figures:
    whole = Figures(
        level="Gold",
        rank=3,
        levels=3,
        is_held=False,
        score=82.4,
        low=82.4,
        high=82.4,
        failed=2,
        unknown=0,
    )
    return whole._replace(**changes)


def test_level_is_said_and_a_held_one_marked():
    assert level_cell(figures()).endswith("</svg>Gold</span>")
    assert level_cell(figures(is_held=True)).endswith('Gold</span> <small class="t3">held</small>')


def test_level_of_a_pack_is_escaped():
    assert "&lt;b&gt;" in level_cell(figures(level="<b>"))


def test_service_without_standing_was_not_evaluated():
    assert "not evaluated" in level_cell(None)
    assert "not evaluated" in number_cell(None)
    assert "not measured" in service_score_cell(None)


def test_score_has_a_range_while_something_is_unknown():
    assert service_score_cell(figures()) == "82"
    drawn = service_score_cell(figures(unknown=2, low=60.0, high=90.0))
    assert "60\N{EN DASH}90</small> 82" in drawn


def test_range_that_rounds_to_one_number_is_not_shown():
    assert service_score_cell(figures(unknown=1, low=82.1, high=82.4)) == "82"


def test_score_of_nothing_known_is_not_measured():
    assert "not measured" in service_score_cell(figures(score=None, unknown=4))
    assert "not measured" in score_cell(None)


def test_zero_is_a_number_and_dimmed():
    assert number_cell(0) == '<span class="dim">0</span>'
    assert number_cell(7) == "<span>7</span>"
