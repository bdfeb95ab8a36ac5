"""Columns that other apps add to the catalogue's lists."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.html import format_html_join

from portal.lib.lists import Column
from portal.lib.registry import ListColumn, list_columns


class AddedColumns:
    """The added columns of one place ("services", "teams")."""

    def __init__(self, place: str) -> None:
        self.all: list[ListColumn] = [item for item in list_columns if item.place == place]

    def columns(self) -> list[Column]:
        return [
            Column(
                key=column.key,
                title=column.title,
                sort=column.sort,
                numeric=column.numeric,
                priority=column.priority,
                descends_first=column.numeric,
            )
            for column in self.all
        ]

    def annotated(self, rows: QuerySet[Any], params: QueryDict) -> QuerySet[Any]:
        """The rows with what the column that they are sorted by needs."""
        key = params.get("sort", "").removeprefix("-")
        for column in self.all:
            if column.key == key and column.annotate is not None:
                return column.annotate(rows)  # type: ignore[no-any-return]
        return rows

    def fill(self, rows: Sequence[Any]) -> None:
        """Give each row its `cells` as drawn, with a constant number of queries for all rows."""
        loaded = [(column.draw, _css(column), column.load(rows)) for column in self.all if rows]
        for row in rows:
            row.cells = format_html_join(
                "",
                '<td class="{}">{}</td>',
                ((css, draw(values.get(row.pk))) for draw, css, values in loaded),
            )


def _css(column: ListColumn) -> str:
    classes = ["nw"]
    if column.numeric:
        classes.append("r")
    if column.priority > 1:
        classes.append(f"p{column.priority}")
    return " ".join(classes)
