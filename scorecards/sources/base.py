"""What a source of facts is, and the register of sources.

A source measures services in whatever batches suit it, and reports each service as soon as it
knows: a failure is an outcome of its own and leaves the last good facts where they are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from portal.catalog.models import Service
from portal.lib.registry import Registry

FactValue = bool | int | float | str | list[str] | dict[str, float]
"""Timestamps are ISO 8601 strings in UTC; the fact's spec says so by its type."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A fact's value, what shows it (in words, and an address), and when it was so."""

    value: FactValue
    measured_at: datetime
    evidence: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Unmeasured:
    """A fact that could not be measured though its source answered, and why."""

    error: str
    measured_at: datetime


Reading = Measured | Unmeasured


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of measuring one service.

    `failure` set: the source could not be asked about it; `readings` is ignored and the last
    good facts stay. `is_unchanged`: the source says that nothing moved; the facts stay and count
    as measured at `at`. `state` is kept with the snapshot and handed back next time.
    """

    service_id: int
    at: datetime
    readings: Mapping[str, Reading] = field(default_factory=dict)
    failure: str = ""
    is_unchanged: bool = False
    state: Mapping[str, object] | None = None


@dataclass(frozen=True, kw_only=True)
class Previous:
    """What the last snapshot of a service remembered."""

    facts: Mapping[str, Mapping[str, object]]
    state: Mapping[str, object]
    last_success_at: datetime | None


class Source(Protocol):
    """One kind of place that facts come from. Registered under its key in `ready()`."""

    key: str  # "github", "prometheus", "checkout", "probe"
    title: str
    order: int
    every: timedelta  # how often beat refreshes it

    def why_off(self) -> str:
        """Empty when configured, else one sentence that names the setting."""
        ...

    def applies_to(self, service: Service) -> bool:
        """Whether the service can be measured here at all; runs no query."""
        ...

    def measure(
        self,
        services: Sequence[Service],
        previous: Mapping[int, Previous],
        *,
        now: datetime,
        report: Callable[[Iterable[Outcome]], None],
        note: Callable[[str], None],
        job_id: int | None = None,
    ) -> None:
        """Measure all of `services` and report an outcome for each, in batches as they come.

        `note` adds a sentence to the job's summary (warnings of the source). `job_id` is for
        the account of what each job cost. Raises nothing for a source that fails: it reports
        failures.
        """
        ...


sources: Registry[Source] = Registry("sources")
