"""What people do with technologies."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.accounts.actions import By
from portal.accounts.models import Team
from portal.accounts.roles import Permission, require
from portal.audit.actions import record
from portal.lib.errors import Conflict
from radar import fields
from radar.models import Entry, Radar, Technology
from radar.models.technology import name_key
from radar.names import free_slug, slug_for
from radar.reviews import next_review
from radar.subjects import technology_subject

_NAME = "A technology's name"
_DESCRIPTION = "A description"


@transaction.atomic
def create_technology(
    *,
    by: By,
    name: str,
    owner: Team | None = None,
    description: str = "",
    tags: Iterable[str] = (),
    links: Iterable[Mapping[str, str]] = (),
    now: datetime,
) -> Technology:
    """Make a technology known, on no radar yet. Raises `Conflict` where its name is taken."""
    require(by, Permission.EDIT_TECHNOLOGY, owner)
    technology = Technology(
        name=_free_name(name, None),
        owner=owner,
        description=fields.text("description", description, what=_DESCRIPTION),
        tags=fields.tags(tags),
        links=fields.links(links),
        created_at=now,
    )
    technology.slug = free_slug(technology.name, taken_slugs(technology.name))
    technology.save()
    subject = technology_subject(technology)
    record("technology.created", by=by, subject=subject, after=_told(technology))
    return technology


@transaction.atomic
def edit_technology(
    *,
    by: By,
    technology: Technology,
    name: str,
    owner: Team | None,
    description: str,
    tags: Iterable[str],
    links: Iterable[Mapping[str, str]],
) -> Technology:
    """Change what a technology is called, who owns it and what is said of it everywhere.

    Its address stays. Raises `Conflict` where another one has the name.
    """
    require(by, Permission.EDIT_TECHNOLOGY, technology)
    before = _told(technology)
    technology.name = _free_name(name, technology)
    technology.owner = owner
    technology.description = fields.text("description", description, what=_DESCRIPTION)
    technology.tags = fields.tags(tags)
    technology.links = fields.links(links)
    after = _told(technology)
    if before == after:
        return technology
    technology.save(
        update_fields=["name", "name_key", "owner", "description", "tags", "links"],
    )
    subject = technology_subject(technology)
    record("technology.changed", by=by, subject=subject, before=before, after=after)
    return technology


@transaction.atomic
def review(*, by: By, radar: Radar, technology: Technology, now: datetime) -> Entry:
    """Confirm that a technology stands where it should; the next review is due in a quarter, or
    whatever the radar says. Raises `Conflict` where it is not on the radar now."""
    require(by, Permission.REVIEW_TECHNOLOGY, technology)
    entry = Entry.objects.select_for_update().filter(radar=radar, technology=technology).first()
    if entry is None or entry.next_review_on is None:
        raise Conflict(f"{technology} is not on {radar} now, so there is nothing to review.")
    before = {"next_review_on": entry.next_review_on}
    today = timezone.localdate(now, timezone.get_default_timezone())
    entry.reviewed_on, entry.reviewed_by = today, by.name
    entry.next_review_on = next_review(today, radar.review_months)
    entry.save(update_fields=["reviewed_on", "reviewed_by", "next_review_on"])
    after = {"next_review_on": entry.next_review_on, "radar": radar.title}
    subject = technology_subject(technology)
    record("technology.reviewed", by=by, subject=subject, before=before, after=after)
    return entry


def taken_slugs(name: str) -> set[str]:
    """The slugs that stand in the way of a name's."""
    found = Technology.objects.filter(slug__startswith=slug_for(name)[:100])
    return set(found.values_list("slug", flat=True))


def _free_name(name: str, own: Technology | None) -> str:
    name = fields.name("name", name, what=_NAME)
    other = Technology.objects.filter(name_key=name_key(name))
    taken = other.exclude(pk=own.pk).first() if own is not None else other.first()
    if taken is not None:
        raise Conflict(
            f"There is a technology {taken.name} already.",
            context={"fields": {"name": "is taken"}, "slug": taken.slug},
        )
    return name


def _told(technology: Technology) -> dict[str, object]:
    return {
        "name": technology.name,
        "owner": technology.owner.key if technology.owner else None,
        "description": technology.description,
        "tags": list(technology.tags),
        "links": [link["url"] for link in technology.links],
    }
