from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache

from portal.lib.registry import Registry


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """The frame keeps counts for a moment; no test sees another's."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`only(registry, entry, …)`: for this test the registry holds these entries alone."""

    def replace(registry: Registry[Any], *entries: Any) -> None:
        monkeypatch.setattr(registry, "_entries", {entry.key: entry for entry in entries})

    return replace
