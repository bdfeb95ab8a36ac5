"""The hash chain: pure functions over events.

Each event's hash covers the hash before it and every field, so that whoever changes, removes or
inserts a row outside the portal breaks every hash from there on. Cutting the newest events off
leaves a shorter chain that is whole in itself; a hash noted elsewhere (`verify_audit --expect`)
shows that.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from django.core.serializers.json import DjangoJSONEncoder

GENESIS = "0" * 64
_EXACT_FLOATS = 10**15  # beyond it PostgreSQL writes a float as the integer it stands for


class Linked(Protocol):
    """The fields of an event that its hash covers."""

    @property
    def pk(self) -> int: ...

    at: datetime
    actor_id: str
    actor_name: str
    verb: str
    subject_kind: str
    subject_key: str
    subject_title: str
    before: object
    after: object
    request_id: str
    is_sample: bool
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class Break:
    """The first event that does not fit, and why."""

    event_id: int
    at: datetime
    reason: str


@dataclass
class Walk:
    """What a walk over one chain found."""

    count: int = 0
    last_hash: str = GENESIS
    broken: Break | None = None
    found_expected: bool = False


def event_hash(event: Linked) -> str:
    """SHA-256 over the previous hash and every field, as canonical JSON in UTF-8."""
    content = [
        event.previous_hash,
        event.at.astimezone(UTC).isoformat(),
        event.actor_id,
        event.actor_name,
        event.verb,
        event.subject_kind,
        event.subject_key,
        event.subject_title,
        event.before,
        event.after,
        event.request_id,
        event.is_sample,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def walk(events: Iterable[Linked], *, expected: str = "") -> Walk:
    """Follow a chain from its first event; stops at the first one that does not fit."""
    found = Walk(found_expected=not expected)
    for event in events:
        reason = ""
        if event.previous_hash != found.last_hash:
            reason = "it does not follow the event before it: one was removed, added or moved"
        elif event.hash != event_hash(event):
            reason = "its content is not what was written"
        if reason:
            found.broken = Break(event.pk, event.at, reason)
            return found
        found.count += 1
        found.last_hash = event.hash
        found.found_expected = found.found_expected or event.hash == expected
    return found


def stored(content: Mapping[str, object] | None) -> dict[str, object] | None:
    """`content` exactly as both databases give it back, so that its hash can be checked later.

    Dates and decimals become text; NUL and lone surrogates, which PostgreSQL refuses, become
    U+FFFD; floats come out as JSON numbers that no database rewrites.
    """
    if content is None:
        return None
    plain = json.loads(json.dumps(content, cls=DjangoJSONEncoder))
    return {text(str(key)): _stored(value) for key, value in plain.items()}


def _stored(value: object) -> object:
    match value:
        case dict():
            return {text(key): _stored(item) for key, item in value.items()}
        case list():
            return [_stored(item) for item in value]
        case str():
            return text(value)
        case float():
            return _number(value)
        case _:
            return value


def _number(value: float) -> object:
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return 0.0
    return int(value) if abs(value) >= _EXACT_FLOATS and value.is_integer() else value


def text(value: str) -> str:
    """`value` without what a database refuses to keep."""
    clean = value.replace("\x00", "\ufffd")
    if clean.isascii():
        return clean
    return clean.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
