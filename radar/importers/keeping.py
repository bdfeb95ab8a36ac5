"""What an import keeps for its page: rows and problems, cut at a readable length."""

from portal.catalog.importers.compare import State
from radar.importers.compare import Item, Plan
from radar.importers.run import Result

MOST_ROWS = 500
_ORDER = (State.CONFLICT, State.CHANGED, State.CREATED)


def rows_of(result: Result) -> list[dict[str, object]]:
    """What would change or did, conflicts first; what is unchanged is only counted."""
    rows = [
        _row(item, plan)
        for state in _ORDER
        for plan in result.plans
        for item in plan.items
        if item.state == state
    ]
    gone = [
        {
            "state": "gone",
            "name": placement.technology.name,
            "edition": plan.edition.title,
            "ring": placement.ring.title,
            "was": "",
            "file": "",
            "line": 0,
        }
        for plan in result.plans
        for placement in plan.gone
    ]
    return [*gone, *rows][:MOST_ROWS]


def problems_of(result: Result) -> list[dict[str, object]]:
    """Refusals first, then remarks."""
    ordered = sorted(result.problems, key=lambda problem: not problem.refused)
    return [problem.as_json() | {"refused": problem.refused} for problem in ordered[:MOST_ROWS]]


def _row(item: Item, plan: Plan) -> dict[str, object]:
    ring = item.placement.ring
    moved = item.was is not None and item.was is not ring
    return {
        "state": item.state.value,
        "name": item.placement.technology.name,
        "edition": plan.edition.title,
        "ring": ring.title,
        "was": item.was.title if moved and item.was else "",
        "file": item.row.file or plan.document.file,
        "line": item.row.line,
    }
