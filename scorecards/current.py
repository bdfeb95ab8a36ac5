"""The scorecards in force, read once a request: columns, filters and panels all need them."""

from contextvars import ContextVar

from portal.lib.requests import request_id
from scorecards.models import Scorecard

_kept: ContextVar[tuple[str, list[Scorecard]] | None] = ContextVar("scorecards", default=None)


def active_scorecards() -> list[Scorecard]:
    """In their order. Outside of a request they are read every time."""
    request, kept = request_id.get(), _kept.get()
    if request and kept is not None and kept[0] == request:
        return kept[1]
    found = list(Scorecard.objects.active())
    _kept.set((request, found))
    return found


def first_scorecard() -> Scorecard | None:
    """The scorecard that lists show: the first of the company's."""
    return next((row for row in active_scorecards() if row.team_id is None), None)
