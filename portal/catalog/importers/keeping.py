"""What an import run keeps for its page: counts, rows and problems, cut at a readable length."""

from portal.catalog.importers.compare import Item, State
from portal.catalog.importers.problems import Problem
from portal.catalog.importers.run import Result

MOST_ROWS = 500
_ORDER = (State.CONFLICT, State.CHANGED, State.CREATED)


def rows_of(result: Result) -> list[dict[str, object]]:
    """What would change or did, conflicts first; unchanged entities are only counted."""
    items = [item for item in result.items if item.state in _ORDER]
    items.sort(key=lambda item: _ORDER.index(item.state))
    return [_row(item) for item in items[:MOST_ROWS]]


def problems_of(result: Result) -> list[dict[str, object]]:
    """Refusals first, then remarks."""
    ordered = sorted(result.problems, key=lambda problem: not problem.refused)
    return [_problem(problem) for problem in ordered[:MOST_ROWS]]


def _row(item: Item) -> dict[str, object]:
    entity = item.entity
    return {
        "state": item.state.value,
        "noun": entity.known.noun,
        "kind": str(entity.body["kind"]),
        "key": entity.key,
        "title": entity.title[:200],
        "file": entity.file,
        "line": entity.line,
    }


def _problem(problem: Problem) -> dict[str, object]:
    return problem.as_json() | {"refused": problem.refused}
