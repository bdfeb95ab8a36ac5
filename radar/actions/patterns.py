"""What people do with the matching table."""

from datetime import datetime

from django.db import transaction

from portal.accounts.actions import By
from portal.accounts.roles import Permission, require
from portal.audit.actions import record
from portal.lib.errors import Conflict
from radar import fields
from radar.models import Pattern, PatternKind, Technology
from radar.patterns import ECOSYSTEMS, is_range
from radar.subjects import technology_subject

MOST_PATTERNS = 200  # of one technology


@transaction.atomic
def add_pattern(
    *,
    by: By,
    technology: Technology,
    kind: str,
    ecosystem: str = "",
    name: str,
    version: str = "",
    now: datetime,
) -> Pattern:
    """Say by one more sign how a technology is recognised. Raises `Conflict` where it is there."""
    require(by, Permission.EDIT_TECHNOLOGY, technology)
    kind, ecosystem = _kind(kind, ecosystem)
    name = fields.name("name", name, what="A name")
    version = " ".join(version.split())
    if len(version) > 100 or not is_range(version):
        fields.refuse("version", "A range of versions looks like >=18, <7 or >=2 <3.")
    if technology.patterns.in_force().count() >= MOST_PATTERNS:
        fields.refuse("name", f"A technology has at most {MOST_PATTERNS} signs.")
    row, is_new = Pattern.objects.get_or_create(
        technology=technology,
        kind=kind,
        ecosystem=ecosystem,
        name=name,
        version=version,
        defaults={"added_by": by.name, "added_at": now, "is_sample": technology.is_sample},
    )
    if not is_new:
        if row.removed_at is None:
            raise Conflict(
                f"{technology} is recognised by {name} already.",
                context={"fields": {"name": "is there already"}},
            )
        row.removed_at = None
        row.save(update_fields=["removed_at"])
    subject = technology_subject(technology)
    record("technology.sign_added", by=by, subject=subject, after={"sign": sign_words(row)})
    return row


@transaction.atomic
def remove_pattern(*, by: By, pattern: Pattern, now: datetime) -> Technology:
    """Take a sign out. One that came with the portal stays out over the next start."""
    technology = pattern.technology
    require(by, Permission.EDIT_TECHNOLOGY, technology)
    subject = technology_subject(technology)
    record("technology.sign_removed", by=by, subject=subject, before={"sign": sign_words(pattern)})
    if pattern.is_builtin:
        pattern.removed_at = now
        pattern.save(update_fields=["removed_at"])
    else:
        pattern.delete()
    return technology


def sign_words(pattern: Pattern) -> str:
    """ "Package react >=18 (npm)"."""
    kind = PatternKind(pattern.kind).label
    words = " ".join(part for part in (str(kind), pattern.name, pattern.version) if part)
    return f"{words} ({pattern.ecosystem})" if pattern.ecosystem else words


def _kind(kind: str, ecosystem: str) -> tuple[str, str]:
    if kind not in PatternKind.values:
        fields.refuse("kind", "Choose what the sign is.")
    if kind != PatternKind.PACKAGE:
        return kind, ""
    if ecosystem and ecosystem not in ECOSYSTEMS:
        fields.refuse("ecosystem", "Choose where the package comes from, or any.")
    return kind, ecosystem
