"""What an edition of a file means for a radar: created, changed, unchanged, in conflict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from portal.catalog.importers.compare import State
from portal.catalog.importers.problems import Problem
from radar.importers.board import Board, Known, Placements
from radar.importers.descriptions import to_html
from radar.importers.document import Carries, Day, Document, Moment, Row
from radar.importers.moments import History
from radar.importers.words import fold
from radar.models import Edition, Placement, Ring, RingChange, Sector, Technology
from radar.models.technology import name_key
from radar.movement import movement

STATED = {"movement": "stated"}  # in `extra`: the file says how it moved, not the comparison


@dataclass
class Item:
    """A technology in the edition: what becomes of its placement."""

    row: Row
    placement: Placement
    state: State
    was: Ring | None = None  # the ring it had in what it is compared with
    before: dict[str, object] = field(default_factory=dict)


@dataclass
class Plan:
    """What is to be done with one edition. `before` is the edition it follows.

    `gone` are placements that leave it; `kept` are those whose rows were refused, so that they
    stay as they are.
    `is_draft`: the changes go into the radar's draft, which may have to be opened.
    """

    document: Document
    edition: Edition
    state: State
    items: list[Item] = field(default_factory=list)
    gone: list[Placement] = field(default_factory=list)
    kept: list[Placement] = field(default_factory=list)
    moments: list[RingChange] = field(default_factory=list)
    before: Known | None = None
    is_draft: bool = False
    title_before: str = ""

    @property
    def is_written(self) -> bool:
        changes = self.state in (State.CREATED, State.CHANGED)
        return changes or bool(self.moments)

    def placements(self) -> list[Placement]:
        return [*(item.placement for item in self.items), *self.kept]


@dataclass(frozen=True)
class Target:
    """The edition a file is. `known`: it is there. Without `day` it is the current state."""

    known: Known | None
    day: Day | None
    title: str = ""  # asked for, or the file's own


@dataclass(frozen=True)
class _Wish:
    """A row with the radar's own rows for its words."""

    row: Row
    technology: Technology
    sector: Sector
    ring: Ring


def plan(
    document: Document, target: Target, board: Board, history: History, *, by: str, now: datetime
) -> Plan | None:
    """Compare an edition with the board, which takes over what will be. None where no row of it
    can be taken."""
    wishes = _wishes(document, target.known, board, now)
    if not wishes and not document.may_be_empty:
        return None
    current = board.current()
    known = target.known
    is_current = target.day is None and (known is None or known.edition.is_draft)
    if is_current:
        known = known or current
    edition = known.edition if known else _new_edition(document, target, board, by=by, now=now)
    before = board.before(edition.date, edition) if edition.date else None
    if is_current and board.published():
        before = board.published()[-1]
    result = Plan(document, edition, State.UNCHANGED, before=before)
    here = known.placements if known else {}
    for key, wish in wishes.items():
        result.items.append(_item(wish, here.get(key), result, is_current=is_current))
    refused = {name_key(name) for name in document.refused}
    for key, placement in here.items():
        if key not in wishes:
            stays = document.has_nameless or key in refused
            (result.kept if stays else result.gone).append(placement)
    _conclude(result, known, target, board, is_current=is_current, now=now)
    if Carries.TIMELINE in document.carries and result.state != State.CONFLICT:
        _remember(result, board, history)
    return result


def _new_edition(
    document: Document, target: Target, board: Board, *, by: str, now: datetime
) -> Edition:
    day = target.day
    assert day is not None  # an edition without a day is the current state, which is there
    taken = {known.edition.key for known in board.editions} | {"draft"}
    key = day.key if day.key not in taken else f"{day.key}-{len(taken)}"
    return Edition(
        radar=board.radar,
        key=key,
        title=(target.title or day.title)[:120],
        date=day.date,
        state=Edition.State.PUBLISHED,
        origin=Edition.Origin.IMPORT,
        source=document.file[:500],
        published_at=now,
        published_by=by[:200],
        updated_at=now,
        is_sample=board.radar.is_sample,
    )


