"""What other sources told about services, as far as technologies are recognised by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from portal.catalog.models import Service
from radar.components import FACTS, FILES, Component, known_facts
from radar.patterns import mark_of
from scorecards.models import Snapshot

INPUTS = ("github", "checkout", "sample-github")  # of several, the first that tells counts


@dataclass(frozen=True)
class Inputs:
    """What is known of one service before matching. `base` is the address of its files,
    `unread` says in words which of them could not be read, and `reading` by which rules they
    were, where the source remembers it."""

    values: Mapping[str, Any]
    tags: tuple[str, ...]
    base: str = ""
    unread: str = ""
    reading: int | None = None

    @property
    def known(self) -> frozenset[str]:
        return known_facts(self.values)

    def mark(self) -> str:
        values = sorted((key, repr(value)) for key, value in self.values.items())
        return mark_of([values, self.tags, self.unread, self.reading])

    @property
    def has_files(self) -> bool:
        """Whether anybody read what the service is built with."""
        return FILES in self.values

    def address(self, component: Component) -> str:
        """Where the file can be looked at; empty where nobody knows."""
        has_both = self.base and component.where
        return f"{self.base}{quote(component.where)}" if has_both else ""


def load_inputs(services: Sequence[Service]) -> dict[int, Inputs]:
    """What sources told about these services, with one query."""
    found: dict[int, dict[str, Any]] = {service.pk: {} for service in services}
    files_of: dict[int, tuple[str, str, int | None]] = {}
    rows = Snapshot.objects.filter(service__in=list(found), source__in=INPUTS)
    told = list(rows.values_list("service_id", "source", "facts", "state__reading"))
    for service_id, _, entries, reading in sorted(told, key=lambda row: INPUTS.index(row[1])):
        values = found[service_id]
        for fact in FACTS:
            entry = entries.get(fact)
            if fact not in values and entry is not None and "value" in entry:
                values[fact] = entry["value"]
        files = entries.get(FILES)
        if FILES not in values and files is not None and "value" in files:
            values[FILES] = files["value"]
            unread = files.get("evidence", "").partition("; ")[2]  # behind their number
            files_of[service_id] = files.get("url", ""), unread, reading
    return {
        service.pk: Inputs(
            found[service.pk],
            tuple(sorted(map(str, service.tags))),
            *files_of.get(service.pk, ("", "", None)),
        )
        for service in services
    }
