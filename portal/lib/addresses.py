"""Addresses of pages that name one thing by its key.

A list links to dozens of them, and asking the router for each costs more than drawing the row:
it is asked once a page, and the key is put into its answer.
"""

from functools import cache
from urllib.parse import quote

from django.urls import reverse

from portal.lib.converters import EntityKeyConverter

_MARK = "key"
_SAFE = "/~:@!$&'()*+,;="  # what the router leaves unquoted in a path
_converter = EntityKeyConverter()


def address_of(page: str, key: str) -> str:
    """The address of a page such as "catalog:service" for an entity's key."""
    before, after = _around_key(page)
    return f"{before}{quote(_converter.to_url(key), safe=_SAFE)}{after}"


@cache
def _around_key(page: str) -> tuple[str, str]:
    before, _, after = reverse(page, args=[_MARK]).rpartition(_MARK)
    return before, after
