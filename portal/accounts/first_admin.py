"""The first admin, made through a link that the machine's own console shows.

Whoever reads the console of the portal's machine may run it anyway; that is what the link proves.
It works over loopback only, once, for 15 minutes, and only while no real admin exists.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.accounts import actions, links
from portal.accounts.models import OneTimeLink, Person, Purpose, Role
from portal.audit.actions import System
from portal.lib.errors import Conflict


def is_needed() -> bool:
    return not Person.objects.real_admins().exists()


def make_link(*, base: str = "", now: datetime | None = None) -> str:
    """The address that creates the first admin; links made before stop working.

    `base` is where the portal listens, by default on loopback at the configured port. Raises
    `Conflict` where there is an admin.
    """
    if not is_needed():
        raise Conflict("There is an admin already; admins let others in at /accounts/.")
    secret = links.make(Purpose.FIRST_ADMIN, now=now or timezone.now())
    base = base or f"http://127.0.0.1:{settings.ENV.port}"
    return base.rstrip("/") + links.path(Purpose.FIRST_ADMIN, secret)


@transaction.atomic
def create(*, link: OneTimeLink, email: str, name: str, password: str, now: datetime) -> Person:
    """Spend the link and create the first admin, both or neither."""
    if not OneTimeLink.objects.use(link.pk, now) or not is_needed():
        raise Conflict("This link was used already, or there is an admin by now.")
    return actions.create_person(
        by=System("First start"), email=email, role=Role.ADMIN, name=name, password=password
    )
