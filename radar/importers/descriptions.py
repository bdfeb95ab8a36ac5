"""HTML of descriptions as Markdown, which the portal shows and sanitises in one place.

What a text may not do (scripts, frames, forms, handlers) is dropped before anything is read.
"""

import html
import re

import nh3

from portal.lib import markdown

_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "ul", "ol", "li", "blockquote", "div"),
    *("strong", "b", "em", "i", "code", "pre", "a", "u", "s", "del"),
}
_DROPPED_WITH_CONTENT = {"script", "style", "iframe", "object", "noscript", "template"}
_DANGEROUS = re.compile(
    r"<\s*(?:script|style|iframe|object|embed|form|svg|math|meta|link|base)\b"
    r"|\son[a-z]{3,}\s*="
    r"|=\s*[\"']?\s*(?:javascript|vbscript|data)\s*:",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>|([^<]+)")
_HREF = re.compile(r'\bhref="([^"]*)"')
_SPECIAL = re.compile(r"([\\`*_\[\]<>~|])")
_AT_START = re.compile(r"^(\s*)([#+\-=]|\d+[.)](?=\s))", re.MULTILINE)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_ANY_TAG = re.compile(r"<[a-zA-Z/!][^>]*>")


def is_dangerous(text: str) -> bool:
    """Whether a text has something in it that must not reach a page."""
    return "<" in text and _DANGEROUS.search(text) is not None


def plain(text: str) -> str:
    """A name without tags and with entities read."""
    if "<" in text:
        text = _ANY_TAG.sub("", text)
    return html.unescape(text) if "&" in text else text


def to_html(text: str) -> str:
    """The HTML that formats with HTML get of a Markdown text."""
    return str(markdown.to_html(text)).strip()


def to_markdown(text: str) -> str:
    """The Markdown that says what the HTML says."""
    if "<" not in text and "&" not in text:
        return _escape(_BLANKS.sub(" ", text).strip())
    clean = nh3.clean(
        text,
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    return _Writer().write(clean)


def _escape(text: str) -> str:
    text = _SPECIAL.sub(r"\\\1", text)
    return _AT_START.sub(lambda match: f"{match[1]}{_guard(match[2])}", text)


def _guard(mark: str) -> str:
    """`1.` at the start of a line would be a list, `#` a heading."""
    return f"{mark[:-1]}\\{mark[-1]}"


class _Writer:
    """Writes the tokens of clean HTML as blocks of Markdown."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._line: list[str] = []
        self._lists: list[int] = []  # 0: bullets; else the next number
        self._links: list[str] = []
        self._prefix = ""
        self._quotes = 0
        self._is_code = False

    def write(self, clean: str) -> str:
        for closing, tag, attributes, text in _TOKEN.findall(clean):
            if text:
                self._text(html.unescape(text))
            elif closing:
                self._close(tag)
            else:
                self._open(tag, attributes)
        self._end()
        return "\n\n".join(self._blocks).replace("\n\n\0", "\n").replace("\0", "").strip()

    def _text(self, text: str) -> None:
        if self._is_code:
            self._line.append(text)
            return
        text = _BLANKS.sub(" ", text)
        if not self._line or self._line[-1].endswith((" ", "\n")):
            text = text.lstrip(" ")
        if text:
            at_start = not "".join(self._line).strip()
            self._line.append(_escape(text) if at_start else _SPECIAL.sub(r"\\\1", text))

    def _open(self, tag: str, attributes: str) -> None:
        if tag in ("strong", "b"):
            self._line.append("**")
        elif tag in ("em", "i"):
            self._line.append("*")
        elif tag in ("s", "del"):
            self._line.append("~~")
        elif tag == "code":
            self._line.append("`")
            self._is_code = True
        elif tag == "br":
            if "".join(self._line).strip():
                self._line.append("\\\n")
        elif tag == "a":
            href = _HREF.search(attributes)
            self._links.append(html.unescape(href[1]) if href else "")
            self._line.append("[" if self._links[-1] else "")
        elif tag != "u":
            self._open_block(tag)

    def _open_block(self, tag: str) -> None:
        self._end()
        if tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            number = self._lists[-1] if self._lists else 0
            self._prefix = f"{number}. " if number else "- "
            if number:
                self._lists[-1] += 1
        elif tag[0] == "h" and tag[1:].isdigit():
            self._prefix = "#" * int(tag[1]) + " "
        elif tag == "blockquote":
            self._quotes += 1

    def _close(self, tag: str) -> None:
        if tag in ("strong", "b"):
            self._mark("**")
        elif tag in ("em", "i"):
            self._mark("*")
        elif tag in ("s", "del"):
            self._mark("~~")
        elif tag == "code":
            self._is_code = False
            self._mark("`")
        elif tag == "a":
            self._end_link()
        elif tag != "u":
            self._end()
            if tag in ("ul", "ol") and self._lists:
                self._lists.pop()
            elif tag == "blockquote":
                self._quotes = max(0, self._quotes - 1)

    def _mark(self, mark: str) -> None:
        """Close a mark; one around nothing is taken back, blanks stay outside it."""
        inner = []
        while self._line and (part := self._line.pop()) != mark:
            inner.append(part)
        text = "".join(reversed(inner))
        body = text.strip()
        if not body:
            self._line.append(text)
            return
        lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        self._line.append(f"{lead}{mark}{body}{mark}{tail}")

    def _end_link(self) -> None:
        address = self._links.pop() if self._links else ""
        if not address:
            return
        inner = []
        while self._line and (part := self._line.pop()) != "[":
            inner.append(part)
        text = "".join(reversed(inner))
        body = text.strip()
        if not body:
            self._line.append(text)
            return
        tail = " " if text != text.rstrip() else ""
        safe = address.replace(" ", "%20").replace("<", "%3C").replace(">", "%3E")
        target = f"<{safe}>" if any(sign in safe for sign in "()\\") else safe
        self._line.append(f"[{body}]({target}){tail}")

    def _end(self) -> None:
        """The block that was being written is done."""
        text = "".join(self._line).strip().removesuffix("\\").rstrip()
        self._line = []
        prefix, self._prefix = self._prefix, ""
        self._is_code = False
        if not text:
            return
        if prefix and self._lists and not prefix.startswith("#"):
            indent = "   " * (len(self._lists) - 1)
            text = indent + prefix + text.replace("\n", f"\n{indent}   ")
            follows = bool(self._blocks) and self._blocks[-1].lstrip("\0 ")[:1] in "-0123456789"
            self._blocks.append(("\0" if follows and self._in_list() else "") + text)
            return
        quote = "> " * self._quotes
        self._blocks.append(quote + (prefix + text).replace("\n", f"\n{quote}"))

    def _in_list(self) -> bool:
        last = self._blocks[-1].lstrip("\0 ")
        return last.startswith("- ") or re.match(r"\d+\. ", last) is not None
