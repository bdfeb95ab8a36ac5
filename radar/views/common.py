"""What several pages of the radar need."""

from datetime import date, datetime

from django.shortcuts import get_object_or_404
from django.utils import timezone

from portal.accounts.forms import add_error
from portal.lib.errors import Conflict, Invalid
from radar.models import Radar


def the_radar(slug: str) -> Radar:
    found: Radar = get_object_or_404(Radar, slug=slug)
    return found


def today() -> date:
    """The day where the portal is, whoever asks: reviews fall due for everybody at once."""
    return timezone.localdate(timezone.now(), timezone.get_default_timezone())


def end_of(day: date) -> datetime:
    """When a day ends where the portal is."""
    return datetime.combine(day, datetime.max.time(), tzinfo=timezone.get_default_timezone())


# What a form shows where it was filled in; anything else is a page of its own.
Refused = (Invalid, Conflict)
__all__ = ["Refused", "add_error", "end_of", "the_radar", "today"]
