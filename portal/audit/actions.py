"""Writing events. Call inside the transaction of the write itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import connection, transaction
from django.utils import timezone

from portal.audit.chain import GENESIS, event_hash, stored, text
from portal.audit.models import Event
from portal.lib.requests import request_id

_CHAIN_LOCK = 0x61756469  # the advisory lock that puts writers of one chain in a row
_BATCH = 500


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


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event of many: what `record()` takes, for `record_many()`."""

    verb: str
    subject: Subject
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    at: datetime | None = None


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
    entry = Entry(verb=verb, subject=subject, before=before, after=after, at=at)
    [event] = _append([entry], by=by, is_sample=is_sample)
    event.save(force_insert=True)
    return event


def record_many(entries: Iterable[Entry], *, by: Actor, is_sample: bool = False) -> int:
    """Append any number of events in their order, a few hundred a statement; answers how many."""
    events = _append(list(entries), by=by, is_sample=is_sample)
    Event.objects.bulk_create(events, batch_size=_BATCH)
    return len(events)


def _append(entries: list[Entry], *, by: Actor, is_sample: bool) -> list[Event]:
    """Events linked to the chain's end, which stays locked until the transaction ends."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an audit event outside a transaction")
    if not entries:
        return []
    _lock_chain(is_sample)
    last = Event.objects.filter(is_sample=is_sample).order_by("-id").values_list("hash").first()
    previous, now = last[0] if last else GENESIS, timezone.now()
    events: list[Event] = []
    for entry in entries:
        kind, key, title = entry.subject
        event = Event(
            at=entry.at or now,
            actor_id="" if by.pk is None else str(by.pk),
            actor_name=text(by.name)[:200],
            verb=entry.verb,
            subject_kind=kind,
            subject_key=text(key)[:300],
            subject_title=text(title)[:300],
            before=stored(entry.before),
            after=stored(entry.after),
            request_id=request_id.get(),
            is_sample=is_sample,
            previous_hash=previous,
        )
        previous = event.hash = event_hash(event)
        events.append(event)
    return events


def _lock_chain(is_sample: bool) -> None:
    """On PostgreSQL writers queue here; on SQLite the transaction itself is exclusive."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CHAIN_LOCK, int(is_sample)])
