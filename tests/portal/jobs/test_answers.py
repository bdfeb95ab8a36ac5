import json
from datetime import UTC, datetime, timedelta

import pytest

from portal.jobs import answers

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_answer_is_recalled_by_its_key() -> None:
    answers.remember("github /a", etag='"1"', body=[1, 2], next_url="/a?page=2", now=NOW)
    found = answers.recall("github /a")
    assert found is not None
    assert (found.etag, found.body, found.next_url) == ('"1"', [1, 2], "/a?page=2")
    assert answers.recall("github /b") is None


def test_newer_answer_takes_the_place_of_the_last() -> None:
    answers.remember("github /a", etag='"1"', body=[1], now=NOW)
    answers.remember("github /a", etag='"2"', body=[2], now=NOW)
    found = answers.recall("github /a")
    assert found is not None
    assert (found.etag, found.body) == ('"2"', [2])


def test_body_with_what_no_jsonb_holds_is_kept_without_it() -> None:
    body = json.loads('[{"na\\u0000me": "a\\u0000b"}, ["\\ud800 half"], "\\ud83d\\ude00", 1, null]')
    answers.remember("github /a", etag='"1"', body=body, now=NOW)
    found = answers.recall("github /a")
    assert found is not None
    assert found.body == [{"name": "ab"}, ["? half"], "\U0001f600", 1, None]


def test_keys_too_long_to_keep_are_told_apart() -> None:
    first, second = "github /" + "a" * 600 + "1", "github /" + "a" * 600 + "2"
    answers.remember(first, etag='"1"', body=1, now=NOW)
    answers.remember(second, etag='"2"', body=2, now=NOW)
    found = answers.recall(first)
    assert found is not None
    assert found.body == 1
    assert answers.forget("github /a") == 2


def test_answer_that_cannot_be_kept_leaves_no_old_one_behind() -> None:
    answers.remember("github /a", etag='"1"', body=[1], now=NOW)
    answers.remember("github /a", etag="x" * 301, body=[2], now=NOW)
    assert answers.recall("github /a") is None


def test_answers_are_forgotten_by_prefix() -> None:
    for key in ("github org/a", "github org/b", "github other/a"):
        answers.remember(key, etag='"1"', body=[], now=NOW)
    assert answers.forget("github org/") == 2
    assert answers.recall("github other/a") is not None


def test_prune_keeps_what_was_confirmed_lately() -> None:
    for key in ("a", "b"):
        answers.remember(key, etag='"1"', body=[], now=NOW)
    later = NOW + answers.KEEP_FOR + timedelta(seconds=1)
    answers.touch("a", now=later - timedelta(days=1))
    assert answers.prune(later) == 1
    assert answers.recall("a") is not None
