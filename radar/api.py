"""Radars, their editions and proposals, and technologies over the API."""

from collections.abc import Iterable
from datetime import date

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from portal.api.pages import Page, PageQuery, page
from portal.api.people import current as caller
from portal.lib.errors import Invalid, NotFound
from radar import actions, queries
from radar.api_shapes import (
    AcceptIn,
    DeclineIn,
    EditionOut,
    ProposalIn,
    ProposalOut,
    RadarOut,
    StateOut,
    TechnologyOut,
    TechnologyStoryOut,
    edition_out,
    proposal_out,
    radar_out,
    state_out,
    story_out,
    technology_out,
)
from radar.history import stories
from radar.models import Proposal, Radar, Ring, Sector, Technology
from radar.state import snapshot

router = Router()
PUBLISHED_OR_DRAFT = "The key of an edition, or `draft`; the newest published one by default."


class StateQuery(Schema):
    edition: str = Field("", max_length=80, description=PUBLISHED_OR_DRAFT)
    on: date | None = Field(None, description="A day, instead of an edition.")


class TechnologyQuery(PageQuery):
    q: str = Field("", max_length=200, description="Words of its name or description.")
    tag: str = Field("", max_length=100)
    owner: str = Field("", max_length=130, description="A team's key.")
    radar: str = Field("", max_length=80, description="Technologies that are on it now.")
    ring: str = Field("", max_length=80, description="A ring's key.")


class ProposalQuery(PageQuery):
    state: Proposal.State | None = None


@router.get("/radars", response=Page[RadarOut], summary="Radars")
def radars(request: HttpRequest, at: Query[PageQuery]) -> dict[str, object]:
    found = Radar.objects.prefetch_related("sectors", "rings")
    return page(found, cursor=at.cursor, limit=at.limit, order=("order", "slug"), to=radar_out)


@router.get("/radars/{slug}", response=RadarOut, summary="A radar with its sectors and rings")
def radar(request: HttpRequest, slug: str) -> RadarOut:
    return radar_out(_find_radar(slug))


@router.get(
    "/radars/{slug}/editions",
    response=Page[EditionOut],
    summary="Editions of a radar, oldest first",
)
def editions(request: HttpRequest, slug: str, at: Query[PageQuery]) -> dict[str, object]:
    """Published ones from the oldest on, the draft last."""
    found = _find_radar(slug).editions.select_related("radar")
    return page(found, cursor=at.cursor, limit=at.limit, order=("date",), to=edition_out)


@router.get("/radars/{slug}/blips", response=StateOut, summary="What a radar says")
def blips(request: HttpRequest, slug: str, at: Query[StateQuery]) -> StateOut:
    """Everything on the radar in an edition or on a day, in list order."""
    found = _find_radar(slug)
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    state = snapshot(found, edition=at.edition, on=at.on, today=today)
    if state is None:
        if at.edition:
            raise NotFound(f"{found} has no edition {at.edition}.")
        raise NotFound(f"Nothing of {found} was published by then.")
    return state_out(state)


@router.get("/technologies", response=Page[TechnologyOut], summary="Technologies")
def technologies(request: HttpRequest, at: Query[TechnologyQuery]) -> dict[str, object]:
    found = queries.technologies(
        words=at.q, tag=at.tag, owner=at.owner, radar=at.radar, ring=at.ring
    )
    return page(found, cursor=at.cursor, limit=at.limit, order=("slug",), to=technology_out)


@router.get("/technologies/{slug}", response=TechnologyStoryOut, summary="A technology's story")
def technology(request: HttpRequest, slug: str) -> TechnologyStoryOut:
    found = Technology.objects.select_related("owner").filter(slug=slug.lower()).first()
    if found is None:
        raise NotFound(f"There is no technology {slug}.")
    told = [story_out(story) for story in stories(found, person=caller(request))]
    return TechnologyStoryOut(**technology_out(found).model_dump(), history=told)


@router.get(
    "/radars/{slug}/proposals", response=Page[ProposalOut], summary="Proposals, newest first"
)
def proposals(request: HttpRequest, slug: str, at: Query[ProposalQuery]) -> dict[str, object]:
    found = _find_radar(slug).proposals.select_related("radar", "technology", "sector", "ring")
    if at.state is not None:
        found = found.filter(state=at.state)
    return page(found, cursor=at.cursor, limit=at.limit, order=("-pk",), to=proposal_out)


@router.post(
    "/radars/{slug}/proposals", response={201: ProposalOut}, summary="Propose a ring change"
)
def propose(request: HttpRequest, slug: str, body: ProposalIn) -> Status[ProposalOut]:
    found = _find_radar(slug)
    made = actions.propose(
        by=caller(request),
        radar=found,
        name=body.name,
        sector=_sector(found, body.sector),
        ring=None if body.ring is None else _ring(found, body.ring),
        reason=body.reason,
        because=(body.because.kind, body.because.key) if body.because else ("", ""),
        now=timezone.now(),
    )
    return Status(201, proposal_out(made))


@router.post(
    "/radars/{slug}/proposals/{number}/accept", response=ProposalOut, summary="Accept a proposal"
)
def accept(request: HttpRequest, slug: str, number: int, body: AcceptIn) -> ProposalOut:
    """The technology is moved in the radar's draft; nobody accepts their own proposal."""
    found = _find_proposal(slug, number)
    actions.accept(by=caller(request), proposal=found, reason=body.reason, now=timezone.now())
    return proposal_out(found)


@router.post(
    "/radars/{slug}/proposals/{number}/decline", response=ProposalOut, summary="Decline a proposal"
)
def decline(request: HttpRequest, slug: str, number: int, body: DeclineIn) -> ProposalOut:
    found = _find_proposal(slug, number)
    actions.decline(by=caller(request), proposal=found, reason=body.reason, now=timezone.now())
    return proposal_out(found)


def _find_radar(slug: str) -> Radar:
    found = Radar.objects.filter(slug=slug.lower()).first()
    if found is None:
        raise NotFound(f"There is no radar {slug}.")
    return found


def _find_proposal(slug: str, number: int) -> Proposal:
    wanted = Proposal.objects.filter(radar__slug=slug.lower(), pk=number)
    found = wanted.select_related("radar", "technology", "sector", "ring").first()
    if found is None:
        raise NotFound(f"There is no proposal {number} on the radar {slug}.")
    return found


def _sector(radar: Radar, key: str) -> Sector:
    found = radar.sectors.filter(key=key).first()
    if found is None:
        raise _unknown("sector", key, radar, radar.sectors.values_list("key", flat=True))
    return found


def _ring(radar: Radar, key: str) -> Ring:
    found = radar.rings.filter(key=key).first()
    if found is None:
        raise _unknown("ring", key, radar, radar.rings.values_list("key", flat=True))
    return found


def _unknown(noun: str, key: str, radar: Radar, known: Iterable[str]) -> Invalid:
    message = f"{radar} has no {noun} {key}; it has {', '.join(known)}."
    return Invalid(message, context={"fields": {noun: message}})
