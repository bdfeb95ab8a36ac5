"""What people may write into the radar's fields; each function answers it cleaned or raises
`Invalid` with a message for the field."""

import re
from collections.abc import Iterable, Mapping
from typing import NoReturn
from urllib.parse import urlsplit

from portal.lib.errors import Invalid
from portal.lib.registry import link_targets

LONGEST_TEXT = 20_000
LONGEST_NAME = 200
LONGEST_ADDRESS = 1_000
MOST_TAGS = 20
MOST_LINKS = 20
_TAG = re.compile(r"[\w.+#-]{1,40}")


def refuse(field: str, message: str) -> NoReturn:
    raise Invalid(message, context={"fields": {field: message}})


def name(field: str, value: str, *, what: str, longest: int = LONGEST_NAME) -> str:
    """A name on one line."""
    cleaned = " ".join(value.replace("\0", "").split())
    if not cleaned or len(cleaned) > longest:
        refuse(field, f"{what} has 1 to {longest} characters.")
    return cleaned


def text(field: str, value: str, *, what: str, missing: str = "") -> str:
    """Markdown; `missing` is said where it is empty and must not be."""
    cleaned = value.replace("\0", "").replace("\r\n", "\n").strip()
    if missing and not cleaned:
        refuse(field, missing)
    if len(cleaned) > LONGEST_TEXT:
        refuse(field, f"{what} has at most {LONGEST_TEXT:,} characters.")
    return cleaned


def tags(values: Iterable[str]) -> list[str]:
    """Lower-case words, each once."""
    found = list(dict.fromkeys(value.strip().lower() for value in values if value.strip()))
    for tag in found:
        if not _TAG.fullmatch(tag):
            refuse("tags", f"“{tag[:40]}” is no tag: use letters, digits and . + # - _ only.")
    if len(found) > MOST_TAGS:
        refuse("tags", f"A technology has at most {MOST_TAGS} tags.")
    return found


def links(values: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Addresses on the web with a title; without one the address is its own title."""
    found = []
    for value in values:
        url = value.get("url", "").strip()
        if not url:
            continue
        if not is_web_address(url):
            refuse("links", f"“{url[:80]}” is no address that starts with http:// or https://.")
        title = " ".join(value.get("title", "").split())[:LONGEST_NAME]
        found.append({"title": title or url, "url": url})
    if len(found) > MOST_LINKS:
        refuse("links", f"A technology has at most {MOST_LINKS} links.")
    return found


def is_web_address(url: str) -> bool:
    """Whether a browser may be sent there: http or https, with a host and nothing odd in it."""
    if len(url) > LONGEST_ADDRESS or any(letter.isspace() or letter < " " for letter in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def because(kind: str, key: str) -> tuple[str, str]:
    """The evaluation or decision behind a change: a link target that exists, or none at all."""
    kind, key = kind.strip(), key.strip()
    if not kind and not key:
        return "", ""
    target = link_targets.get(kind)
    if target is None:
        refuse("because", f"Nothing of the kind “{kind[:40]}” can be named as the cause.")
    if key not in target.resolve([key]):
        refuse("because", f"There is no {target.title.lower()} “{key[:80]}”.")
    return kind, key
