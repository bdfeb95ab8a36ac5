"""Sources for tests: one that answers from a table, and one that always fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from scorecards.sources.base import Measured, Outcome, sources


@dataclass
class FakeSource:
    """Answers every service with `facts`; what it was asked is kept in `asked`."""

    key: str = "fake"
    title: str = "Fake"
    order: int = 50
    every: timedelta = timedelta(minutes=5)
    facts: dict[str, Any] = field(default_factory=lambda: {"repo.has_readme": True})
    off: str = ""
    failure: str = ""
    is_unchanged: bool = False
    after_each: Callable[[int], None] = lambda number: None
    asked: list[list[int]] = field(default_factory=list)
    previous: list[Any] = field(default_factory=list)

    def why_off(self) -> str:
        return self.off

    def applies_to(self, service: Any) -> bool:
        return bool(service.repository)

    def measure(self, services, previous, *, now, report, note, job_id=None):
        self.asked.append([service.pk for service in services])
        self.previous.append(dict(previous))
        note("warned once")
        note("warned once")
        for number, service in enumerate(services, 1):
            report([self.outcome(service.pk, now)])
            self.after_each(number)

    def outcome(self, service_id, now):
        readings = {
            name: Measured(value=value, measured_at=now, evidence="seen")
            for name, value in self.facts.items()
        }
        return Outcome(
            service_id=service_id,
            at=now,
            readings=readings,
            failure=self.failure,
            is_unchanged=self.is_unchanged,
            state={"seen": True},
        )


class BrokenSource(FakeSource):
    """A source with a mistake in it."""

    def measure(self, services, previous, *, now, report, note, job_id=None):
        report([self.outcome(services[0].pk, now)])
        raise KeyError("a mistake")


@contextmanager
def registered(*found: FakeSource) -> Iterator[None]:
    """These sources and no others."""
    before = list(sources)
    for source in before:
        sources.remove(source.key)
    for source in found:
        sources.add(source)
    try:
        yield
    finally:
        for source in found:
            sources.remove(source.key)
        for source in before:
            sources.add(source)
