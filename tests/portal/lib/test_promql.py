import pytest

from portal.lib.promql import parse_duration, quoted


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 300),
        ("1h30m", 5400),
        ("24h", 86400),
        ("1w", 604800),
        ("1500ms", 1.5),
        ("1y", 31536000),
    ],
)
def test_duration_is_parsed(text: str, seconds: float) -> None:
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "1m1h", "-5m", "1.5h"])
def test_text_that_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        parse_duration(text)


def test_label_value_is_quoted() -> None:
    assert quoted('a"b\\c\nd') == r'"a\"b\\c\nd"'
