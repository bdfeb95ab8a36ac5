"""Addresses made of names. Pure functions, shared by people's actions and the importers."""

import re
import unicodedata
from collections.abc import Container

LONGEST_SLUG = 120
_NAMELESS = "technology"  # for a name without any letter that an address can have
_WORDS = {"+": "plus", "#": "sharp", "&": " and ", "@": " at ", "%": " percent "}
_WRITTEN_OUT = "ß=ss æ=ae œ=oe ø=o ł=l đ=d ð=d þ=th µ=u μ=u λ=lambda π=pi"
_LETTERS = str.maketrans(dict(pair.split("=") for pair in _WRITTEN_OUT.split()))
_OTHER = re.compile(r"[^a-z0-9]+")
_QUARTER = re.compile(r"q([1-4])[ /-]*(\d{4})|(\d{4})[ /-]*q([1-4])")


def slug_for(name: str) -> str:
    """A name as part of an address: `C++` → `cplusplus`, `C#` → `csharp`, `.NET` → `dotnet`.

    Letters with marks lose them, other letters of the Latin script are written out, and what is
    left becomes a hyphen. The same name always gives the same slug; two names may give one.
    """
    text = name.strip().casefold()
    if text.startswith("."):
        text = f"dot{text[1:]}"
    for sign, word in _WORDS.items():
        text = text.replace(sign, word)
    text = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _OTHER.sub("-", text).strip("-")[:LONGEST_SLUG].rstrip("-") or _NAMELESS


def free_slug(name: str, taken: Container[str]) -> str:
    """The name's slug, with the first free number behind it where somebody has it already."""
    slug = slug_for(name)
    if slug not in taken:
        return slug
    number = 2
    while (numbered := f"{slug[: LONGEST_SLUG - len(str(number)) - 1]}-{number}") in taken:
        number += 1
    return numbered


def edition_key(title: str, taken: Container[str]) -> str:
    """An edition's part of an address: `Q4 2026` → `2026-q4`, so that keys sort by time."""
    quarter = _QUARTER.fullmatch(title.strip().casefold())
    if quarter:
        title = f"{quarter[2] or quarter[3]}-q{quarter[1] or quarter[4]}"
    return free_slug(title[:70], taken)
