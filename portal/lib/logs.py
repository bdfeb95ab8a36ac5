"""Structured logs: one JSON object a line, with the request's and the job's id, without secrets.

Both structlog and the standard library's loggers end here. Whoever works on something binds
its id for the time being, and every line written meanwhile carries it:

    with structlog.contextvars.bound_contextvars(job_id=job.pk):
        ...
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

REDACTED = "[redacted]"

# Whole words of a key, however the words are joined: "GITHUB_TOKEN", "set-cookie", "apiKey".
_SECRET_WORDS = re.compile(
    r"(?:^|[^a-z])(?:passwords?|passwd|secrets?|token|authorization|cookies?|credentials?"
    r"|api[_-]?key|secret[_-]?key|private[_-]?key|credit[_-]?card)(?:$|[^a-z])"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SECRET_TEXT = [
    # A scheme and what follows it, as in an Authorization header.
    (re.compile(r"\b(Bearer|Basic|token) +[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), r"\1 "),
    # Tokens that say what they are: GitHub's, ours, and JSON Web Tokens.
    (re.compile(r"\b(?:gh[pousr]_|github_pat_|ccp_)[A-Za-z0-9_]{16,}"), ""),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), ""),
    # The password of an address.
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+(?=@)"), r"\1"),
]
_DEPTH = 6


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Take secrets out of a log line: by the name of their key, and by their looks in text."""
    return {key: _clean(key, value, _DEPTH) for key, value in event.items()}


def _clean(key: str, value: Any, depth: int) -> Any:
    if value and is_secret_name(key):
        return REDACTED
    if isinstance(value, str):
        return clean_text(value)
    if depth and isinstance(value, Mapping):
        return {name: _clean(str(name), one, depth - 1) for name, one in value.items()}
    if depth and isinstance(value, (list, tuple)):
        return [_clean("", one, depth - 1) for one in value]
    return value


def is_secret_name(key: str) -> bool:
    """Whether a value under this name is nobody's business."""
    return bool(_SECRET_WORDS.search(_CAMEL.sub("_", key).lower()))


def clean_text(text: str) -> str:
    for pattern, kept in _SECRET_TEXT:
        text = pattern.sub(rf"{kept}{REDACTED}", text)
    return text


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    redact,
]


def configure_structlog() -> None:
    """Send structlog's lines through the standard library, where handlers and levels are."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging_settings(*, style: str, level: str) -> dict[str, Any]:
    """What `logging.config.dictConfig` takes: one handler, on standard error.

    `style` is "json" for machines or "console" for people.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer(default=str)
        if style == "json"
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    drop_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    quiet = logging.getLevelName(max(logging.WARNING, getattr(logging, level)))
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [drop_meta, renderer],
            }
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "structured"},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            # The access line says it already; tracebacks of errors stay.
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "gunicorn.error": {"handlers": [], "level": quiet, "propagate": True},
            # Their lines of every call and message are of use only when they go wrong.
            "httpx": {"level": quiet},
            "httpcore": {"level": quiet},
            "kombu": {"level": quiet},
        },
    }
