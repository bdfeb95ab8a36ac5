"""One import from beginning to end."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from portal.audit.actions import Actor
from portal.catalog.importers.apply import Circumstances, apply
from portal.catalog.importers.compare import Comparison, Item, State, compare
from portal.catalog.importers.gather import Fetch, Gathered, gather
from portal.catalog.importers.places import Place
from portal.catalog.importers.problems import Problem, Unreadable
from portal.catalog.kinds import NOUNS
from portal.catalog.models import CatalogSource
from portal.jobs.leases import Held, acquire
from portal.lib.errors import Conflict

LEASE = timedelta(seconds=60)  # how long a silent import keeps others waiting
_PATIENCE = 90.0  # seconds that an import waits for another
Told = Callable[[int, int, str], None]
Counts = dict[str, dict[str, int]]


@dataclass
class Result:
    """What an import did, or would do. `is_refused`: `strict` stopped it, nothing was written."""

    title: str
    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    vanished: int = 0
    skipped: list[str] = field(default_factory=list)  # nouns of what was refused while reading
    twins: list[str] = field(default_factory=list)
    is_refused: bool = False

    @property
    def has_refusals(self) -> bool:
        return any(problem.refused for problem in self.problems)

    def refuse(self) -> None:
        """Say of everything that it was not written."""
        self.is_refused = True
        self.vanished = 0
        for item in self.items:
            if item.is_written:
                item.state = State.SKIPPED

    def counts(self) -> Counts:
        """By noun and state, in the nouns' order; nouns without anything are left out."""
        counted: Counter[tuple[str, str]] = Counter(
            (item.entity.known.noun, item.state.value) for item in self.items
        )
        counted.update((noun, State.CONFLICT.value) for noun in self.twins)
        counted.update((noun, State.SKIPPED.value) for noun in self.skipped)
        return {
            noun: {state.value: counted[noun, state.value] for state in State}
            for noun in NOUNS
            if any(counted[noun, state.value] for state in State)
        }


def import_place(
    place: Place,
    *,
    by: Actor,
    now: datetime,
    dry_run: bool = False,
    strict: bool = False,
    take_over: bool = False,
    is_sample: bool = False,
    fetch: Fetch | None = None,
    github_hosts: Collection[str] = (),
    told: Told | None = None,
) -> Result:
    """Read a place and take over what it holds; with `dry_run` only say what would happen.

    Where the place can't be read at all, everything known from it stays and the failure is kept
    with the source. `told(done, total, current)` hears of files while reading and of entities
    while writing.
    """
    source = CatalogSource.objects.filter(key=place.key).first()
    try:
        gathered = gather(place, fetch=fetch, told=told)
        if not gathered.files:
            raise Unreadable("there is no catalogue file in it")
    except Unreadable as error:
        return _unreadable(place, source, error, now=now, dry_run=dry_run)
    if dry_run:
        comparison = compare(gathered, place, is_sample=is_sample, take_over=take_over)
        return _result(place, gathered, comparison, strict=strict)
    with _alone() as held:
        comparison = compare(gathered, place, is_sample=is_sample, take_over=take_over)
        result = _result(place, gathered, comparison, strict=strict)
        if result.is_refused:
            return result
        with transaction.atomic() if strict else nullcontext():
            at = Circumstances(
                source=source or _new_source(place, is_sample=is_sample),
                by=by,
                now=now,
                is_sample=is_sample,
                github_hosts=github_hosts,
                held=held,
                told=told,
            )
            result.problems += apply(comparison, at)
            _close(at.source, gathered, now)
            if strict and result.has_refusals:  # the database refused something
                transaction.set_rollback(True)
                result.refuse()
    return result


@contextmanager
def _alone() -> Iterator[Held]:
    """The right to write the catalogue, which one import has at a time; waits for it."""
    ends = time.monotonic() + _PATIENCE
    while (held := acquire("catalogue import", LEASE)) is None:
        if time.monotonic() >= ends:
            raise Conflict("Another import is writing the catalogue; try again in a minute.")
        time.sleep(0.2)
    try:
        yield held
    finally:
        held.release()


def _result(place: Place, gathered: Gathered, comparison: Comparison, *, strict: bool) -> Result:
    # An export that comes back names files which lie beside the original only.
    foreign = {item.entity.identity for item in comparison.items if item.is_foreign}
    problems = [
        problem
        for problem in [*gathered.problems, *comparison.problems]
        if problem.about not in foreign
    ]
    result = Result(
        title=place.title,
        items=comparison.items,
        problems=sorted(problems, key=lambda problem: (problem.file, problem.line)),
        vanished=len(comparison.vanished),
        skipped=list(gathered.skipped),
        twins=[twin.second.known.noun for twin in gathered.twins],
    )
    if strict and result.has_refusals:
        result.refuse()
    return result


def _unreadable(
    place: Place,
    source: CatalogSource | None,
    error: Unreadable,
    *,
    now: datetime,
    dry_run: bool,
) -> Result:
    message = f"{place.title} can't be read: {error}."
    kept = 0 if source is None else source.documents.filter(vanished_at=None).count()
    if kept:
        message += f" The {kept} entities known from there are kept."
    if source is not None and not dry_run:
        source.last_failure_at = now
        source.failure_reason = message
        source.save(update_fields=["last_failure_at", "failure_reason"])
    return Result(
        place.title, problems=[Problem(place.show("").rstrip("/"), 1, "unreadable", message)]
    )


def _new_source(place: Place, *, is_sample: bool) -> CatalogSource:
    source, _ = CatalogSource.objects.get_or_create(
        key=place.key,
        defaults={"kind": place.kind, "title": place.title[:500], "is_sample": is_sample},
    )
    return source


def _close(source: CatalogSource, gathered: Gathered, now: datetime) -> None:
    """Keep with the source how the reading went."""
    if gathered.is_complete:
        source.last_success_at = now
        source.failure_reason = ""
    else:
        source.last_failure_at = now
        first = next(problem for problem in gathered.problems if problem.refused)
        source.failure_reason = str(first)
    source.save(update_fields=["last_success_at", "last_failure_at", "failure_reason"])


def as_json(results: Collection[Result]) -> dict[str, object]:
    """What `--json` prints for one or several sources."""
    total: dict[str, Counter[str]] = {}
    for result in results:
        for noun, states in result.counts().items():
            total.setdefault(noun, Counter()).update(states)
    by_kind: Mapping[str, Mapping[str, int]] = {
        noun: {state.value: total[noun][state.value] for state in State}
        for noun in NOUNS
        if noun in total
    }
    problems = [problem.as_json() for result in results for problem in result.problems]
    return {"by_kind": by_kind, "problems": problems}
