"""Values kept for a moment. They may differ between processes and lag behind for that long."""

from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache

T = TypeVar("T")


def kept(key: str, seconds: int, load: Callable[[], T]) -> T:
    """The value under `key`, loaded when it is older than `seconds`. None is a value too."""
    found: tuple[T] | None = cache.get(key)
    if found is None:
        found = (load(),)
        cache.set(key, found, seconds)
    return found[0]
