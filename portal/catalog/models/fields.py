"""A JSON column that keeps the order of keys."""

import json
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field


class OrderedJSONField(_Field):
    """JSON as text: `jsonb` would sort the keys, and an export gives back what was read.

    It can't be queried into; what pages filter by has columns of its own.
    """

    def get_internal_type(self) -> str:
        return "TextField"

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return None if value is None else json.loads(value)

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else to_json(value)

    def value_to_string(self, obj: models.Model) -> str:
        return to_json(self.value_from_object(obj))


def to_json(value: object) -> str:
    """The one way a document is written as text; digests are taken over it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
