"""Addresses that every page or every row of a list needs.

Asking the router for each costs more than drawing the row. It is asked once for each page there
is, and a key is put into its answer.
"""

from functools import cache
from urllib.parse import quote

from django.urls import reverse

from portal.lib.converters import EntityKeyConverter

_MARK = "key"
_SAFE = "/~:@!$&'()*+,;="  # what the router leaves unquoted in a path
_converter = EntityKeyConverter()


@cache
def address(page: str) -> str:
    """The address of a page without arguments, such as "catalog:services"."""
    return reverse(page)


def address_of(page: str, key: str) -> str:
    """The address of a page such as "catalog:service" for an entity's key."""
    before, after = _around_key(page)
    return f"{before}{quote(_converter.to_url(key), safe=_SAFE)}{after}"


@cache
def _around_key(page: str) -> tuple[str, str]:
    before, _, after = reverse(page, args=[_MARK]).rpartition(_MARK)
    return before, after
