import pytest

from scorecards.words import effort, points, web_address


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (None, 0, ""),
        (0.0, 0, "0"),
        (100.0, 0, "100"),
        (99.6, 0, "99"),
        (99.99, 0, "99"),
        (99.99, 1, "99.9"),
        (0.3, 0, "1"),
        (0.01, 1, "0.1"),
        (78.6, 0, "79"),
        (91.94, 1, "91.9"),
        (100.0, 1, "100.0"),
    ],
)
def test_rounding_hides_neither_the_last_failure_nor_the_first_pass(value, digits, words):
    assert points(value, digits) == words


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "//elsewhere.example/x",
        "https://",
        "http://[",
        "relative",
        "",
    ],
)
def test_what_is_no_web_address_is_not_linked(text):
    assert web_address(text) == ""


@pytest.mark.parametrize("text", ["https://example.com/a?b#c", "http://localhost:1", "/handbook/"])
def test_web_addresses_and_own_paths_are_linked(text):
    assert web_address(text) == text


def test_effort_in_the_unit_people_plan_in():
    assert [effort(minutes) for minutes in (30, 90, 100, 480)] == [
        "30 min",
        "1.5 h",
        "1.7 h",
        "8 h",
    ]
