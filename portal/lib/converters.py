"""Path converters of the portal's addresses. Importing this module registers them."""

from django.urls import register_converter

# Words that are pages of their own below `/services/`; a service of that name has its page all
# the same, under its full key.
RESERVED = frozenset({"import"})
_DEFAULT = "default:"


class EntityKeyConverter:
    """The key of an entity: its lower-cased name, with `namespace:` before it outside `default`.

    Dots are allowed; a slash never is.
    """

    regex = r"[^/]+"

    def to_python(self, value: str) -> str:
        return value.lower().removeprefix(_DEFAULT)

    def to_url(self, value: str) -> str:
        return f"{_DEFAULT}{value}" if value in RESERVED else value


register_converter(EntityKeyConverter, "entity_key")
