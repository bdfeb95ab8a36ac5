"""Writing what was planned: an edition with its placements in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.accounts.actions import By
from portal.audit.actions import Entry, record, record_many
from portal.catalog.importers.compare import State
from portal.lib.bulk import insert_rows
from portal.lib.errors import Conflict
from radar.actions.radars import RingSpec, SectorSpec, create_radar
from radar.drafts import draft_of, ensure_draft, latest, locked, refresh
from radar.entries import keep_entries
from radar.importers.board import Board, Known
from radar.importers.compare import STATED, Item, Plan
from radar.importers.technologies import Told
from radar.layout import place
from radar.models import Edition, Placement, RingChange, Sector, Technology
from radar.movement import movement
from radar.subjects import edition_subject, radar_subject, technology_subject

_COLUMNS = (
    *("edition_id", "technology_id", "sector_id", "ring_id", "slot", "movement"),
    *("remark", "description", "related", "is_featured", "extra", "is_sample"),
)
_VALUES = (
    *("sector", "ring", "slot", "movement", "remark", "description", "related"),
    *("is_featured", "extra"),
)
_TECHNOLOGY = ("slug", "name", "name_key", "description", "tags", "links", "created_at")
_BATCH = 200
_CHANGED_MEANWHILE = "The radar was changed while the file was compared with it; import it again."


@transaction.atomic
def apply(plan: Plan, board: Board, *, by: By, now: datetime) -> None:
    """Write one edition, and before it what it needs: the radar, sectors, technologies.

    Raises `Conflict` where somebody else changed the edition since it was compared.
    """
    _write_radar(board, by=by, now=now)
    _refuse_stale(plan, board)
    grew = _write_sectors(board, by=by)
    _write_technologies(plan.items, by=by)
    if plan.is_draft:
        _write_draft(plan, board, by=by, now=now)
    elif plan.state == State.CREATED:
        _write_new(plan, now)
    elif plan.state == State.CHANGED:
        _write_changed(plan, now)
    _write_moments(plan.moments)
    if plan.state in (State.CREATED, State.CHANGED):
        _lay_out_later(plan, board, now=now, all_of_them=grew)
        newest = board.published()[-1:]
        if newest and newest[0].edition is plan.edition:
            today = timezone.localdate(now, timezone.get_default_timezone())
            keep_entries(board.radar, plan.edition, today=today)
    _record(plan, by=by)


@transaction.atomic
def apply_technologies(told: Sequence[Told], *, by: By) -> None:
    """Write what files say of technologies that were known before."""
    changed = [one for one in told if one.after and not one.is_new]
    for one in changed:
        for name, value in one.after.items():
            setattr(one.technology, name, value)
    rows = [one.technology for one in changed]
    Technology.objects.bulk_update(rows, ["tags", "links", "description"], batch_size=_BATCH)
    record_many(
        (
            Entry(
                verb="technology.changed",
                subject=technology_subject(one.technology),
                before=one.before,
                after=one.after,
            )
            for one in changed
        ),
        by=by,
    )


def _write_radar(board: Board, *, by: By, now: datetime) -> None:
    """Create the radar with the first edition, or wait for whoever is changing it."""
    radar = board.radar
    if radar.pk is not None:
        locked(radar)
        return
    made = create_radar(
        by=by,
        title=radar.title,
        slug=radar.slug,
        sectors=[
            SectorSpec(title=sector.title, description=sector.description)
            for sector in board.sectors
        ],
        rings=[
            RingSpec(
                title=ring.title,
                meaning=ring.meaning,
                description=ring.description,
                aliases=tuple(ring.aliases),
            )
            for ring in board.rings
        ],
        now=now,
    )
    for name in ("pk", "slug", "title", "order", "review_months"):
        setattr(radar, name, getattr(made, name))
    for mine, theirs in zip(board.sectors, made.sectors.all(), strict=True):
        mine.pk, mine.key, mine.radar = theirs.pk, theirs.key, radar
    for ring, written in zip(board.rings, made.rings.all(), strict=True):
        ring.pk, ring.key, ring.radar = written.pk, written.key, radar


def _refuse_stale(plan: Plan, board: Board) -> None:
    """What was compared must be what is there now."""
    draft, newest = draft_of(board.radar), latest(board.radar)
    if plan.is_draft and plan.state == State.CREATED:
        known = [one.edition.pk for one in board.published() if one.edition.pk]
        if draft is not None or newest is None or newest.pk not in known:
            raise Conflict(_CHANGED_MEANWHILE)
    elif plan.edition.pk is not None and plan.is_written:
        now = Edition.objects.filter(pk=plan.edition.pk).values_list("updated_at", flat=True)
        if list(now) != [plan.edition.updated_at]:
            raise Conflict(_CHANGED_MEANWHILE)


def _write_sectors(board: Board, *, by: By) -> bool:
    """Add the sectors that files brought; answers whether there were any."""
    added = [sector for sector in board.sectors if sector.pk is None]
    if not added:
        return False
    before = [sector.title for sector in board.sectors if sector.pk is not None]
    for sector in added:
        sector.radar = board.radar
    Sector.objects.bulk_create(added)
    after = [sector.title for sector in board.sectors]
    record(
        "radar.changed",
        by=by,
        subject=radar_subject(board.radar),
        before={"sectors": before},
        after={"sectors": after},
    )
    return True


def _write_technologies(items: Sequence[Item], *, by: By) -> None:
    found = (item.placement.technology for item in items)
    new = [technology for technology in found if technology.pk is None]
    if not new:
        return
    insert_rows(
        Technology,
        _TECHNOLOGY,
        [tuple(getattr(technology, name) for name in _TECHNOLOGY) for technology in new],
    )
    keys = [technology.name_key for technology in new]
    written = dict(Technology.objects.filter(name_key__in=keys).values_list("name_key", "pk"))
    for technology in new:
        technology.pk = written[technology.name_key]
    record_many(
        (
            Entry(
                verb="technology.created",
                subject=technology_subject(technology),
                after={"name": technology.name, "tags": technology.tags},
            )
            for technology in new
        ),
        by=by,
    )


def _write_new(plan: Plan, now: datetime) -> None:
    edition = plan.edition
    placements = plan.placements()
    place(edition, placements, plan.before.edition if plan.before else None)
    edition.save()
    insert_rows(Placement, _COLUMNS, [_row(placement, edition) for placement in placements])


def _row(placement: Placement, edition: Edition) -> tuple[object, ...]:
    return (
        edition.pk,
        placement.technology.pk,
        placement.sector.pk,
        placement.ring.pk,
        placement.slot,
        placement.movement,
        placement.remark,
        placement.description,
        placement.related,
        placement.is_featured,
        placement.extra,
        placement.is_sample,
    )


def _write_changed(plan: Plan, now: datetime) -> None:
    edition = plan.edition
    placements = plan.placements()
    slots = {id(placement): placement.slot for placement in placements}
    Placement.objects.filter(pk__in=[placement.pk for placement in plan.gone]).delete()
    place(edition, placements, plan.before.edition if plan.before else None)
    new = [item.placement for item in plan.items if item.state == State.CREATED]
    insert_rows(Placement, _COLUMNS, [_row(placement, edition) for placement in new])
    changed = [
        item.placement
        for item in plan.items
        if item.state != State.CREATED
        and (item.before or item.placement.slot != slots[id(item.placement)])
    ]
    Placement.objects.bulk_update(changed, _VALUES, batch_size=_BATCH)
    edition.updated_at = now
    edition.save(update_fields=["title", "geometry", "is_repacked", "updated_at"])


def _write_draft(plan: Plan, board: Board, *, by: By, now: datetime) -> None:
    """Put what differs into the draft, each change of a ring as one of today."""
    draft, is_new = ensure_draft(board.radar, now=now)
    if is_new:
        record("edition.opened", by=by, subject=radar_subject(board.radar))
    rows = {row.technology_id: row for row in draft.placements.all()}
    changes, changed, new = [], [], []
    for item in plan.items:
        placement = item.placement
        row = rows.get(placement.technology.pk)
        if item.state == State.CREATED or row is None:
            placement.edition = draft
            new.append(placement)
        elif item.before:
            for name in item.before:
                setattr(row, name, getattr(placement, name))
            changed.append(row)
        if item.state == State.CREATED or "ring" in item.before:
            changes.append(_change(placement, item, draft, plan, by=by, now=now))
    for placement in plan.gone:
        item = Item(plan.document.rows[0], placement, State.CHANGED, placement.ring)
        left = _change(placement, item, draft, plan, by=by, now=now)
        left.to_ring = None
        changes.append(left)
    leaving = [placement.technology.pk for placement in plan.gone]
    draft.placements.filter(technology__in=leaving).delete()
    insert_rows(Placement, _COLUMNS, [_row(placement, draft) for placement in new])
    names = [name for name in _VALUES if name not in ("slot", "movement")]
    Placement.objects.bulk_update(changed, names, batch_size=_BATCH)
    _write_moments(changes)
    refresh(draft, now=now)
    plan.edition = draft


def _change(
    placement: Placement, item: Item, draft: Edition, plan: Plan, *, by: By, now: datetime
) -> RingChange:
    return RingChange(
        radar=draft.radar,
        technology=placement.technology,
        edition=draft,
        at=now,
        from_ring=item.was,
        to_ring=placement.ring,
        sector=placement.sector,
        reason=f"Imported from {plan.document.file[:400]}.",
        by_id="" if by.pk is None else str(by.pk),
        by_name=by.name,
        is_sample=draft.is_sample,
    )


def _write_moments(moments: Sequence[RingChange]) -> None:
    for moment in moments:  # what they point to may just have been written
        for name in ("radar", "technology", "from_ring", "to_ring", "sector"):
            setattr(moment, name, getattr(moment, name))
    RingChange.objects.bulk_create(moments, batch_size=_BATCH)


def _lay_out_later(plan: Plan, board: Board, *, now: datetime, all_of_them: bool) -> None:
    """Let the editions that follow keep their blips where they are now: those that are frozen
    stay, the others are laid out until one does not change. The next one says anew how things
    moved, where its file did not."""
    edition = plan.edition
    written = [known for known in board.published() if known.edition.pk is not None]
    order = (edition.date, edition.pk)
    before = next((known for known in written if known.edition is edition), None)
    is_next = True
    for known in written:
        later = known.edition
        if before is None or later is edition or (later.date, later.pk) <= order:
            continue
        changes = False
        if not later.is_frozen:
            changes = _lay_out(known, before, now=now, moves=is_next)
        if not changes and not is_next and not all_of_them:
            return
        before, is_next = known, False
    draft = board.draft()
    if draft is not None and draft.edition.pk is not None and not plan.is_draft:
        current = Edition.objects.get(pk=draft.edition.pk)
        current.radar = board.radar
        refresh(current, now=now)
        draft.edition.updated_at = current.updated_at


def _lay_out(known: Known, before: Known, *, now: datetime, moves: bool) -> bool:
    """Lay an edition out after the one before it; answers whether anything changed."""
    edition = known.edition
    rows = list(edition.placements.select_related("technology", "sector", "ring"))
    old = {row.pk: (row.slot, row.movement) for row in rows}
    geometry = edition.geometry
    if moves:
        was = dict(before.edition.placements.values_list("technology_id", "ring__order"))
        for row in rows:
            if not STATED.items() <= row.extra.items():
                row.movement = movement(was.get(row.technology_id), row.ring.order)
    place(edition, rows, before.edition)
    different = [row for row in rows if old[row.pk] != (row.slot, row.movement)]
    if not different and edition.geometry == geometry:
        return False
    Placement.objects.bulk_update(different, ["slot", "movement"], batch_size=_BATCH)
    edition.updated_at = now
    edition.save(update_fields=["geometry", "is_repacked", "updated_at"])
    return True


def _record(plan: Plan, *, by: By) -> None:
    states = [item.state for item in plan.items]
    after: dict[str, object] = {
        "source": plan.document.file[:300],
        "created": states.count(State.CREATED),
        "changed": states.count(State.CHANGED) + len(plan.gone),
        "ring changes": len(plan.moments),
    }
    before = {"title": plan.title_before} if plan.title_before else None
    if before:
        after["title"] = plan.edition.title
    is_new = plan.state == State.CREATED and not plan.is_draft
    verb = "edition.imported" if is_new else "edition.corrected"
    record(verb, by=by, subject=edition_subject(plan.edition), before=before, after=after)
