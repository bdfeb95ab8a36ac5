"""Inserting very many rows."""

import pytest
from django.db import IntegrityError, transaction

from portal.catalog.models import CatalogSource, Document, Service
from portal.lib.bulk import insert_rows
from tests.portal.catalog.world import NOW

pytestmark = pytest.mark.django_db


def test_rows_are_as_the_models_would_write_them() -> None:
    source = CatalogSource.objects.create(key="a", kind="page", title="A")
    columns = ("kind", "key", "body", "digest", "source_id", "seen_at", "conflict")
    odd = {"b": "tab\t, quote ', backslash \\, line\nbreak, \\N", "a": [1.5, None, "ü 🚀"]}
    rows = [("component", f"k-{n}", odd, "d", source.pk, NOW, {"n": n}) for n in range(1500)]
    insert_rows(Document, columns, rows)
    first = Document.objects.get(key="k-0")
    assert first.body == odd
    assert list(first.body) == ["b", "a"]
    assert first.seen_at == NOW
    assert first.conflict == {"n": 0}
    assert (first.line, first.path, first.vanished_at) == (1, "", None)
    assert Document.objects.count() == 1500


def test_columns_that_are_not_given_get_their_default() -> None:
    insert_rows(Service, ("key", "name"), [("a", "a")])
    service = Service.objects.get()
    assert (service.tags, service.annotations, service.tier, service.is_sample) == (
        [],
        {},
        None,
        False,
    )
    assert service.created_at is not None


def test_constraints_hold_and_nothing_stays_half() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Service, ("key", "name"), [("a", "a"), ("b", "b"), ("a", "again")])
    assert not Service.objects.exists()


def test_no_rows_are_fine() -> None:
    insert_rows(Service, ("key", "name"), [])
    assert not Service.objects.exists()
