"""Putting the shipped packs into the database: once, and again after an upgrade.

A pack whose file did not change is left alone. A check that changed gets a new version; one that
is no longer in its pack is retired and keeps its history.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.audit.actions import System, record
from portal.lib.registry import facts as fact_registry
from scorecards.models import Check, CheckVersion, Scorecard
from scorecards.pack_files import CheckDraft, Pack, read_pack, refuse_duplicates

PACKS = Path(__file__).parent / "packs"


def read_packs(folder: Path = PACKS) -> list[Pack]:
    """Every pack of a folder. Raises `PackError` for the first file that can't be used."""
    kinds = {spec.key: spec.type for spec in fact_registry}
    packs = [
        read_pack(path.name, path.read_text(encoding="utf-8"), kinds)
        for path in sorted(folder.glob("*.yaml"))
    ]
    refuse_duplicates(packs)
    return packs


def publish_packs(folder: Path = PACKS, *, now: datetime | None = None) -> list[str]:
    """Bring the database to what the packs say; answers the slugs of those that changed."""
    now = now or timezone.now()
    packs = read_packs(folder)
    known = dict(Scorecard.objects.exclude(pack="").values_list("slug", "pack_digest"))
    changed = [pack for pack in packs if known.get(pack.slug) != pack.digest]
    for pack in changed:
        _publish(pack, now)
    gone = Scorecard.objects.active().exclude(pack="").exclude(slug__in=[p.slug for p in packs])
    retired = list(gone.values_list("slug", flat=True))
    if retired:
        with transaction.atomic():
            Scorecard.objects.filter(slug__in=retired).update(retired_at=now, pack_digest="")
    return [pack.slug for pack in changed] + retired


@transaction.atomic
def _publish(pack: Pack, now: datetime) -> None:
    before = Scorecard.objects.filter(slug=pack.slug).first()
    card, _ = Scorecard.objects.update_or_create(
        slug=pack.slug,
        defaults={
            "title": pack.title,
            "description": pack.description,
            "levels": pack.levels,
            "filter": pack.filter,
            "pack": pack.slug,
            "pack_digest": pack.digest,
            "order": pack.order,
            "retired_at": None,
        },
    )
    slugs = [draft.slug for draft in pack.checks]
    found = Check.objects.filter(Q(scorecard=card) | Q(slug__in=slugs)).select_related("current")
    rows = {check.slug: check for check in found}
    counts = {"new": 0, "changed": 0, "retired": 0}
    for order, draft in enumerate(pack.checks):
        row = rows.pop(draft.slug, None)
        if row is None:
            row = Check.objects.create(slug=draft.slug, scorecard=card, order=order)
            counts["new"] += 1
        else:
            Check.objects.filter(pk=row.pk).update(scorecard=card, order=order, retired_at=None)
        if row.current is None or _is_changed(row.current, draft, before, card):
            counts["changed"] += row.current is not None
            _add_version(row, draft, now)
    leaving = [row.pk for row in rows.values() if row.retired_at is None]
    counts["retired"] = Check.objects.filter(pk__in=leaving).update(retired_at=now)
    record(
        "scorecard.published",
        by=System(),
        subject=("scorecard", card.slug, card.title),
        after=counts,
    )


def _is_changed(
    current: CheckVersion, draft: CheckDraft, before: Scorecard | None, card: Scorecard
) -> bool:
    """Whether a check says something else, or its level came to stand elsewhere among the levels:
    events keep its rank, so that is a new version too."""
    if _says(current) != _draft_says(draft):
        return True
    return before is not None and before.rank_of(draft.level) != card.rank_of(draft.level)


def _add_version(row: Check, draft: CheckDraft, now: datetime) -> None:
    number = row.current.number + 1 if row.current else 1
    row.current = CheckVersion.objects.create(
        check_row=row,
        number=number,
        published_at=now,
        published_by=System().name,
        **_draft_says(draft),
    )
    row.save(update_fields=["current"])


def _draft_says(draft: CheckDraft) -> Mapping[str, object]:
    return {name: value for name, value in vars(draft).items() if name != "slug"}


def _says(version: CheckVersion) -> Mapping[str, object]:
    return {
        name: getattr(version, name) for name in CheckDraft.__dataclass_fields__ if name != "slug"
    }
