"""Writing events. Call inside the transaction of the write itself."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from django.db import connection, transaction
from django.utils import timezone

from portal.audit.models import Event
from portal.lib.requests import request_id

GENESIS = "0" * 64
_CHAIN_LOCK = 0x61756469  # the advisory lock that puts writers of one chain in a row


class Actor(Protocol):
    """Who does something: a person, or a part of the portal itself."""

    @property
    def pk(self) -> object: ...

    @property
    def name(self) -> str: ...


class System:
    """The portal itself as an actor, under the name of the part that acts."""

    pk = ""

    def __init__(self, name: str = "Command Center") -> None:
        self.name = name


Subject = tuple[str, str, str]  # kind, key, title


def record(
    verb: str,
    *,
    by: Actor,
    subject: Subject,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    at: datetime | None = None,
    is_sample: bool = False,
) -> Event:
    """Append one event to the hash chain, in the caller's transaction.

    Raises `TransactionManagementError` outside a transaction: an event must live and die with
    the write it describes. Sample events have a chain of their own, so removing them leaves the
    real one whole.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("audit.record() outside a transaction")
    _lock_chain(is_sample)
    kind, key, title = subject
    event = Event(
        at=at or timezone.now(),
        actor_id="" if by.pk is None else str(by.pk),
        actor_name=by.name,
        verb=verb,
        subject_kind=kind,
        subject_key=key,
        subject_title=title[:300],
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
        request_id=request_id.get(),
        is_sample=is_sample,
    )
    last = Event.objects.filter(is_sample=is_sample).order_by("-id").values_list("hash").first()
    event.previous_hash = last[0] if last else GENESIS
    event.hash = event_hash(event)
    event.save(force_insert=True)
    return event


def event_hash(event: Event) -> str:
    """SHA-256 over the previous hash and every field, as canonical JSON in UTF-8."""
    content = [
        event.previous_hash,
        event.at.isoformat(),
        event.actor_id,
        event.actor_name,
        event.verb,
        event.subject_kind,
        event.subject_key,
        event.subject_title,
        event.before,
        event.after,
        event.request_id,
        event.is_sample,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _lock_chain(is_sample: bool) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CHAIN_LOCK, int(is_sample)])
