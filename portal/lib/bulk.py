"""Inserting very many rows: `COPY` on PostgreSQL, one prepared statement on SQLite.

Django's `bulk_create` spends most of its time on building SQL; this is several times quicker and
made for tens of thousands of rows. Columns that are not given get their default. Constraints and
triggers hold as ever; nothing is updated, and no ids come back.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import AutoField, BigAutoField, DateTimeField, Field, JSONField, Model
from django.utils import timezone

Row = tuple[Any, ...]


def insert_rows(model: type[Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows of values in the order of `columns`, which are attribute names (`owner_id`)."""
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    given = [by_name[name] for name in columns]
    others = [
        field
        for name, field in by_name.items()
        if name not in columns and not isinstance(field, (AutoField, BigAutoField))
    ]
    defaults = tuple(_prepare(field)(_default(field)) for field in others)
    prepared = _prepared(given, rows, defaults)
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column or "") for field in [*given, *others])
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = f"COPY {table} ({names}) FROM STDIN"
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                for row in prepared:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * (len(given) + len(others)))
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 names of our own columns
            list(prepared),
        )


def _prepared(
    given: Sequence["Field[Any, Any]"], rows: Iterable[Row], defaults: Row
) -> Iterator[Row]:
    """Rows as the driver takes them; only columns that need it are converted."""
    converters = [
        (index, _prepare(field)) for index, field in enumerate(given) if _needs_preparing(field)
    ]
    for row in rows:
        values = list(row)
        for index, convert in converters:
            values[index] = convert(values[index])
        yield (*values, *defaults)


def _needs_preparing(field: "Field[Any, Any]") -> bool:
    """Whether the driver takes the field's Python values as they are."""
    return isinstance(field, (DateTimeField, JSONField)) or (
        type(field).get_prep_value is not Field.get_prep_value
        and not type(field).__module__.startswith("django.")
    )


def _prepare(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    return lambda value: field.get_db_prep_save(value, connection)


def _default(field: "Field[Any, Any]") -> Any:
    if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
        return timezone.now()
    return field.get_default()
