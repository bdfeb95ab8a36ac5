from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from tests.browser.pages import Stage, prepare


@pytest.fixture
def stage(live_server: Any) -> Stage:
    """A portal with a little of everything in it."""
    cache.clear()
    return prepare()


@pytest.fixture
def addresses_of(stage: Stage) -> Callable[[str], list[str]]:
    """`addresses_of("admin")`: the pages that this person may open, plus one that is nowhere."""
    from tests.browser.pages import ADMINS_ONLY, WITHOUT_SIGN_IN

    def chosen(who: str) -> list[str]:
        names = set(stage.addresses)
        if who == "nobody":
            names &= WITHOUT_SIGN_IN
        else:
            names -= WITHOUT_SIGN_IN
            names -= ADMINS_ONLY if who != "admin" else set()
        return [*(stage.addresses[name] for name in sorted(names)), "/no/such/page/"]

    return chosen
