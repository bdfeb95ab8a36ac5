"""The built-in scheme as a row: starting content, written once and left alone."""

from django.utils import timezone

from radar.evaluation_scheme import BANDS, CRITERIA, DESCRIPTION, KNOCK_OUTS, SLUG, TITLE
from radar.models import Scheme


def load() -> None:
    """Write the built-in scheme, unless it is there."""
    Scheme.objects.get_or_create(
        is_builtin=True,
        defaults={
            "slug": SLUG,
            "title": TITLE,
            "description": DESCRIPTION,
            "criteria": CRITERIA,
            "bands": BANDS,
            "knock_outs": KNOCK_OUTS,
            "created_at": timezone.now(),
        },
    )
