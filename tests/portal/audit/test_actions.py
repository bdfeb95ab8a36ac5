from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.audit.actions import Entry, System, record, record_many
from portal.audit.chain import GENESIS, walk
from portal.audit.models import Event
from tests.factories import make_person

pytestmark = pytest.mark.django_db
SUBJECT = ("service", "checkout", "Checkout")

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**60), max_value=2**60)
    | st.floats()
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def chain(*, is_sample: bool = False) -> list[Event]:
    return list(Event.objects.filter(is_sample=is_sample).order_by("id"))


def test_record_keeps_who_what_before_after():
    person = make_person(name="Ada Lovelace")

    event = record("service.renamed", by=person, subject=SUBJECT, before={"a": 1}, after={"a": 2})

    event.refresh_from_db()
    assert (event.actor_id, event.actor_name) == (str(person.pk), "Ada Lovelace")
    assert (event.subject_kind, event.subject_key, event.subject_title) == SUBJECT
    assert (event.before, event.after) == ({"a": 1}, {"a": 2})
    assert event.previous_hash == GENESIS


def test_record_by_the_portal_itself_has_no_actor_id():
    event = record("service.vanished", by=System("Refresh"), subject=SUBJECT)

    assert (event.actor_id, event.actor_name) == ("", "Refresh")


@pytest.mark.django_db(transaction=True)
def test_record_outside_a_transaction_is_refused():
    with pytest.raises(TransactionManagementError):
        record("service.renamed", by=System(), subject=SUBJECT)


@pytest.mark.django_db(transaction=True)
def test_event_goes_with_the_write_that_fails():
    @transaction.atomic
    def rename() -> None:
        record("service.renamed", by=System(), subject=SUBJECT)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        rename()

    assert chain() == []


def test_record_many_continues_the_chain():
    record("first.done", by=System(), subject=SUBJECT)
    entries = [Entry(verb="service.created", subject=("service", str(n), "")) for n in range(1200)]

    count = record_many(entries, by=System())
    record("last.done", by=System(), subject=SUBJECT)

    events = chain()
    assert count == 1200
    assert [event.subject_key for event in events[1:-1]] == [str(n) for n in range(1200)]
    found = walk(events)
    assert (found.count, found.broken) == (1202, None)


def test_record_many_of_nothing_writes_nothing():
    assert record_many([], by=System()) == 0
    assert chain() == []


def test_sample_events_have_a_chain_of_their_own():
    record("a.done", by=System(), subject=SUBJECT)
    record("b.done", by=System(), subject=SUBJECT, is_sample=True)
    record("c.done", by=System(), subject=SUBJECT)

    Event.objects.filter(is_sample=True).delete()

    assert walk(chain()).broken is None


def test_long_titles_and_names_are_cut_to_fit():
    person = make_person(name="N" * 200)

    event = record("a.done", by=person, subject=("service", "k" * 400, "t" * 400))

    event.refresh_from_db()
    assert (len(event.subject_key), len(event.subject_title)) == (300, 300)


def test_a_moment_in_another_zone_is_the_same_moment():
    record("a.done", by=System(), subject=SUBJECT, at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    there = timezone(timedelta(hours=5))
    record("b.done", by=System(), subject=SUBJECT, at=datetime(2026, 3, 1, 17, tzinfo=there))

    assert walk(chain()).broken is None


def test_dates_and_decimals_are_kept_as_text():
    event = record(
        "a.done",
        by=System(),
        subject=SUBJECT,
        after={"until": datetime(2026, 3, 1, tzinfo=UTC), "share": Decimal("0.10")},
    )

    event.refresh_from_db()
    assert event.after == {"until": "2026-03-01T00:00:00Z", "share": "0.10"}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.dictionaries(st.text(max_size=8), json_values, max_size=4))
def test_whatever_is_recorded_reads_back_with_its_hash(content):
    """NUL, surrogates, NaN, huge floats: the database gives back what the hash was made of."""
    record("a.done", by=System(), subject=("service", "k\x00", "t\ud800"), after=content)

    assert walk(chain()).broken is None
