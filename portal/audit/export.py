"""Events as CSV, streamed."""

import csv
import json
from collections.abc import Iterator

from portal.audit.models import EventQuerySet

LIMIT = 100_000
HEADER = (
    "id",
    "at",
    "actor_id",
    "actor",
    "verb",
    "subject_kind",
    "subject_key",
    "subject_title",
    "before",
    "after",
    "request_id",
    "hash",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def lines(events: EventQuerySet) -> Iterator[str]:
    """CSV lines with the newest event first, at most `LIMIT` events."""
    writer = csv.writer(_Line())
    yield str(writer.writerow(HEADER))
    for event in events.order_by("-at", "-id")[:LIMIT].iterator(chunk_size=2000):
        row = (
            event.pk,
            event.at.isoformat(),
            event.actor_id,
            event.actor_name,
            event.verb,
            event.subject_kind,
            event.subject_key,
            event.subject_title,
            _json(event.before),
            _json(event.after),
            event.request_id,
            event.hash,
        )
        yield str(writer.writerow([cell(value) for value in row]))


def cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _json(content: object) -> str:
    return "" if content is None else json.dumps(content, ensure_ascii=False)