def _wishes(
    document: Document, known: Known | None, board: Board, now: datetime
) -> dict[str, _Wish]:
    """The rows that can be taken, by the key of their names; the others are refused."""
    found: dict[str, _Wish] = {}
    for row in document.rows:
        ring, is_alias = board.ring_of(row.ring)
        if ring is None:
            rings = ", ".join(ring.title for ring in board.rings)
            message = f"“{row.ring[:60]}” of “{row.name}” is no ring of this radar: {rings}."
            document.refuse(row.line, "unknown-ring", message, row.file, name=row.name)
            continue
        key = name_key(row.name)
        if key in found:
            message = (
                f"“{row.name}” is there twice; the first, in line {found[key].row.line}, counts."
            )
            document.refuse(row.line, "duplicate-name", message, row.file, name=row.name)
            continue
        if is_alias:
            message = f"“{row.ring[:60]}” of “{row.name}” was read as {ring.title}."
            document.remark(row.line, "ring-alias", message, row.file)
        technology = board.technology(row.name, now)
        here = known.placements.get(key) if known else None
        found[key] = _Wish(row, technology, _sector(row, technology, here, document, board), ring)
    return found


def _sector(
    row: Row, technology: Technology, here: Placement | None, document: Document, board: Board
) -> Sector:
    """The sector that a row names; else where the edition has it, else where it was last."""
    if Carries.SECTOR not in document.carries:
        return here.sector if here else board.sector_of_technology(technology)
    if not row.sector.strip():
        sector = here.sector if here else board.sector_of_technology(technology)
        message = f"“{row.name}” has no sector; it went to {sector.title}."
        document.remark(row.line, "missing-sector", message, row.file)
        return sector
    sector, is_unknown = board.sector_of(row.sector)
    if is_unknown:
        is_added = fold(sector.title) == fold(row.sector)
        what = "it was added" if is_added else f"it went to {sector.title}"
        message = f"The radar had no sector “{row.sector[:60]}” for “{row.name}”; {what}."
        document.remark(row.line, "unknown-sector", message, row.file)
    return sector


def _item(wish: _Wish, here: Placement | None, plan: Plan, *, is_current: bool) -> Item:
    """Compare a row with its placement, which gets the new values."""
    earlier = plan.before.placements.get(wish.technology.name_key) if plan.before else None
    wanted = _wanted(wish, here, earlier, plan.document.carries)
    was = earlier.ring.order if earlier else None
    computed = movement(was, wish.ring.order, is_first=plan.before is None)
    stated = () if is_current else wish.row.movements
    if here is None:
        wanted["movement"] = computed if computed in (stated or (computed,)) else stated[0]
        placement = Placement(edition=plan.edition, technology=wish.technology)
        placement.is_sample = plan.edition.is_sample
        _set(placement, wanted)
        if stated:
            placement.extra |= STATED
        return Item(wish.row, placement, State.CREATED, was=None)
    wanted["movement"] = _movement(here, wish.ring, stated, computed, is_current=is_current)
    before = {name: getattr(here, name) for name in wanted if getattr(here, name) != wanted[name]}
    ring = here.ring
    state = State.CHANGED if before else State.UNCHANGED
    return Item(wish.row, _changed(here, wanted) if before else here, state, ring, before)


def _wanted(
    wish: _Wish, here: Placement | None, earlier: Placement | None, carries: frozenset[Carries]
) -> dict[str, object]:
    """The values of a placement: what the format carries from the row, the rest as it is here,
    else as it was in the edition before."""
    row, known = wish.row, here or earlier
    base = known or Placement()
    wanted: dict[str, object] = {"sector": wish.sector, "ring": wish.ring}
    for name in ("remark", "description", "related", "is_featured"):
        wanted[name] = getattr(base, name)
    mark = STATED if here is not None and STATED.items() <= here.extra.items() else {}
    extra = {key: value for key, value in base.extra.items() if key not in STATED}
    if Carries.REMARK in carries:
        wanted["remark"] = row.remark
    if Carries.DESCRIPTION in carries and not _says_the_same(row, known, wish.technology):
        wanted["description"] = row.description
    if Carries.RELATED in carries:
        wanted["related"] = list(row.related)
    if Carries.FEATURED in carries:
        wanted["is_featured"] = row.is_featured
    if Carries.EXTRA in carries:
        extra = row.extra
    wanted["extra"] = extra | mark
    return wanted


