"""Raw SQL on the application's own connection: published editions stay as they are."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from radar.models import Edition, Placement
from tests.factories import make_edition, make_radar

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 1)


def run(sql: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def rows(model: type[Model]) -> list[dict[str, object]]:
    return list(model._default_manager.order_by("pk").values())


def refused(sql: str, *values: object) -> None:
    before = rows(Edition), rows(Placement)
    with pytest.raises(IntegrityError, match="frozen"):
        run(sql, *values)
    assert (rows(Edition), rows(Placement)) == before


def columns(model: type[Model], **changed: str) -> tuple[str, str]:
    """The names of a table's columns, and an expression for each."""
    names = [field.column for field in model._meta.concrete_fields if field.column]
    return ", ".join(names), ", ".join(changed.get(name, name) for name in names)


@pytest.fixture
def radar():
    return make_radar("tech")


@pytest.fixture
def frozen(radar):
    return make_edition(radar, {"Go": (3, 0), "Kafka": (1, 1)}, day=DAY)


@pytest.fixture
def draft(radar, frozen):
    return make_edition(radar, {"Go": (3, 1), "Rust": (3, 2)})


@pytest.fixture
def imported(radar):
    return make_edition(radar, {"Perl": (3, 3)}, day=date(2020, 1, 1), origin="import")


def test_a_published_edition_can_not_be_changed(frozen):
    refused("UPDATE radar_edition SET title = 'Other' WHERE id = %s", frozen.pk)


def test_a_published_edition_can_not_become_a_draft_or_a_sample(frozen):
    refused(
        "UPDATE radar_edition SET state = 'draft', date = NULL, published_at = NULL WHERE id = %s",
        frozen.pk,
    )
    refused("UPDATE radar_edition SET is_sample = %s WHERE id = %s", True, frozen.pk)
    refused("UPDATE radar_edition SET origin = 'import' WHERE id = %s", frozen.pk)


def test_a_published_edition_can_not_be_deleted(frozen):
    refused("DELETE FROM radar_edition WHERE id = %s", frozen.pk)
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        frozen.delete()


def test_its_placements_can_not_be_changed_or_deleted(frozen):
    refused("UPDATE radar_placement SET slot = slot + 1 WHERE edition_id = %s", frozen.pk)
    refused("DELETE FROM radar_placement WHERE edition_id = %s", frozen.pk)


def test_a_placement_can_not_be_marked_as_a_sample(frozen):
    refused("UPDATE radar_placement SET is_sample = %s", True)


def test_nothing_is_added_to_a_published_edition(frozen, draft):
    names, values = columns(Placement, edition_id=str(frozen.pk), id="id + 1000")
    refused(
        f"INSERT INTO radar_placement ({names}) SELECT {values} FROM radar_placement"
        " WHERE edition_id = %s",
        draft.pk,
    )


def test_a_placement_moves_neither_into_a_published_edition_nor_out_of_it(frozen, draft):
    refused(
        "UPDATE radar_placement SET edition_id = %s WHERE technology_id IN"
        " (SELECT id FROM radar_technology WHERE name = 'Rust')",
        frozen.pk,
    )
    refused(
        "UPDATE radar_placement SET edition_id = %s WHERE technology_id IN"
        " (SELECT id FROM radar_technology WHERE name = 'Kafka')",
        draft.pk,
    )


def test_drafts_and_imported_editions_can_be_changed(imported, draft):
    run("UPDATE radar_placement SET remark = 'x' WHERE edition_id = %s", draft.pk)
    run("UPDATE radar_placement SET remark = 'x' WHERE edition_id = %s", imported.pk)
    run("UPDATE radar_edition SET title = 'Other' WHERE id = %s", imported.pk)

    assert Placement.objects.filter(remark="x").count() == 3
    imported.delete()
    draft.delete()
    assert list(Edition.objects.values_list("key", flat=True)) == [DAY.isoformat()]


def test_sample_rows_go_and_nothing_else(radar, frozen):
    sample_radar = make_radar("shop", is_sample=True)
    sample = make_edition(sample_radar, {"Zig": (3, 2)}, day=DAY, is_sample=True)
    refused("UPDATE radar_placement SET remark = 'x' WHERE edition_id = %s", sample.pk)
    refused("DELETE FROM radar_placement")

    Placement.objects.filter(is_sample=True).delete()
    Edition.objects.filter(is_sample=True).delete()

    assert list(Edition.objects.all()) == [frozen]
    assert frozen.placements.count() == 2


def test_a_sample_placement_in_a_real_edition_is_kept(radar):
    edition = make_edition(radar, {"Go": (3, 0)})
    edition.placements.update(is_sample=True)
    edition.state, edition.date, edition.published_at = "published", DAY, edition.updated_at
    edition.save()

    refused("DELETE FROM radar_placement")


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["radar_placement", "radar_edition", "radar_radar"])
def test_truncate_is_refused(frozen, table):
    run("SET CONSTRAINTS ALL IMMEDIATE")  # what the fixtures wrote waits for nothing more

    refused(f"TRUNCATE {table} CASCADE")


@pytest.mark.postgres
def test_upsert_is_refused(frozen):
    names, values = columns(Edition)
    refused(
        f"INSERT INTO radar_edition ({names}) SELECT {values} FROM radar_edition"
        " ON CONFLICT (id) DO UPDATE SET title = 'Other'"
    )


@pytest.mark.sqlite
def test_replacing_an_edition_is_refused(frozen, draft):
    names, same = columns(Edition)
    refused(
        f"INSERT OR REPLACE INTO radar_edition ({names}) SELECT {same} FROM radar_edition"
        " WHERE id = %s",
        frozen.pk,
    )
    _, by_key = columns(Edition, id="id + 1000")
    refused(
        f"INSERT OR REPLACE INTO radar_edition ({names}) SELECT {by_key} FROM radar_edition"
        " WHERE id = %s",
        frozen.pk,
    )
    refused("UPDATE OR REPLACE radar_edition SET id = %s WHERE id = %s", frozen.pk, draft.pk)


@pytest.mark.sqlite
def test_replacing_a_placement_is_refused(frozen, draft):
    victim = frozen.placements.order_by("pk").first()
    names, values = columns(Placement, id=str(victim.pk))
    refused(
        f"INSERT OR REPLACE INTO radar_placement ({names}) SELECT {values} FROM radar_placement"
        " WHERE edition_id = %s LIMIT 1",
        draft.pk,
    )
    refused(
        "UPDATE OR REPLACE radar_placement SET id = %s WHERE id ="
        " (SELECT max(id) FROM radar_placement)",
        victim.pk,
    )
