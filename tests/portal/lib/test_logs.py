"""Log lines: one JSON object each, ids bound, nothing secret."""

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from portal.lib.logs import REDACTED, clean_text, is_secret_name, logging_settings


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What a logger named `tried` writes, as the JSON handler writes it."""
    settings = logging_settings(style="json", level="INFO")
    stream = io.StringIO()
    formatter = settings["formatters"]["structured"]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
        )
    )
    logger = logging.getLogger("tried")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_line_of_structlog_is_json_with_time_level_and_name(lines: Any) -> None:
    structlog.stdlib.get_logger("tried").info("it happened", count=3)
    (line,) = lines()
    assert line["event"] == "it happened"
    assert line["count"] == 3
    assert line["level"] == "info"
    assert line["logger"] == "tried"
    assert line["timestamp"].endswith("Z")


def test_line_of_the_standard_library_looks_the_same(lines: Any) -> None:
    logging.getLogger("tried").warning("took %d s", 4, extra={"service": "billing"})
    (line,) = lines()
    assert line["event"] == "took 4 s"
    assert line["level"] == "warning"
    assert line["service"] == "billing"


def test_bound_ids_are_on_every_line_and_gone_afterwards(lines: Any) -> None:
    with structlog.contextvars.bound_contextvars(job_id=7, request_id="r-1"):
        structlog.stdlib.get_logger("tried").info("inside")
        logging.getLogger("tried").info("inside too")
    structlog.stdlib.get_logger("tried").info("outside")
    inside, inside_too, outside = lines()
    assert (inside["job_id"], inside["request_id"]) == (7, "r-1")
    assert (inside_too["job_id"], inside_too["request_id"]) == (7, "r-1")
    assert "job_id" not in outside


def test_secrets_are_taken_out_by_name_at_any_depth(lines: Any) -> None:
    structlog.stdlib.get_logger("tried").info(
        "call",
        headers={"Authorization": "Bearer abc", "Set-Cookie": ["a=b"], "Accept": "json"},
        settings=[{"GITHUB_TOKEN": "t", "GITHUB_ORG": "acme"}],
        password="p",
    )
    (line,) = lines()
    assert line["headers"] == {
        "Authorization": REDACTED,
        "Set-Cookie": REDACTED,
        "Accept": "json",
    }
    assert line["settings"] == [{"GITHUB_TOKEN": REDACTED, "GITHUB_ORG": "acme"}]
    assert line["password"] == REDACTED


def test_secrets_are_taken_out_of_tracebacks(lines: Any) -> None:
    try:
        raise ValueError("cannot reach postgresql://portal:hush@db/portal")
    except ValueError:
        logging.getLogger("tried").exception("failed")
    (line,) = lines()
    assert "ValueError" in line["exception"]
    assert "hush" not in line["exception"]


@pytest.mark.parametrize(
    "name",
    [
        *("password", "user_password", "GITHUB_TOKEN", "token", "accessToken", "apiKey", "API-Key"),
        *("authorization", "Proxy-Authorization", "cookie", "set_cookie", "secret", "clientSecret"),
        *("SECRET_KEY", "private_key", "creditCard", "credentials"),
    ],
)
def test_secret_name(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["tokens_left", "tokenizer", "passworded", "secretary", "path", "key", "keys", "author"]
)
def test_name_that_only_looks_secret(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Authorization: Bearer abcdefgh12345678", f"Authorization: Bearer {REDACTED}"),
        ("used ghp_" + "a" * 36, f"used {REDACTED}"),
        ("used github_pat_" + "a" * 40, f"used {REDACTED}"),
        ("jwt eyJhbGciOi.eyJzdWIi.c2ln", f"jwt {REDACTED}"),
        ("redis://:hush@redis/0", f"redis://:{REDACTED}@redis/0"),
        ("https://example.com/a@b", "https://example.com/a@b"),
        ("a token is missing", "a token is missing"),
    ],
)
def test_clean_text(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned
