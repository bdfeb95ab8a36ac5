from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.shell.words import ago_words, count_words, day_words, exact_words, left_words, singular

NOW = datetime(2026, 11, 24, 9, 48, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=10), "just now"),
        (timedelta(seconds=50), "1 min ago"),
        (timedelta(minutes=12), "12 min ago"),
        (timedelta(minutes=89), "89 min ago"),
        (timedelta(minutes=95), "2 h ago"),
        (timedelta(hours=35), "35 h ago"),
        (timedelta(hours=49), "2 days ago"),
        (timedelta(days=59), "59 days ago"),
        (timedelta(days=61), "24 Sep"),
        (timedelta(days=400), "20 Oct 2025"),
        (timedelta(seconds=-20), "in a moment"),
        (timedelta(minutes=-5), "in 5 min"),
        (timedelta(days=-3), "in 3 days"),
    ],
)
def test_distance_is_said_in_the_largest_fitting_unit(distance, words):
    assert ago_words(NOW - distance, NOW) == words


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(minutes=3), "3 min"),
        (timedelta(hours=5, minutes=12), "5 h 12 min"),
        (timedelta(hours=20), "20 h"),
        (timedelta(days=3), "3 days"),
        (timedelta(hours=-7), "7 h late"),
        (timedelta(seconds=-5), "1 min late"),
    ],
)
def test_what_is_left_or_missed_is_said(distance, words):
    assert left_words(NOW + distance, NOW) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "today"),
        (NOW - timedelta(days=1), "yesterday"),
        (NOW + timedelta(days=1), "tomorrow"),
        (NOW - timedelta(days=2), "22 Nov"),
        (NOW - timedelta(days=330), "29 Dec 2025"),
    ],
)
def test_day_is_named_by_its_nearness(moment, words):
    assert day_words(moment, NOW) == words


def test_exact_time_names_its_zone():
    assert exact_words(NOW, ZoneInfo("Europe/Oslo")) == "24 Nov 2026, 10:48:00 CET"


def test_counts_take_the_right_noun():
    assert count_words(1, "service") == "1 service"
    assert count_words(0, "service") == "0 services"
    assert count_words(12000, "entity", "entities") == "12\u202f000 entities"


@pytest.mark.parametrize(
    ("many", "one"), [("jobs", "job"), ("entities", "entity"), ("people", "person")]
)
def test_list_of_one_is_named_in_the_singular(many, one):
    assert singular(many) == one
