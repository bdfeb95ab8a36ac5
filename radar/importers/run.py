"""One import from beginning to end."""

import posixpath
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.actions import By
from portal.catalog.importers.compare import State
from portal.catalog.importers.problems import Problem, Unreadable, WrongCall
from portal.jobs.leases import Held, acquire
from portal.lib.errors import Conflict, NotFound
from radar.importers.apply import apply, apply_technologies
from radar.importers.board import Board, begin, load
from radar.importers.bundle import Bundle
from radar.importers.compare import Plan, plan
from radar.importers.dates import day_of_file
from radar.importers.document import Day, Document
from radar.importers.files import Found, Source, find
from radar.importers.formats import FORMATS
from radar.importers.moments import History
from radar.importers.targets import Wanted, target_of
from radar.importers.technologies import Told, tell
from radar.importers.texts import decode
from radar.importers.unfrozen import says_the_day
from radar.models import Radar
from radar.models.radar import RESERVED_SLUGS
from radar.names import slug_for

KINDS = ("edition", "placement", "technology")
LEASE = timedelta(seconds=60)  # how long a silent import keeps others waiting
_PATIENCE = 90.0  # seconds that an import waits for another
_LONGEST_SLUG = 80
_NAMED = 10  # files in one sentence
_TOLD = 25  # editions between two renewals of the lease, at most
Progress = Callable[[int, int, str], None]
Counts = dict[str, dict[str, int]]


@dataclass
class Result:
    """What an import did, or would do. `is_refused`: `strict` stopped it, nothing was written."""

    title: str
    radar: Radar | None = None
    format: str = ""
    plans: list[Plan] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped_editions: int = 0
    skipped_placements: int = 0
    is_refused: bool = False

    @property
    def has_refusals(self) -> bool:
        return any(problem.refused for problem in self.problems)

    def counts(self) -> Counts:
        """By kind and state; a placement that leaves an edition is a changed one. Kinds without
        anything are left out."""
        counted: Counter[tuple[str, State]] = Counter()
        for one in self.plans:
            counted["edition", one.state] += 1
            counted.update(("placement", item.state) for item in one.items)
            gone = State.CONFLICT if one.state == State.CONFLICT else State.CHANGED
            counted["placement", gone] += len(one.gone)
        counted.update(("technology", self._state_of(told)) for told in self.told)
        if self.is_refused:
            for kind in KINDS:
                for state in (State.CREATED, State.CHANGED):
                    counted[kind, State.SKIPPED] += counted.pop((kind, state), 0)
        counted["edition", State.SKIPPED] += self.skipped_editions
        counted["placement", State.SKIPPED] += self.skipped_placements
        return {
            kind: {state.value: counted[kind, state] for state in State}
            for kind in KINDS
            if any(counted[kind, state] for state in State)
        }

    def _state_of(self, told: Told) -> State:
        if told.is_new:
            return State.CREATED
        return State.CHANGED if told.after else State.UNCHANGED


@dataclass(frozen=True)
class Options:
    """How an import is meant: `radar` by its slug (empty: the first), `format` (empty: guessed),
    the `edition`; `history` reads every version that Git has of the one file."""

    radar: str = ""
    format: str = ""
    edition: Wanted = field(default_factory=Wanted)
    history: bool = False
    dry_run: bool = False
    strict: bool = False


def import_radar(
    source: Source,
    options: Options,
    *,
    by: By,
    now: datetime,
    told: Progress | None = None,
) -> Result:
    """Read a source and take over what it holds; with `dry_run` only say what would happen.

    Each edition is written in a transaction with its placements; `strict` writes all or nothing.
    `told(done, total, current)` hears of editions. Raises `WrongCall`, and `Conflict` where
    another import is writing for too long or somebody changes the radar meanwhile.
    """
    try:
        found = find(source, chosen=options.format, history=options.history)
        documents = _documents(found, source, options)
    except Unreadable as error:
        return Result(source.title, problems=[_unreadable(source, error)])
    if options.dry_run:
        return _planned(source, found, documents, options, by=by, now=now)[0]
    with _alone() as held:
        result, board = _planned(source, found, documents, options, by=by, now=now)
        if result.is_refused or board is None:
            return result
        try:
            with transaction.atomic() if options.strict else nullcontext():
                _write(result, board, held, by=by, now=now, told=told)
        except IntegrityError:
            message = "Somebody else changed the same things meanwhile; import it again."
            raise Conflict(message) from None
    return result


