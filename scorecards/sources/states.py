"""How outside services are, for the rail's footer and the operations page."""

from collections.abc import Mapping

from scorecards.models import SourceState


def with_refusals(source: str, state: Mapping[str, object]) -> Mapping[str, object]:
    """What `OutsideState.load` answers, with one query more where the service answers: one that
    is there and refuses whatever its source asks is as good as down."""
    if state["state"] != "ok":
        return state
    failing = SourceState.objects.filter(source=source, failing_since__isnull=False)
    reason = failing.values_list("failure_reason", flat=True).first()
    return state if reason is None else {"state": "down", "words": reason}
