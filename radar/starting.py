"""The radar that the portal starts with: the handbook's, as its first edition.

`starting_radar.yaml` is the handbook's file as it stands; `starting_technologies.yaml` adds what
the file can't say. Both are read once: where the radar is there already, it is left alone.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.audit.actions import System
from portal.lib.yaml import load_document
from radar.actions import SectorSpec, create_radar, publish
from radar.drafts import ensure_draft
from radar.importers.handbook import split
from radar.layout import place
from radar.models import Placement, Radar, Technology
from radar.models.technology import name_key
from radar.names import free_slug

SLUG = "technology-radar"
TITLE = "Technology radar"
DESCRIPTION = "What we build with, what we try out, and what we leave. Reviewed every quarter."
EDITION = "First edition"
NOTE = "The radar as the handbook has it."
_LISTS = Path(__file__).with_name("starting_radar.yaml")
_KNOWN = Path(__file__).with_name("starting_technologies.yaml")


def load() -> None:
    """Publish the handbook's radar, unless there is a radar of its address."""
    write(timezone.now())


@transaction.atomic
def write(now: datetime) -> Radar | None:
    """The radar with its first edition; None where it is there already."""
    if Radar.objects.filter(slug=SLUG).exists():
        return None
    lists, known = _read(_LISTS), _read(_KNOWN)
    by = System("Starting content")
    sectors = [SectorSpec(title=title) for title in known["sectors"].values()]
    radar = create_radar(
        by=by, title=TITLE, slug=SLUG, description=DESCRIPTION, sectors=sectors, now=now
    )
    _place(radar, lists, known["technologies"], now)
    today = timezone.localdate(now, timezone.get_default_timezone())
    publish(by=by, radar=radar, title=EDITION, day=today, note=NOTE, now=now)
    return radar


def _read(path: Path) -> dict[str, Any]:
    content: Any = load_document(path.read_text()).value
    return dict(content)


def _place(
    radar: Radar, lists: Mapping[str, list[str]], known: Mapping[str, Any], now: datetime
) -> None:
    """Put every line of the lists into the draft."""
    draft, _ = ensure_draft(radar, now=now)
    rings = {ring.key: ring for ring in radar.rings.all()}
    sectors = {sector.key: sector for sector in radar.sectors.all()}
    placements = []
    for ring, lines in lists.items():
        for line in lines:
            name, remark = split(line)
            technology = _technology(name, known[name]["description"], now)
            sector = sectors[known[name]["sector"]]
            placements.append(
                Placement(
                    edition=draft,
                    technology=technology,
                    sector=sector,
                    ring=rings[ring],
                    remark=remark,
                )
            )
    place(draft, placements, None)
    draft.save(update_fields=["geometry", "is_repacked"])
    Placement.objects.bulk_create(placements)


def _technology(name: str, description: str, now: datetime) -> Technology:
    """The technology of that name: what is known of it already stays."""
    found = Technology.objects.filter(name_key=name_key(name)).first()
    if found is not None:
        if found.is_sample:
            found.is_sample = False
            found.save(update_fields=["is_sample"])
        return found
    taken = set(Technology.objects.values_list("slug", flat=True))
    return Technology.objects.create(
        name=name, slug=free_slug(name, taken), description=description, created_at=now
    )
