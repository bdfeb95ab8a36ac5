"""Links that work once: their signed secrets, and what becomes of them."""

import secrets
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.http import urlencode

from portal.accounts.models import OneTimeLink, Person, Purpose
from portal.accounts.models.link import digest

_SALT = "portal.accounts.links"
FIRST_ADMIN_LIVES = timedelta(minutes=15)
PASSWORD_LIVES = timedelta(hours=24)


@transaction.atomic
def make(purpose: Purpose, *, now: datetime, person: Person | None = None) -> str:
    """File a link and answer its secret; earlier ones of the same purpose and person end."""
    OneTimeLink.objects.usable(now).filter(purpose=purpose, person=person).update(used_at=now)
    secret = secrets.token_urlsafe(24)
    lives = FIRST_ADMIN_LIVES if purpose == Purpose.FIRST_ADMIN else PASSWORD_LIVES
    OneTimeLink.objects.create(
        purpose=purpose,
        person=person,
        digest=digest(secret),
        created_at=now,
        expires_at=now + lives,
    )
    return signing.Signer(salt=_SALT).sign(secret)


def end(person: Person, *, now: datetime) -> None:
    """Let the links by which a person could choose a password work no more."""
    OneTimeLink.objects.usable(now).filter(person=person).update(used_at=now)


def path(purpose: Purpose, signed: str) -> str:
    """The address of a link. The secret is in the query, which no log of ours writes down."""
    name = "first_admin" if purpose == Purpose.FIRST_ADMIN else "choose_password"
    return f"{reverse(f'accounts:{name}')}?{urlencode({'link': signed})}"


def find(purpose: Purpose, signed: str, *, now: datetime) -> OneTimeLink | None:
    """The usable link behind a signed secret."""
    try:
        secret = signing.Signer(salt=_SALT).unsign(signed)
    except signing.BadSignature:
        return None
    links = OneTimeLink.objects.usable(now).select_related("person")
    return links.filter(purpose=purpose, digest=digest(secret)).first()
