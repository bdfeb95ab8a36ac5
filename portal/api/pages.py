"""Cursor pages: `{"data": [...], "pagination": {"next_cursor", "limit", "has_more"}}`.

A page is read from a position, not from an offset: the cursor keeps the sort values of the last
row, so rows that come or go elsewhere neither repeat nor hide others, and the hundredth page
costs what the first does. Cursors are signed, so nobody can make the database compare with
something that no page handed out, and they carry the list they belong to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, ForeignKey, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from ninja import Schema
from pydantic import Field

from portal.lib.errors import Invalid

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
_SALT = "portal.api.pages"

M = TypeVar("M", bound=Model)
T = TypeVar("T")


class Pagination(Schema):
    next_cursor: str | None = Field(description="Send it as `cursor` to get the next page.")
    limit: int
    has_more: bool


class Page(Schema, Generic[T]):
    """The answer of every list; as a response type: `response=Page[ServiceOut]`."""

    data: list[T]
    pagination: Pagination


class PageQuery(Schema):
    """The parameters of every list; in an operation: `at: Query[PageQuery]`."""

    cursor: str | None = Field(None, max_length=2000, description="`next_cursor` of the last page")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="rows a page")


@dataclass(frozen=True)
class _Key:
    """One sort key: a field path of the model or an annotation."""

    path: str
    descending: bool
    nullable: bool

    @property
    def order(self) -> OrderBy:
        field = F(self.path)
        if not self.nullable:
            return field.desc() if self.descending else field.asc()
        return field.desc(nulls_last=True) if self.descending else field.asc(nulls_last=True)

    def equal(self, value: object) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def beyond(self, value: object) -> Q | None:
        """What comes after `value`; None where nothing can (empty values come last)."""
        if value is None:
            return None
        condition = Q(**{f"{self.path}__{'lt' if self.descending else 'gt'}": value})
        return condition | Q(**{f"{self.path}__isnull": True}) if self.nullable else condition

    def value(self, row: Model) -> object:
        at: Any = row
        for part in self.path.split("__"):
            at = None if at is None else getattr(at, part)
        return at


def page(
    queryset: QuerySet[M],
    *,
    cursor: str | None,
    limit: int,
    order: Sequence[str] = ("key",),
    to: Callable[[M], object],
) -> dict[str, object]:
    """One page of `queryset` from `cursor` on, each row turned into its schema by `to`.

    `order` names fields, paths (`owner__name`; select them) or annotations, with `-` for
    descending; the primary key settles ties and empty values come last. Raises `Invalid` for a
    cursor that is damaged or of another list. Costs one query, and whatever is prefetched.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid(f"limit must be between 1 and {MAX_LIMIT}.", context={"limit": limit})
    keys = _keys(queryset.model, order)
    label = f"{queryset.model._meta.label_lower}:{','.join(order)}"
    if cursor:
        queryset = queryset.filter(_after(keys, _load(cursor, label, len(keys))))
    rows = list(queryset.order_by(*(key.order for key in keys))[: limit + 1])
    has_more = len(rows) > limit
    rows = rows[:limit]
    following = _dump(label, [key.value(rows[-1]) for key in keys]) if has_more else None
    return {
        "data": [to(row) for row in rows],
        "pagination": {"next_cursor": following, "limit": limit, "has_more": has_more},
    }


def _keys(model: type[Model], order: Sequence[str]) -> list[_Key]:
    keys = [
        _Key(name.removeprefix("-"), name.startswith("-"), _is_nullable(model, name))
        for name in order
    ]
    if not any(key.path in {"pk", "id"} for key in keys):
        keys.append(_Key("pk", bool(keys) and keys[-1].descending, False))
    return keys


def _is_nullable(model: type[Model], name: str) -> bool:
    """Whether a sort key can be empty; an annotation may always be."""
    at: type[Model] | None = model
    for part in name.removeprefix("-").split("__"):
        if part == "pk":
            return False
        if at is None:
            return True
        try:
            field = at._meta.get_field(part)
        except FieldDoesNotExist:
            return True
        if field.null:
            return True
        related = field.related_model if isinstance(field, ForeignKey) else None
        at = related if isinstance(related, type) else None
    return False


def _after(keys: Sequence[_Key], values: Sequence[object]) -> Q:
    """Rows after `values`: a later first key, or the same and a later second one, and so on.

    The bound on the first key is stated once more on its own, so that an index can start there.
    """
    branches, same = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        beyond = key.beyond(value)
        if beyond is not None:
            branches |= same & beyond
        same &= key.equal(value)
    first, value = keys[0], values[0]
    if first.nullable or len(keys) == 1:
        return branches
    return Q(**{f"{first.path}__{'lte' if first.descending else 'gte'}": value}) & branches


def _dump(label: str, values: Sequence[object]) -> str:
    return signing.dumps([label, *map(_pack, values)], salt=_SALT, compress=True)


def _load(cursor: str, label: str, count: int) -> list[object]:
    wrong = Invalid(
        "The cursor is damaged or belongs to another list; start again without one.",
        context={"fields": {"cursor": "is no cursor of this list"}},
    )
    try:
        found, *values = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise wrong from None
    if found != label or len(values) != count:
        raise wrong
    return [_unpack(value) for value in values]


def _pack(value: object) -> object:
    """A sort value as JSON; what JSON does not know is tagged with its type."""
    match value:
        case datetime():
            return ["datetime", value.isoformat()]
        case date():
            return ["date", value.isoformat()]
        case Decimal():
            return ["decimal", str(value)]
        case UUID():
            return ["uuid", str(value)]
        case _:
            return value


_UNPACK: dict[str, Callable[[str], object]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "decimal": Decimal,
    "uuid": UUID,
}


def _unpack(value: object) -> object:
    if isinstance(value, list):
        kind, text = value
        return _UNPACK[kind](text)
    return value
