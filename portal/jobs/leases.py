"""Leases: the right to do something alone for a while.

    with lease("import github", timedelta(minutes=5)) as held:
        if held is None:
            ...  # somebody else is at it
        held.renew()

A lease that its holder does not renew ends by itself; only its holder renews or releases it.
Every step is one conditional update.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.jobs import holders
from portal.jobs.models import Lease


@dataclass(frozen=True)
class Held:
    """A lease in its holder's hands."""

    name: str
    holder: str
    length: timedelta

    def renew(self, *, now: datetime | None = None) -> bool:
        """Hold on for another `length`. False: it ended and somebody else has it."""
        ends = (now or timezone.now()) + self.length
        mine = Lease.objects.filter(name=self.name, holder=self.holder)
        return bool(mine.update(expires_at=ends))

    def release(self) -> bool:
        """Give it up. False: it was no longer ours."""
        count, _ = Lease.objects.filter(name=self.name, holder=self.holder).delete()
        return bool(count)


def acquire(name: str, length: timedelta, *, now: datetime | None = None) -> Held | None:
    """Take a lease that nobody holds, or whose holder let it end. None: it is taken."""
    now = now or timezone.now()
    held = Held(name, holders.new_holder(), length)
    ended = Lease.objects.filter(name=name, expires_at__lte=now)
    if ended.update(holder=held.holder, expires_at=now + length):
        return held
    try:
        with transaction.atomic():
            Lease.objects.create(name=name, holder=held.holder, expires_at=now + length)
    except IntegrityError:
        return None
    return held


@contextmanager
def lease(name: str, length: timedelta) -> Iterator[Held | None]:
    """Hold a lease for the block, or get None where somebody else holds it."""
    held = acquire(name, length)
    try:
        yield held
    finally:
        if held is not None:
            held.release()