def _unreadable(source: Source, error: Unreadable) -> Problem:
    """The reason in a sentence that names the source once."""
    reason = str(error).rstrip(".")
    told = reason.startswith((source.title, posixpath.basename(source.title) or source.title))
    message = f"{reason}." if told else f"{source.title} can't be read: {reason}."
    return Problem(source.title, 1, "unreadable", message)


def _documents(found: Found, source: Source, options: Options) -> list[Document]:
    """The editions of what was found, oldest first, those without a day last."""
    bundle = found.bundle
    assert bundle is not None  # find() raises where there is none
    read = FORMATS[bundle.format].read
    documents = _of_versions(found, bundle) if options.history else read(bundle)
    if options.edition and len(documents) > 1:
        raise WrongCall(
            f"{source.title} holds {len(documents)} editions; only one can be given a title or day."
        )
    for document in documents:
        if not (document.rows or document.may_be_empty or document.is_unusable):
            _say_empty(document)
        if document.is_misdated and document.day is None and not options.edition:
            document.is_unusable = True
        if not document.title:
            document.title = _title_of(source)
    if len(documents) > 1:
        documents = _dated(documents, source, found.problems)
    return sorted(documents, key=_order)


def _say_empty(document: Document) -> None:
    """A file without a row takes nothing away."""
    document.is_unusable = True
    if not any(problem.refused for problem in document.problems):
        document.fail(1, "empty", "There is no entry in it.")


def _order(document: Document) -> str:
    return document.day.date.isoformat() if document.day else "undated"


