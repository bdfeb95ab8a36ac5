"""Lists: filtering, sorting and paging, all kept in the address as plain query parameters.

A list declares its columns and filters once; the page, the CSV and the API read the same
declaration. Pages are counted once and read with one query each, whatever the size.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy
from django.http import QueryDict

PAGE_SIZES = (25, 50, 100)
USUAL_SIZE = PAGE_SIZES[0]

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: `sort` names the fields it sorts by (empty: can't be sorted)."""

    key: str
    title: str
    sort: tuple[str, ...] = ()
    numeric: bool = False
    priority: int = 1  # 1 always, 2 hidden on phones, 3 hidden below 1180 px
    descends_first: bool = False


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A filter under its query parameter. `options` empty means free text."""

    key: str
    title: str
    apply: Callable[[Any, str], Any]
    options: Callable[[], Iterable[tuple[str, str]]] | None = None


@dataclass(frozen=True)
class Choice:
    """A filter as drawn: its options with the chosen one."""

    key: str
    title: str
    value: str
    options: list[tuple[str, str]]
    is_text: bool


@dataclass(frozen=True)
class Heading:
    """A column as drawn: the address that sorts by it and how it is sorted now."""

    column: Column
    href: str  # empty where it can't be sorted
    aria_sort: str  # "", "ascending", "descending"


@dataclass(frozen=True)
class ListPage(Generic[M]):
    """One page of a list, with everything its template needs."""

    rows: Sequence[M]
    total: int
    page: int
    pages: int
    size: int
    sort: str
    headings: list[Heading]
    choices: list[Choice]
    params: QueryDict
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def first(self) -> int:
        return 0 if self.total == 0 else (self.page - 1) * self.size + 1

    @property
    def last(self) -> int:
        return min(self.page * self.size, self.total)

    @property
    def is_filtered(self) -> bool:
        return any(self.values.values())

    @property
    def previous_href(self) -> str:
        return self.href(page=str(self.page - 1)) if self.page > 1 else ""

    @property
    def next_href(self) -> str:
        return self.href(page=str(self.page + 1)) if self.page < self.pages else ""

    def href(self, **changes: str) -> str:
        """The query string of this list with some parameters changed ("" removes one)."""
        return query_string(self.params, **changes)


def query_string(params: QueryDict, **changes: str) -> str:
    """`params` with changes as a query string that starts with `?`."""
    changed = params.copy()
    for key, value in changes.items():
        if value:
            changed[key] = value
        else:
            changed.pop(key, None)
    return "?" + changed.urlencode()


def list_page(
    params: QueryDict,
    queryset: QuerySet[M],
    *,
    columns: Sequence[Column],
    filters: Sequence[Filter] = (),
    default_sort: str,
    usual_size: int = USUAL_SIZE,
) -> ListPage[M]:
    """Filter, sort and page a queryset as `params` say, `usual_size` rows where they say nothing.

    `sort` is a column's key, with `-` for descending; unknown keys, sizes and page numbers fall
    back to the nearest sensible value instead of failing. Nulls always come last, and the
    primary key settles ties, so that pages never overlap.
    """
    values: dict[str, str] = {}
    for item in filters:
        value = params.get(item.key, "").strip()[:200]
        values[item.key] = value
        if value:
            queryset = item.apply(queryset, value)
    by_key = {column.key: column for column in columns}
    sort = params.get("sort", "")
    if not by_key.get(sort.removeprefix("-"), Column(key="", title="")).sort:
        sort = default_sort
    descending, key = sort.startswith("-"), sort.removeprefix("-")
    size = _number(params.get("size"), usual_size)
    size = size if size in PAGE_SIZES else usual_size
    total = queryset.count()
    pages = max(1, -(-total // size))
    page = min(max(1, _number(params.get("page"), 1)), pages)
    ordered = queryset.order_by(*ordering(by_key[key].sort, descending, queryset.model), "pk")
    return ListPage(
        rows=list(_slice(ordered, (page - 1) * size, size)),
        total=total,
        page=page,
        pages=pages,
        size=size,
        sort=sort,
        headings=[_heading(column, sort, params) for column in columns],
        choices=[
            Choice(
                key=item.key,
                title=item.title,
                value=values[item.key],
                options=list(item.options()) if item.options else [],
                is_text=item.options is None,
            )
            for item in filters
        ],
        params=params,
        values=values,
    )


def _slice(rows: QuerySet[M], start: int, size: int) -> QuerySet[M]:
    """`size` rows from `start` on. What the rows are joined with is not read for those before."""
    if start == 0:
        return rows[:size]
    keys = rows.select_related(None).values("pk")[start : start + size]
    return rows.filter(pk__in=keys)


def ordering(fields: Sequence[str], descending: bool, model: type[Model]) -> list[OrderBy]:
    """Order expressions over `fields` of a model, with nulls last in both directions.

    A column of the model itself that is never null is ordered plainly, so that an index serves.
    """
    never_null = {field.name for field in model._meta.concrete_fields if not field.null}
    found = []
    for name in fields:
        nulls_last = None if name in never_null else True
        order = F(name).desc if descending else F(name).asc
        found.append(order(nulls_last=nulls_last))
    return found


def _heading(column: Column, sort: str, params: QueryDict) -> Heading:
    if not column.sort:
        return Heading(column, "", "")
    descending, key = sort.startswith("-"), sort.removeprefix("-")
    if key != column.key:
        target = f"-{column.key}" if column.descends_first else column.key
        return Heading(column, query_string(params, sort=target, page=""), "")
    target = column.key if descending else f"-{column.key}"
    state = "descending" if descending else "ascending"
    return Heading(column, query_string(params, sort=target, page=""), state)


def _number(text: str | None, default: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        return default
