"""Markdown to HTML, in this one place, and sanitised.

CommonMark with tables, strikethrough and bare addresses as links. HTML in the text is shown as
text. Headings start below the page's own (`#` becomes `h2`) and get ids, so that a heading can
be linked to; links out of the portal open without telling where they were.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import urlsplit

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST = 500_000  # characters; what is longer is cut, with a line that says so
PREFIX = "s-"  # ids from text never meet ids of the page

_TAGS = {
    *("h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "ul", "ol", "li"),
    *("strong", "em", "s", "code", "pre", "a", "img"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "loading"},
    "ol": {"start"},
    "code": {"class"},
    "pre": {"tabindex"},
    **{f"h{rank}": {"id"} for rank in range(2, 7)},
}
_LANGUAGE = re.compile(r"language-[a-z0-9+#-]{1,30}")
_NOT_IN_ID = re.compile(r"[^\w]+")

_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def to_html(text: str) -> SafeString:
    """Sanitised HTML of a Markdown text."""
    cut = len(text) > LONGEST
    tokens = _parser.parse(text[:LONGEST])
    _number_headings(tokens)
    for token in tokens:
        _prepare(token)
    html = _parser.renderer.render(tokens, _parser.options, {})
    if cut:
        html += f"<p><em>Cut after {LONGEST} characters.</em></p>"
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        attribute_filter=_filter,
    )
    return SafeString(clean)


def _number_headings(tokens: Sequence[Token]) -> None:
    """Lower each heading by one rank and give it an id of its words, numbered when taken."""
    taken: set[str] = set()
    for token, inline in pairwise(tokens):
        if token.type != "heading_open":
            continue
        words = _NOT_IN_ID.sub("-", inline.content.lower()).strip("-")[:60] or "section"
        name, number = words, 2
        while name in taken:
            name, number = f"{words}-{number}", number + 1
        taken.add(name)
        token.attrSet("id", PREFIX + name)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"


def _prepare(token: Token) -> None:
    """Keyboard reach for code that scrolls; pictures are fetched when they come into view."""
    for child in token.children or ():
        if child.type == "image":
            child.attrSet("loading", "lazy")


def _filter(tag: str, name: str, value: str) -> str | None:
    """Keep a link only where it leads to the web, a mailbox or this portal; pictures only from
    the portal itself, as the content security policy says."""
    if name == "class":
        return value if _LANGUAGE.fullmatch(value) else None
    if name in ("href", "src"):
        parts = urlsplit(value)
        if name == "src" and (parts.scheme or parts.netloc):
            return None
    return value
