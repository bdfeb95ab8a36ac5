"""Which edition a name says."""

from datetime import date

import pytest

from radar.importers.dates import NoSuchDate, day_of, day_of_file, title_of


@pytest.mark.parametrize(
    ("words", "on", "key", "title"),
    [
        ("Some Radar Volume 29 (Sep 2023)", (2023, 9, 1), "2023-09", "Volume 29 (Sep 2023)"),
        ("radar-2026-q4", (2026, 10, 1), "2026-q4", "2026-Q4"),
        ("Q2 2024", (2024, 4, 1), "2024-q2", "2024-Q2"),
        ("2022H1", (2022, 1, 1), "2022-h1", "2022-H1"),
        ("radar h2 2026", (2026, 7, 1), "2026-h2", "2026-H2"),
        ("2026.05", (2026, 5, 1), "2026-05", "May 2026"),
        ("x_2023-10-17_final", (2023, 10, 17), "2023-10-17", "2023-10-17"),
        ("June 2021 radar", (2021, 6, 1), "2021-06", "Jun 2021"),
    ],
)
def test_a_date_is_found_in_a_name(words, on, key, title):
    day = day_of_file(words)
    assert (day.date, day.key, day.title) == (date(*on), key, title)


@pytest.mark.parametrize(
    "words", ["radar", "v1.2", "12345-67", "2024", "marching 20", "1066-10-14"]
)
def test_names_without_a_date_have_none(words):
    assert day_of_file(words) is None


@pytest.mark.parametrize("words", ["2023-02-30", "2026.13", "2026-00-01"])
def test_a_date_that_does_not_exist_is_said_in_a_file_and_passed_over_in_a_name(words):
    with pytest.raises(NoSuchDate, match="no date that exists"):
        day_of(words)
    assert day_of_file(words) is None


@pytest.mark.parametrize(
    ("stem", "title"),
    [
        ("Some Technology Radar Volume 29 (Sep 2023)", "Some Technology Radar"),
        ("acme-radar_2026-q3", "Acme radar"),
        ("2023-01-01", ""),
    ],
)
def test_a_radar_is_called_as_its_file_without_the_date(stem, title):
    assert title_of(stem) == title
