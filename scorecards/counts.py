"""Numbers over all services. They change only when a result event is written, so they are kept
under the number of the last one and read again when there is another."""

from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.db.models import Count

from scorecards.models import Result, ResultEvent, Scorecard, Standing
from scorecards.teams import TeamCard, summarise

KEPT_FOR = 60  # seconds, for the few figures that move without an event

T = TypeVar("T")


def company_cards() -> list[TeamCard]:
    """Every scorecard over all services."""
    return _kept("company", lambda: summarise(Standing.objects.filter(scorecard__retired_at=None)))


def states_by_check(scorecard: Scorecard) -> dict[int, dict[str, int]]:
    """How many services are in which state, by check."""

    def load() -> dict[int, dict[str, int]]:
        checks = list(scorecard.checks.values_list("pk", flat=True))
        rows = Result.objects.filter(check_row__in=checks).order_by()
        found: dict[int, dict[str, int]] = {}
        counted = rows.values_list("check_row_id", "state").annotate(number=Count("pk"))
        for check, state, number in counted:
            found.setdefault(check, {})[state] = number
        return found

    return _kept(f"states.{scorecard.pk}", load)


def _kept(name: str, load: Callable[[], T]) -> T:
    key = f"scorecards.{name}.{ResultEvent.objects.last_number()}"
    found: tuple[T] | None = cache.get(key)
    if found is None:
        found = (load(),)
        cache.set(key, found, KEPT_FOR)
    return found[0]
