"""Raw SQL on the application's own connection: the database refuses, whoever asks."""

import pytest
from django.db import IntegrityError, connection, transaction

from portal.audit.actions import System, record
from portal.audit.models import Event

pytestmark = pytest.mark.django_db
SUBJECT = ("service", "checkout", "Checkout")
COLUMNS = (
    "at, actor_id, actor_name, verb, subject_kind, subject_key, subject_title, before, after,"
    " request_id, is_sample, previous_hash, hash"
)


def run(sql: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def refused(sql: str, *values: object) -> None:
    before = list(Event.objects.order_by("id").values())
    with pytest.raises(IntegrityError, match="append-only"):
        run(sql, *values)
    assert list(Event.objects.order_by("id").values()) == before


@pytest.fixture
def real():
    return record("a.done", by=System(), subject=SUBJECT)


@pytest.fixture
def sample():
    return record("a.done", by=System(), subject=SUBJECT, is_sample=True)


def test_update_is_refused(real):
    refused("UPDATE audit_event SET actor_name = 'Mallory' WHERE id = %s", real.pk)


def test_update_of_a_sample_row_is_refused(sample):
    refused("UPDATE audit_event SET actor_name = 'Mallory' WHERE id = %s", sample.pk)


def test_a_real_row_can_not_be_turned_into_a_sample_row(real):
    refused("UPDATE audit_event SET is_sample = %s WHERE id = %s", True, real.pk)


def test_delete_is_refused(real):
    refused("DELETE FROM audit_event WHERE id = %s", real.pk)


def test_delete_of_everything_is_refused_as_a_whole(real, sample):
    refused("DELETE FROM audit_event")


def test_delete_of_sample_rows_is_allowed(real, sample):
    run("DELETE FROM audit_event WHERE is_sample")

    assert list(Event.objects.all()) == [real]


def test_the_model_itself_can_not_delete(real):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        real.delete()


@pytest.mark.postgres
def test_truncate_is_refused(real):
    refused("TRUNCATE audit_event")


@pytest.mark.postgres
def test_upsert_is_refused(real):
    refused(
        f"INSERT INTO audit_event (id, {COLUMNS}) SELECT id, {COLUMNS} FROM audit_event"
        " ON CONFLICT (id) DO UPDATE SET actor_name = 'Mallory'"
    )


@pytest.mark.sqlite
def test_replacing_by_id_is_refused(real):
    refused(
        f"INSERT OR REPLACE INTO audit_event (id, {COLUMNS})"
        f" SELECT id, {COLUMNS} FROM audit_event WHERE id = %s",
        real.pk,
    )


@pytest.mark.sqlite
def test_replacing_by_place_in_the_chain_is_refused(real):
    refused(f"REPLACE INTO audit_event ({COLUMNS}) SELECT {COLUMNS} FROM audit_event")
