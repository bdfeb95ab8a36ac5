from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.audit.actions import System, record
from portal.audit.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def events():
    for number in range(5):
        record("a.done", by=System(), subject=("service", str(number), ""), after={"n": number})
    record("a.done", by=System(), subject=("service", "s", ""), is_sample=True)
    return list(Event.objects.filter(is_sample=False).order_by("id"))


def tamper(sql: str, *values: object) -> None:
    """Change rows as somebody does who holds the file and drops the triggers first."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("DROP TRIGGER audit_event_no_update")
            cursor.execute("DROP TRIGGER audit_event_no_delete")
        cursor.execute(sql, values)


def verify(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_audit", *arguments, stdout=out)
    return out.getvalue()


def test_untouched_events_fit(events):
    said = verify()

    assert "6 events fit together" in said
    assert events[-1].hash in said


def test_no_events_fit():
    assert "0 events fit together" in verify()


def test_a_changed_row_is_named(events):
    tamper("UPDATE audit_event SET actor_name = 'Mallory' WHERE id = %s", events[2].pk)

    with pytest.raises(CommandError, match=rf"Event {events[2].pk} .* content is not"):
        verify()


def test_the_row_after_a_removed_one_is_named(events):
    tamper("DELETE FROM audit_event WHERE id = %s", events[2].pk)

    with pytest.raises(CommandError, match=rf"Event {events[3].pk} .* does not follow"):
        verify()


def test_a_cut_off_end_shows_by_the_hash_noted_before(events):
    noted = events[-1].hash
    assert "fit together" in verify("--expect", noted)
    tamper("DELETE FROM audit_event WHERE id = %s", events[-1].pk)

    assert "fit together" in verify()
    with pytest.raises(CommandError, match="cut off"):
        verify("--expect", noted)
