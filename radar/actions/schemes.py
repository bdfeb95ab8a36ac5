"""What architects do with the schemes by which evaluations are scored."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from portal.accounts.actions import By
from portal.accounts.roles import Permission, require
from portal.audit.actions import record
from portal.lib.errors import Conflict, Invalid
from radar import fields
from radar.evaluation_rules import Scale, problems
from radar.models import Evaluation, Scheme
from radar.names import free_slug, slug_for
from radar.subjects import scheme_subject


@transaction.atomic
def create_scheme(
    *, by: By, title: str, description: str = "", scale: Scale, now: datetime
) -> Scheme:
    """Make a scheme; criteria and verdicts without a key get one of their title.

    Raises `Invalid` with messages by field: title, criteria, bands, knock_outs.
    """
    require(by, Permission.EDIT_SCHEMES)
    scheme = Scheme(created_at=now, created_by=by.name)
    _write(scheme, title, description, scale)
    taken = set(Scheme.objects.values_list("slug", flat=True))
    scheme.slug = free_slug(scheme.title[:70], taken)
    scheme.save()
    record("scheme.created", by=by, subject=scheme_subject(scheme), after=_told(scheme))
    return scheme


@transaction.atomic
def edit_scheme(
    *, by: By, scheme: Scheme, title: str, description: str = "", scale: Scale, now: datetime
) -> Scheme:
    """Change a scheme; where an evaluation that has left its draft uses it, the next version is
    made, and that one is answered. Raises `Conflict` for the built-in and for an old version."""
    require(by, Permission.EDIT_SCHEMES)
    scheme = Scheme.objects.select_for_update().get(pk=scheme.pk)
    if scheme.is_builtin:
        raise Conflict("The built-in scheme is fixed. Make one of your own from a copy of it.")
    if scheme.is_replaced:
        raise Conflict("A newer version has replaced this one; change that.")
    before = _told(scheme)
    if scheme.evaluations.exclude(state=Evaluation.State.DRAFT).exists():
        Scheme.objects.filter(pk=scheme.pk).update(is_replaced=True)
        scheme = Scheme(
            slug=scheme.slug, version=scheme.version + 1, created_at=now, created_by=by.name
        )
    _write(scheme, title, description, scale)
    scheme.save()
    subject = scheme_subject(scheme)
    record("scheme.changed", by=by, subject=subject, before=before, after=_told(scheme))
    return scheme


def _write(scheme: Scheme, title: str, description: str, scale: Scale) -> None:
    scheme.title = fields.name("title", title, what="A scheme's title", longest=120)
    scheme.description = fields.text("description", description, what="A description")
    scale = _keyed(scale)
    if wrong := problems(scale):
        raise Invalid(next(iter(wrong.values())), context={"fields": wrong})
    written = scale.written()
    scheme.criteria, scheme.bands = written["criteria"], written["bands"]
    scheme.knock_outs = written["knock_outs"]


def _keyed(scale: Scale) -> Scale:
    """The scale with a key for everything that has a title."""
    return replace(
        scale,
        criteria=tuple(replace(row, key=row.key or slug_for(row.title)) for row in scale.criteria),
        bands=tuple(
            replace(row, verdict=row.verdict or slug_for(row.title)[:40])
            for row in sorted(scale.bands, key=lambda row: -row.start)
        ),
    )


def _told(scheme: Scheme) -> dict[str, object]:
    return {
        "title": scheme.title,
        "version": scheme.version,
        "criteria": ", ".join(row["title"] for row in scheme.criteria),
        "bands": ", ".join(f"{row['from']}: {row['title']}" for row in scheme.bands),
    }
