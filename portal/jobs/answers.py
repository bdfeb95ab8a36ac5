"""The last answers of conditional requests, kept with their ETag.

A client sends `If-None-Match` with the kept ETag; "not modified" costs the service nothing and
means that the kept body still holds.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from portal.jobs.models import CachedAnswer

KEEP_FOR = timedelta(days=14)
_LONGEST_KEY = 500


def recall(key: str) -> CachedAnswer | None:
    """What was last answered under this key, or None."""
    return CachedAnswer.objects.filter(key=_fitting(key)).first()


def remember(key: str, *, etag: str, body: Any, next_url: str = "", now: datetime) -> None:
    """Keep an answer in place of the last one. An ETag too long to keep drops it instead."""
    if len(etag) > 300 or len(next_url) > 1000:
        CachedAnswer.objects.filter(key=_fitting(key)).delete()
        return
    CachedAnswer.objects.update_or_create(
        key=_fitting(key),
        defaults={"etag": etag, "body": _storable(body), "next_url": next_url, "seen_at": now},
    )


def touch(key: str, *, now: datetime) -> None:
    """The kept answer was confirmed to be unchanged."""
    CachedAnswer.objects.filter(key=_fitting(key)).update(seen_at=now)


def forget(prefix: str) -> int:
    """Drop every answer whose key starts with `prefix`; answers how many."""
    count, _ = CachedAnswer.objects.filter(key__startswith=prefix).delete()
    return count


def prune(now: datetime) -> int:
    """Drop what nobody asked for lately; answers how many."""
    count, _ = CachedAnswer.objects.filter(seen_at__lt=now - KEEP_FOR).delete()
    return count


def _storable(value: Any) -> Any:
    """A body as `jsonb` takes it: texts without NUL and halves of characters."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value


def _fitting(key: str) -> str:
    """The key itself, or one that begins like it and tells it apart from all others."""
    if len(key) <= _LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: _LONGEST_KEY - len(digest) - 1]} {digest}"
