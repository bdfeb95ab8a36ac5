"""What the API says of radars, editions, blips, technologies and proposals."""

from datetime import date, datetime

from ninja import Field, Schema

from radar.history import Story
from radar.models import Edition, Meaning, Movement, Proposal, Radar, RingChange, Technology
from radar.state import Blip, Snapshot

Day = date  # a shape may have a field of that name


class SectorOut(Schema):
    key: str
    title: str
    description: str


class RingOut(Schema):
    key: str
    title: str
    description: str
    meaning: Meaning
    aliases: list[str] = Field(description="Other names of it in files.")


class RadarOut(Schema):
    slug: str
    title: str
    description: str
    review_months: int
    sectors: list[SectorOut] = Field(description="Clockwise, from the top left.")
    rings: list[RingOut] = Field(description="From the centre.")


class EditionOut(Schema):
    radar: str
    key: str
    title: str
    state: Edition.State
    origin: Edition.Origin
    date: Day | None = Field(description="The day it counts from; null for the draft.")
    note: str
    published_at: datetime | None
    published_by: str


class BlipOut(Schema):
    number: int = Field(description="In list order: by sector, ring and name.")
    technology: str
    name: str
    sector: str
    ring: str
    meaning: Meaning
    movement: Movement
    from_ring: str = Field(description="The title of the ring before, where it moved.")
    remark: str
    description: str
    tags: list[str]
    owner: str = Field(description="The key of a team; empty for none.")
    used_by: int = Field(description="How many services use it now.")
    next_review_on: Day | None
    is_overdue: bool


class StateOut(Schema):
    """What a radar says in an edition or on a day."""

    radar: str
    title: str
    edition: str = Field(description="The edition it is, or goes back to.")
    on: Day | None
    blips: list[BlipOut]


class TechnologyOut(Schema):
    slug: str
    name: str
    description: str
    owner: str
    tags: list[str]
    links: list[dict[str, str]]
    used_by: int


class SaidOut(Schema):
    edition: str
    date: Day | None
    sector: str
    ring: str
    movement: Movement
    remark: str
    description: str


class ChangeOut(Schema):
    at: datetime
    from_ring: str = Field(description="Empty where it was not on the radar.")
    to_ring: str = Field(description="Empty where it left the radar.")
    sector: str
    reason: str
    because: str = Field(description="`kind:key` of the evaluation or decision behind it.")
    by: str


class StoryOut(Schema):
    """A technology on one radar, from the newest edition back."""

    radar: str
    editions: list[SaidOut]
    changes: list[ChangeOut]
    last_in: str = Field(description="The edition it was in last, where the newest lacks it.")


class TechnologyStoryOut(TechnologyOut):
    history: list[StoryOut]


class ProposalOut(Schema):
    number: int
    radar: str
    technology: str = Field(description="Its slug; empty where it is not known yet.")
    name: str
    sector: str
    ring: str | None = Field(description="Null: it shall leave the radar.")
    reason: str
    because: str
    by: str
    at: datetime
    state: Proposal.State
    decided_by: str
    decided_at: datetime | None
    decision_reason: str


class BecauseIn(Schema):
    kind: str = Field(max_length=40)
    key: str = Field(max_length=300)


class ProposalIn(Schema):
    name: str = Field(description="A technology's name, whether it is known or not.")
    sector: str = Field(description="A sector's key.")
    ring: str | None = Field(description="A ring's key; null to take it off the radar.")
    reason: str = Field(description="Markdown.")
    because: BecauseIn | None = Field(None, description="The evaluation or decision behind it.")


class AcceptIn(Schema):
    reason: str = ""


class DeclineIn(Schema):
    reason: str


def radar_out(row: Radar) -> RadarOut:
    return RadarOut(
        slug=row.slug,
        title=row.title,
        description=row.description,
        review_months=row.review_months,
        sectors=[SectorOut.from_orm(sector) for sector in row.sectors.all()],
        rings=[RingOut.from_orm(ring) for ring in row.rings.all()],
    )


def edition_out(row: Edition) -> EditionOut:
    names = set(EditionOut.model_fields) - {"radar"}
    return EditionOut(radar=row.radar.slug, **{name: getattr(row, name) for name in names})


def state_out(state: Snapshot) -> StateOut:
    sectors = {sector.order: sector.key for sector in state.sectors}
    rings = {ring.order: ring.key for ring in state.rings}
    return StateOut(
        radar=state.radar.slug,
        title=state.title,
        edition=state.edition.key,
        on=state.on,
        blips=[_blip(blip, sectors[blip.sector], rings[blip.ring]) for blip in state.blips],
    )


def _blip(blip: Blip, sector: str, ring: str) -> BlipOut:
    named = {"technology", "sector", "ring", "owner", "tags"}
    return BlipOut(
        technology=blip.slug,
        sector=sector,
        ring=ring,
        owner=blip.owner_key,
        tags=list(blip.tags),
        **{name: getattr(blip, name) for name in set(BlipOut.model_fields) - named},
    )


def technology_out(row: Technology) -> TechnologyOut:
    names = set(TechnologyOut.model_fields) - {"owner"}
    owner = row.owner.key if row.owner else ""
    return TechnologyOut(owner=owner, **{name: getattr(row, name) for name in names})


def story_out(story: Story) -> StoryOut:
    return StoryOut(
        radar=story.radar.slug,
        editions=[
            SaidOut(
                edition=said.edition.key,
                date=said.edition.date,
                sector=said.sector.key,
                ring=said.ring.key,
                movement=Movement(said.movement),
                remark=said.remark,
                description=said.description,
            )
            for said in story.said
        ],
        changes=[_change(told.change) for told in story.changes],
        last_in=story.last_in.key if story.last_in else "",
    )


def _change(row: RingChange) -> ChangeOut:
    return ChangeOut(
        at=row.at,
        from_ring=row.from_ring.key if row.from_ring else "",
        to_ring=row.to_ring.key if row.to_ring else "",
        sector=row.sector.key,
        reason=row.reason,
        because=_because(row),
        by=row.by_name,
    )


def _because(row: Proposal | RingChange) -> str:
    return f"{row.because_kind}:{row.because_key}" if row.because_kind else ""


def proposal_out(row: Proposal) -> ProposalOut:
    return ProposalOut(
        number=row.pk,
        radar=row.radar.slug,
        technology=row.technology.slug if row.technology else "",
        name=row.name,
        sector=row.sector.key,
        ring=row.ring.key if row.ring else None,
        reason=row.reason,
        because=_because(row),
        by=row.by_name,
        at=row.at,
        state=Proposal.State(row.state),
        decided_by=row.decided_by_name,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
    )
