"""What changed between two versions of a document, short enough for an audit event. Pure."""

from collections.abc import Iterator
from typing import Any

_MOST = 20
_LONGEST = 200
_MISSING = object()

Changes = dict[str, object]


def changes(before: object, after: object) -> tuple[Changes, Changes]:
    """The values that differ, by the path of their key, in the old and in the new version."""
    old: Changes = {}
    new: Changes = {}
    for path, was, now in _differences(before, after, ""):
        if len(old) >= _MOST or len(new) >= _MOST:
            break
        if was is not _MISSING:
            old[path] = _short(was)
        if now is not _MISSING:
            new[path] = _short(now)
    return old, new


def _differences(was: Any, now: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(was, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*was, *now]):
            below = f"{path}.{key}" if path else key
            yield from _differences(was.get(key, _MISSING), now.get(key, _MISSING), below)
    elif was is _MISSING or now is _MISSING or was != now:
        yield path, was, now


def _short(value: object) -> object:
    if isinstance(value, (bool, int)) or value is None:
        return value
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
