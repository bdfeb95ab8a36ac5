"""Questions about who uses which technology."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from portal.accounts.models import Team
from portal.accounts.tree import with_descendants
from radar.models import Edition, Meaning, Placement, Radar, Use


def company_radar(*, is_sample: bool = False) -> Radar | None:
    """The radar whose rings count for services: the first. Services of the sample organisation go
    by its own, where it has one."""
    if is_sample and (own := Radar.objects.filter(is_sample=True).first()):
        return own
    return Radar.objects.first()


def technology_ids_of_team(team: Team) -> frozenset[int]:
    """Technologies that services of the team, or of the teams below it, use now."""
    teams = Team.objects.order_by().values_list("pk", "parent_id")
    return technology_ids_of_teams(with_descendants([team.pk], dict(teams)))


def technology_ids_of_teams(teams: Collection[int]) -> frozenset[int]:
    """Technologies that services of some teams use now."""
    uses = Use.objects.current().filter(service__owner__in=teams)
    return frozenset(uses.values_list("technology_id", flat=True).distinct())


class Held(NamedTuple):
    """Since when a technology is held back: the day of the edition that moved it there, and the
    moment from which a use begins after the move."""

    day: date
    moment: datetime


def holds(radar: Radar) -> dict[int, Held]:
    """The technologies that the latest published edition holds back, each with the first edition
    in a row that does. Two queries."""
    published = Edition.objects.filter(radar=radar).published().reverse()
    editions = [
        (pk, Held(day, min(published_at, end_of(day))))
        for pk, day, published_at in published.values_list("pk", "date", "published_at")
        if day and published_at  # as every published edition has
    ]
    if not editions:
        return {}
    held: dict[int, set[int]] = {}
    placements = Placement.objects.filter(
        edition__radar=radar,
        edition__state=Edition.State.PUBLISHED,
        ring__meaning=Meaning.HOLD,
    )
    for edition_id, technology_id in placements.values_list("edition_id", "technology_id"):
        held.setdefault(edition_id, set()).add(technology_id)
    return _since(editions, held)


def _since(
    editions: Collection[tuple[int, Held]], held: Mapping[int, Collection[int]]
) -> dict[int, Held]:
    """Walks back from the latest edition for as long as each technology is held."""
    found: dict[int, Held] = {}
    going_on: set[int] | None = None
    for pk, since in editions:
        here = set(held.get(pk, ()))
        going_on = here if going_on is None else going_on & here
        if not going_on:
            break
        found |= dict.fromkeys(going_on, since)
    return found


def end_of(day: date) -> datetime:
    """When a day ends where the portal is: an edition that counts from it moves nothing later."""
    return datetime.combine(day, datetime.max.time(), tzinfo=timezone.get_default_timezone())


def hold_uses(held: Collection[int]) -> "QuerySet[Use]":
    """Present uses of what a radar holds back (see `holds`), with service, team and technology."""
    uses = Use.objects.current().filter(technology__in=held)
    return uses.select_related("technology", "service__owner")
