"""What is left behind by signing in, taken away once it is of no use."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from portal.accounts.models import Attempt, OneTimeLink
from portal.accounts.models.attempt import WINDOW

_KEEP_LINKS = timedelta(days=30)


def forget_expired(now: datetime) -> None:
    """Delete sessions that ended, attempts that count no more, and links of last month.

    Tokens stay: their owners see which ended and when.
    """
    Session.objects.filter(expire_date__lte=now).delete()
    Attempt.objects.filter(at__lte=now - WINDOW).delete()
    OneTimeLink.objects.filter(expires_at__lte=now - _KEEP_LINKS).delete()
