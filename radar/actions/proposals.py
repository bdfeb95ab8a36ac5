"""What people do with proposals. Everything on a radar that people move, they move this way."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.accounts.actions import By
from portal.accounts.models import Person
from portal.accounts.roles import Permission, require
from portal.audit.actions import record
from portal.lib.errors import Conflict, Forbidden
from radar import fields
from radar.actions.technologies import taken_slugs
from radar.drafts import ensure_draft, locked, refresh
from radar.models import (
    Comment,
    Edition,
    Evaluation,
    Placement,
    Proposal,
    Radar,
    Ring,
    RingChange,
    Sector,
    Technology,
)
from radar.models.technology import name_key
from radar.names import free_slug
from radar.state import current
from radar.subjects import proposal_subject, radar_subject, technology_subject

OFF = "off the radar"  # how a missing ring reads


@transaction.atomic
def propose(
    *,
    by: By,
    radar: Radar,
    name: str,
    sector: Sector,
    ring: Ring | None,
    reason: str,
    because: tuple[str, str] = ("", ""),
    now: datetime,
) -> Proposal:
    """Ask for a technology, known or not, to be put somewhere; `ring` None: off the radar.

    `because` is kind and key of the evaluation or decision behind it. Raises `Conflict` where it
    is there already or another proposal about it is open; `Invalid` with messages by field.
    """
    require(by, Permission.PROPOSE_RING)
    radar = locked(radar)
    name = fields.name("name", name, what="A technology's name")
    technology = Technology.objects.filter(name_key=name_key(name)).first()
    name = technology.name if technology is not None else name
    reason = fields.text("reason", reason, what="A reason", missing="Say why, in a sentence.")
    because_kind, because_key = fields.because(*because)
    _check_wish(radar, technology, name, sector, ring)
    proposal = Proposal.objects.create(
        radar=radar,
        technology=technology,
        name=name,
        sector=sector,
        ring=ring,
        reason=reason,
        because_kind=because_kind,
        because_key=because_key,
        by_id=_id(by),
        by_name=by.name,
        at=now,
        is_sample=radar.is_sample,
    )
    record("proposal.made", by=by, subject=proposal_subject(proposal), after=_told(proposal))
    return proposal


def _told(proposal: Proposal) -> dict[str, object]:
    return {
        "radar": proposal.radar.title,
        "sector": proposal.sector.title,
        "ring": proposal.ring.title if proposal.ring else OFF,
        "reason": proposal.reason,
    }


@transaction.atomic
def comment(*, by: By, proposal: Proposal, text: str, now: datetime) -> Comment:
    """Say something about a proposal while it is open."""
    require(by, Permission.PROPOSE_RING)
    text = fields.text("text", text, what="A comment", missing="Write a comment first.")
    proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if not proposal.is_open:
        raise Conflict(_decided(proposal))
    said = Comment.objects.create(
        proposal=proposal,
        at=now,
        by_id=_id(by),
        by_name=by.name,
        text=text,
        is_sample=proposal.is_sample,
    )
    record("proposal.commented", by=by, subject=proposal_subject(proposal), after={"comment": text})
    return said


@transaction.atomic
def withdraw(*, by: By, proposal: Proposal, now: datetime) -> Proposal:
    """Take one's own proposal back."""
    if isinstance(by, Person) and str(by.pk) != proposal.by_id:
        raise Forbidden(f"Only {proposal.by_name} can withdraw this proposal.")
    _decide(proposal, Proposal.State.WITHDRAWN, by=by, reason="", now=now)
    record("proposal.withdrawn", by=by, subject=proposal_subject(proposal))
    return proposal


@transaction.atomic
def decline(*, by: By, proposal: Proposal, reason: str, now: datetime) -> Proposal:
    """Say no, and why. Nobody declines their own proposal; they withdraw it."""
    require(by, Permission.DECIDE_RING, proposal)
    missing = "Say why, so that whoever proposed it knows."
    reason = fields.text("reason", reason, what="A reason", missing=missing)
    _decide(proposal, Proposal.State.DECLINED, by=by, reason=reason, now=now)
    record("proposal.declined", by=by, subject=proposal_subject(proposal), after={"reason": reason})
    return proposal


@transaction.atomic
def accept(*, by: By, proposal: Proposal, reason: str = "", now: datetime) -> RingChange:
    """Put the technology where the proposal says, in the draft, which is opened if needed.

    Raises `Forbidden` to whoever proposed it; `Conflict` where it was decided already, or the
    technology has come to be there meanwhile.
    """
    require(by, Permission.DECIDE_RING, proposal)
    radar = locked(proposal.radar)
    reason = fields.text("reason", reason, what="A reason")
    _decide(proposal, Proposal.State.ACCEPTED, by=by, reason=reason, now=now)
    draft, is_new = ensure_draft(radar, now=now)
    if is_new:
        record("edition.opened", by=by, subject=radar_subject(radar))
    technology = _technology(proposal, by=by, now=now)
    _refuse_where_it_is(draft, technology, proposal.name, proposal.sector, proposal.ring)
    change = _move(draft, technology, proposal, now=now)
    proposal.change = change
    proposal.technology = technology
    proposal.save(update_fields=["change", "technology"])
    refresh(draft, now=now, changed=technology.pk)
    before = {"ring": change.from_ring.title if change.from_ring else OFF}
    after = {
        "ring": change.to_ring.title if change.to_ring else OFF,
        "sector": change.sector.title,
        "radar": radar.title,
        "reason": proposal.reason,
    }
    record("proposal.accepted", by=by, subject=proposal_subject(proposal), after={"reason": reason})
    subject = technology_subject(technology)
    record("technology.moved", by=by, subject=subject, before=before, after=after)
    return change


