"""What other apps add to a list: columns to sort by, cells for a page of rows, filters.

A list page calls `columns()` and `filters()` for its declaration, `annotated()` before it sorts,
and `with_cells()` for the rows that it shows; each column fills all of them at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.lib.lists import Column, Filter
from portal.lib.registry import list_columns, list_filters


@dataclass(frozen=True)
class Cell:
    """One value of a row, with the template that draws it."""

    template: str
    value: object
    numeric: bool
    priority: int


@dataclass(frozen=True)
class Row:
    """A row of a list with the cells that other apps fill, in the order of the columns."""

    subject: Any
    cells: list[Cell]


def columns(place: str) -> list[Column]:
    """The registered columns of a list, as it declares its own."""
    return [
        Column(
            key=column.key,
            title=column.title,
            sort=column.sort,
            numeric=column.numeric,
            priority=column.priority,
            descends_first=column.numeric,
        )
        for column in list_columns
        if column.place == place
    ]


def filters(place: str) -> list[Filter]:
    """The registered filters of a list, as it declares its own."""
    return [
        Filter(key=item.key, title=item.title, apply=item.apply, options=item.options)
        for item in list_filters
        if item.place == place
    ]


def annotated(place: str, queryset: Any, *sorts: str) -> Any:
    """The queryset with what the columns named by `sorts` (with or without `-`) sort by.

    Give both the address's sort and the list's default: an unknown one falls back to the other.
    """
    for sort in sorts:
        column = list_columns.get(sort.removeprefix("-"))
        if column is not None and column.place == place and column.annotate is not None:
            queryset = column.annotate(queryset)
    return queryset


def with_cells(place: str, rows: Sequence[Any]) -> list[Row]:
    """Each row with a cell per registered column; a column is asked once for all rows."""
    shown = [column for column in list_columns if column.place == place]
    values = [column.load(rows) if rows else {} for column in shown]
    return [
        Row(
            subject=row,
            cells=[
                Cell(column.template, found.get(row.pk), column.numeric, column.priority)
                for column, found in zip(shown, values, strict=True)
            ],
        )
        for row in rows
    ]