def _title_of(source: Source) -> str:
    """What a radar is called that says no name itself."""
    words = "" if source.root is None or source.is_single else source.root.resolve().name
    words = " ".join(words.removesuffix(".git").replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def _dated(
    documents: Sequence[Document], source: Source, problems: list[Problem]
) -> list[Document]:
    """Of several files, those that say which edition they are; the one that can be read where
    none does."""
    usable = [document for document in documents if not document.is_unusable]
    others = [document for document in usable if document.day is None]
    if len(others) == len(usable) > 1:
        names = ", ".join(document.file for document in others[:_NAMED])
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        raise Unreadable(
            f"{len(others)} files in it say of no edition which one they are; name one of them: "
            f"{names}{more}"
        )
    if len(others) == len(usable):
        return list(documents)
    for document in others:
        message = "The file does not say which edition it is, as others here do; it was left out."
        problems.append(Problem(document.file, 1, "undated", message, refused=False))
    return [document for document in documents if document not in others]


def _of_versions(found: Found, bundle: Bundle) -> list[Document]:
    """An edition for every version that says something else than the one before: of the day it
    names itself, else of the day of its commit."""
    path = next(iter(bundle.files))
    by_day: dict[str, Document] = {}
    last: Document | None = None
    for version in found.versions:
        text, _ = decode(version.data)
        shown = f"{bundle.show(path)}@{version.commit[:8]}"
        version_bundle = replace(bundle, files={path: text})
        for document in FORMATS[bundle.format].read(version_bundle):
            document.file = shown
            own = document.day if document.day != day_of_file(_stem(path)) else None
            document.day = own or Day(version.on, version.on.isoformat(), version.on.isoformat())
            if last is not None and _says(last) == _says(document):
                continue
            last = document
            by_day[document.day.key] = document
    return list(by_day.values())


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _says(document: Document) -> list[object]:
    return [replace(row, line=0) for row in document.rows]


def _planned(
    source: Source,
    found: Found,
    documents: Sequence[Document],
    options: Options,
    *,
    by: By,
    now: datetime,
) -> tuple[Result, Board | None]:
    """Everything that is to be done, and the board it leads to; nothing is written."""
    usable = [document for document in documents if not document.is_unusable]
    result = Result(source.title, format=found.bundle.format if found.bundle else "")
    result.skipped_editions = len(documents) - len(usable)
    board = _board(usable, options, now) if any(one.rows for one in usable) else None
    if board is not None:
        result.radar = board.radar
        _plan_all(result, usable, board, options, by=by, now=now)
    problems = [*found.problems, *(p for document in documents for p in document.problems)]
    result.skipped_placements = sum(document.skipped for document in documents)
    result.problems = list(dict.fromkeys(problems))
    if options.strict and result.has_refusals:
        result.is_refused = True
    return result, board


def _board(documents: Sequence[Document], options: Options, now: datetime) -> Board:
    if options.radar:
        radar = Radar.objects.filter(slug=options.radar).first()
    else:
        radar = Radar.objects.order_by("is_sample", "order", "title").first()
    if radar is None:
        _check_slug(options.radar)
    return load(radar) if radar else begin(options.radar, "", documents, now)


def _check_slug(slug: str) -> None:
    """Refuse what a radar that is made would not be found by again."""
    if slug in RESERVED_SLUGS or (slug and slug != slug_for(slug)[:_LONGEST_SLUG]):
        raise WrongCall(f"“{slug[:100]}” is no address that a radar can have.")


def _plan_all(
    result: Result,
    documents: Sequence[Document],
    board: Board,
    options: Options,
    *,
    by: By,
    now: datetime,
) -> None:
    today = timezone.localdate(now, timezone.get_default_timezone())
    history = History(board.radar)
    seen: dict[int, str] = {}
    for document in documents:
        target = target_of(document, options.edition, board, today)
        known = target.known
        if known is not None and id(known) in seen:
            message = f"{seen[id(known)]} is the same edition; this one was left out."
            document.problems.append(Problem(document.file, 1, "duplicate-edition", message))
            result.skipped_editions += 1
            continue
        day_says = says_the_day(document, target, board, today)
        one = day_says or plan(document, target, board, history, by=by.name, now=now)
        if one is None:
            result.skipped_editions += 1
            continue
        result.plans.append(one)
        written = next((k for k in board.editions if k.edition is one.edition), None)
        if written is not None:
            seen[id(written)] = document.file
    taken = [one for one in result.plans if one.state != State.CONFLICT]
    result.told = tell(taken, board)
    for told in result.told:
        if told.is_new:
            for name, value in told.after.items():
                setattr(told.technology, name, value)


@contextmanager
def _alone() -> Iterator[Held]:
    """The right to import radars, which one import has at a time; waits for it."""
    ends = time.monotonic() + _PATIENCE
    while (held := acquire("radar import", LEASE)) is None:
        if time.monotonic() >= ends:
            raise Conflict("Another import is writing a radar; try again in a minute.")
        time.sleep(0.2)
    try:
        yield held
    finally:
        held.release()


def _write(
    result: Result,
    board: Board,
    held: Held,
    *,
    by: By,
    now: datetime,
    told: Progress | None,
) -> None:
    plans = [one for one in result.plans if one.is_written]
    for number, one in enumerate(plans):
        if told is not None:
            told(number, len(plans), one.edition.title)
        if number % _TOLD == 0:
            held.renew()
        apply(one, board, by=by, now=now)
    if any(one.after and not one.is_new for one in result.told):
        apply_technologies(result.told, by=by)


def radar_of(slug: str) -> Radar:
    """The radar of a slug, or the first. Raises `NotFound`."""
    found = (
        Radar.objects.filter(slug=slug)
        if slug
        else Radar.objects.order_by("is_sample", "order", "title")
    )
    radar = found.first()
    if radar is None:
        raise NotFound(f"There is no radar “{slug}”." if slug else "There is no radar yet.")
    return radar


def as_json(result: Result) -> Mapping[str, object]:
    """What `--json` prints."""
    problems = [problem.as_json() for problem in result.problems]
    return {"by_kind": result.counts(), "problems": problems}