def _id(by: By) -> str:
    return str(by.pk) if by.pk else ""


def _check_wish(
    radar: Radar, technology: Technology | None, name: str, sector: Sector, ring: Ring | None
) -> None:
    """Raise `Invalid` or `Conflict` where a proposal could not be carried out, or is not needed."""
    if sector.radar_id != radar.pk:
        fields.refuse("sector", f"{sector} is no sector of {radar}.")
    if ring is not None and ring.radar_id != radar.pk:
        fields.refuse("ring", f"{ring} is no ring of {radar}.")
    _refuse_second(radar, name)
    _refuse_where_it_is(current(radar), technology, name, sector, ring)


def _refuse_second(radar: Radar, name: str) -> None:
    open_ones = radar.proposals.filter(state=Proposal.State.OPEN)
    wanted = name_key(name)
    for number, other in open_ones.values_list("pk", "name"):
        if name_key(other) == wanted:
            raise Conflict(
                f"Proposal {number} about {other} is open already; say what you think there.",
                context={"proposal": number},
            )


def _refuse_where_it_is(
    edition: Edition | None,
    technology: Technology | None,
    name: str,
    sector: Sector,
    ring: Ring | None,
) -> None:
    """Raise `Conflict` where carrying out a proposal would change nothing."""
    there = None
    if edition is not None and technology is not None:
        there = edition.placements.filter(technology=technology).first()
    if ring is None and there is None:
        raise Conflict(f"{name} is not on the radar, so it can't leave it.")
    if there and ring and (there.ring_id, there.sector_id) == (ring.pk, sector.pk):
        raise Conflict(f"{name} is in {ring}, {sector} already.")


def _decide(
    proposal: Proposal, state: Proposal.State, *, by: By, reason: str, now: datetime
) -> None:
    """Close the proposal, unless somebody else has meanwhile: then raise `Conflict`."""
    decided = {
        "state": state,
        "decided_by_id": _id(by),
        "decided_by_name": by.name,
        "decided_at": now,
        "decision_reason": reason,
    }
    is_ours = Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.OPEN).update(**decided)
    proposal.refresh_from_db()
    if not is_ours:
        raise Conflict(_decided(proposal))


def _decided(proposal: Proposal) -> str:
    """ "Jun Watanabe accepted this proposal on 2026-10-02." """
    zone = timezone.get_default_timezone()
    on = f" on {timezone.localdate(proposal.decided_at, zone)}" if proposal.decided_at else ""
    did = "withdrew" if proposal.state == Proposal.State.WITHDRAWN else proposal.state
    return f"{proposal.decided_by_name} {did} this proposal{on}."


def _technology(proposal: Proposal, *, by: By, now: datetime) -> Technology:
    """The one that is meant; made where nobody knew it yet."""
    found = proposal.technology
    if found is None:
        found = Technology.objects.filter(name_key=name_key(proposal.name)).first()
    if found is not None:
        return found
    made = Technology.objects.create(
        name=proposal.name,
        slug=free_slug(proposal.name, taken_slugs(proposal.name)),
        created_at=now,
        is_sample=proposal.is_sample,
    )
    Evaluation.objects.recognise(made)
    after = {"name": made.name}
    record("technology.created", by=by, subject=technology_subject(made), after=after)
    return made


def _move(
    draft: Edition, technology: Technology, proposal: Proposal, *, now: datetime
) -> RingChange:
    """Change the draft's placement, and keep who wanted it and why."""
    there = draft.placements.filter(technology=technology).select_related("ring").first()
    before = there.ring if there is not None else None
    if proposal.ring is None:
        draft.placements.filter(technology=technology).delete()
    else:
        place = {
            "ring": proposal.ring,
            "sector": proposal.sector,
            "description": proposal.reason,
            "is_sample": draft.is_sample,
        }
        Placement.objects.update_or_create(edition=draft, technology=technology, defaults=place)
    return RingChange.objects.create(
        radar=draft.radar,
        technology=technology,
        edition=draft,
        at=now,
        from_ring=before,
        to_ring=proposal.ring,
        sector=proposal.sector,
        reason=proposal.reason,
        because_kind=proposal.because_kind,
        because_key=proposal.because_key,
        by_id=proposal.by_id,
        by_name=proposal.by_name,
        is_sample=proposal.is_sample,
    )