def _says_the_same(row: Row, base: Placement | None, technology: Technology) -> bool:
    """Whether a description is the one that is kept: a file of ours may have the technology's own
    where the edition says nothing of it, and HTML made of what is kept here."""
    kept = _plain(base.description) if base else ""
    if row.description == kept:
        return True
    if base is None:
        return False
    kept = kept or _plain(technology.description)
    return row.description == kept or bool(row.html and row.html.strip() == to_html(kept))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _movement(
    here: Placement, ring: Ring, stated: tuple[str, ...], computed: str, *, is_current: bool
) -> str:
    """How it moved: as it is kept while that fits, else as computed, else as the file says."""
    if is_current:
        return here.movement
    if here.ring is ring and here.movement in (stated or (here.movement,)):
        return here.movement
    return computed if computed in (stated or (computed,)) else stated[0]


def _set(placement: Placement, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(placement, name, value)


def _changed(here: Placement, values: Mapping[str, object]) -> Placement:
    """A second object of the same row: what was known stays as it was until it is written."""
    placement = Placement(
        pk=here.pk,
        edition=here.edition,
        technology=here.technology,
        slot=here.slot,
        is_sample=here.is_sample,
    )
    _set(placement, values)
    return placement


def _conclude(
    plan: Plan,
    known: Known | None,
    target: Target,
    board: Board,
    *,
    is_current: bool,
    now: datetime,
) -> None:
    """Say what becomes of the edition, and put it on the board."""
    edition = plan.edition
    differs = bool(plan.gone) or any(item.state != State.UNCHANGED for item in plan.items)
    if known is None:
        plan.state = State.CREATED
        board.editions.append(Known(edition, dict, _by_key(plan)))
        return
    if is_current and differs:
        plan.is_draft = True
        plan.state = State.CHANGED if edition.is_draft else State.CREATED
        if not edition.is_draft:
            plan.edition = Edition(
                radar=board.radar, key="draft", title="Draft", state=Edition.State.DRAFT
            )
            board.editions.append(Known(plan.edition, dict, _by_key(plan)))
            return
    elif edition.is_frozen and differs:
        _refuse(plan)
        return
    elif not is_current and not edition.is_frozen:
        title = target.title[:120]
        if title and title != edition.title:
            plan.title_before, edition.title = edition.title, title
        if differs or plan.title_before:
            plan.state = State.CHANGED
    if differs:
        known.placements = _by_key(plan)


def _by_key(plan: Plan) -> Placements:
    return {placement.technology.name_key: placement for placement in plan.placements()}


def _refuse(plan: Plan) -> None:
    """The edition was published here, so nothing of it changes."""
    plan.state = State.CONFLICT
    changed = [item for item in plan.items if item.state != State.UNCHANGED]
    for item in changed:
        item.state = State.CONFLICT
    message = (
        f"{plan.edition.title} was published here and never changes; the file differs in "
        f"{len(changed) + len(plan.gone)} entries."
    )
    document = plan.document
    document.problems.append(Problem(document.file, 1, "published-here", message))


def _remember(plan: Plan, board: Board, history: History) -> None:
    """The ring changes that the file tells of and nobody knows yet."""
    for item in plan.items:
        rings: list[tuple[Moment, Ring]] = []
        for moment in item.row.timeline:
            ring, _ = board.ring_of(moment.ring)
            if ring is None:
                message = f"“{moment.ring[:60]}” in the timeline of “{item.row.name}” is no ring."
                plan.document.lose(moment.line, "unknown-ring", message)
            else:
                rings.append((moment, ring))
        stays = item.was is not None and bool(rings) and rings[0][1] is item.was
        placement = item.placement
        found = history.missing(board.radar, placement, rings, skip_newest=stays)
        if found:
            plan.moments += found
            if item.state == State.UNCHANGED:
                item.state = State.CHANGED
