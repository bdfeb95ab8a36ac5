"""The database itself keeps editions that were published here: nobody changes them, adds to them
or takes from them. Rows of the sample organisation may be deleted.

Publishing turns a draft, which is not frozen, into an edition that is. SQLite's REPLACE deletes
the row it replaces without asking delete triggers, so whatever would replace a frozen row is
refused as well. A migration that makes SQLite rebuild one of the two tables must run this one's
SQL again: triggers go with the old table.
"""

from django.db import migrations

MESSAGE = "published editions are frozen"
FROZEN = "state = 'published' AND origin = 'portal'"


def _sqlite(name, table, event, condition):
    return f"""
    CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition}
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
    """


def _frozen(row, condition=""):
    frozen = f"id = {row} AND {FROZEN}{condition}"
    return f"EXISTS (SELECT 1 FROM radar_edition WHERE {frozen})"  # noqa: S608 constants of this file


OLD_FROZEN = "OLD.state = 'published' AND OLD.origin = 'portal'"
REPLACED_EDITION = f"""EXISTS (
    SELECT 1 FROM radar_edition WHERE {FROZEN}
    AND (id = NEW.id OR (radar_id = NEW.radar_id AND key = NEW.key))
)"""  # noqa: S608 constants of this file
REPLACED_PLACEMENT = f"""EXISTS (
    SELECT 1 FROM radar_placement JOIN radar_edition ON radar_edition.id = edition_id
    WHERE radar_placement.id = NEW.id AND {FROZEN}
)"""  # noqa: S608 constants of this file
SQLITE = {
    "radar_edition_no_update": (
        "radar_edition",
        "UPDATE",
        f"({OLD_FROZEN}) OR {REPLACED_EDITION}",
    ),
    "radar_edition_no_delete": (
        "radar_edition",
        "DELETE",
        f"{OLD_FROZEN} AND NOT OLD.is_sample",
    ),
    "radar_edition_no_replace": ("radar_edition", "INSERT", REPLACED_EDITION),
    "radar_placement_no_update": (
        "radar_placement",
        "UPDATE",
        f"{_frozen('OLD.edition_id')} OR {_frozen('NEW.edition_id')} OR {REPLACED_PLACEMENT}",
    ),
    "radar_placement_no_delete": (
        "radar_placement",
        "DELETE",
        _frozen("OLD.edition_id", " AND NOT is_sample"),
    ),
    "radar_placement_no_insert": (
        "radar_placement",
        "INSERT",
        f"{_frozen('NEW.edition_id')} OR {REPLACED_PLACEMENT}",
    ),
}
POSTGRESQL = [
    f"""
    CREATE FUNCTION radar_edition_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation';
        END IF;
        IF {OLD_FROZEN} AND NOT (TG_OP = 'DELETE' AND OLD.is_sample) THEN
            RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    END $$
    """,
    # A share of the edition's row is taken, so that nobody publishes it at this moment.
    f"""
    CREATE FUNCTION radar_placement_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        is_frozen boolean;
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation';
        END IF;
        IF TG_OP <> 'INSERT' THEN
            SELECT {FROZEN} AND NOT (TG_OP = 'DELETE' AND is_sample) INTO is_frozen
            FROM radar_edition WHERE id = OLD.edition_id FOR SHARE;
            IF is_frozen THEN
                RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation';
            END IF;
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        SELECT {FROZEN} INTO is_frozen
        FROM radar_edition WHERE id = NEW.edition_id FOR SHARE;
        IF is_frozen THEN
            RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,  # noqa: S608 constants of this file
    """
    CREATE TRIGGER radar_edition_no_change BEFORE UPDATE OR DELETE ON radar_edition
    FOR EACH ROW EXECUTE FUNCTION radar_edition_frozen()
    """,
    """
    CREATE TRIGGER radar_edition_no_truncate BEFORE TRUNCATE ON radar_edition
    FOR EACH STATEMENT EXECUTE FUNCTION radar_edition_frozen()
    """,
    """
    CREATE TRIGGER radar_placement_no_change BEFORE INSERT OR UPDATE OR DELETE ON radar_placement
    FOR EACH ROW EXECUTE FUNCTION radar_placement_frozen()
    """,
    """
    CREATE TRIGGER radar_placement_no_truncate BEFORE TRUNCATE ON radar_placement
    FOR EACH STATEMENT EXECUTE FUNCTION radar_placement_frozen()
    """,
]


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in POSTGRESQL:
            schema_editor.execute(statement)
        return
    for name, (table, event, condition) in SQLITE.items():
        schema_editor.execute(_sqlite(name, table, event, condition))


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for noun in ("placement", "edition"):
            for event in ("truncate", "change"):
                schema_editor.execute(f"DROP TRIGGER radar_{noun}_no_{event} ON radar_{noun}")
            schema_editor.execute(f"DROP FUNCTION radar_{noun}_frozen()")
        return
    for name in SQLITE:
        schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("radar", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
