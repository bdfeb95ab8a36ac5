"""What no template of the portal may contain, and why. Pure: text in, problems out.

A page must run under a Content-Security-Policy without `unsafe-inline`, work without script, name
every control, and escape what people wrote. The rules read tags by a tokenizer that knows
Django's own tags, so that `<a{% if x %} href="…"{% endif %}>` is one tag.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

CLICKED = ("button", "div", "span", "tr", "td", "li")
HTMX_WRITES = ("hx-post", "hx-put", "hx-patch", "hx-delete")
LABELS = ("aria-label", "aria-labelledby", "title")
UNLABELLED = {"hidden", "submit", "button", "reset", "image"}

_DJANGO = r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}"
_COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|<!--.*?-->", re.S)
_TAG = re.compile(rf"<(/?)([a-zA-Z][\w-]*)((?:{_DJANGO}|\"[^\"]*\"|'[^']*'|[^>\"'])*)>", re.S)
_ATTRIBUTE = re.compile(
    rf"([@:a-zA-Z_][\w:.@-]*)(?:\s*=\s*(\"(?:{_DJANGO}|[^\"])*\"|'(?:{_DJANGO}|[^'])*'|[^\s\"'>]+))?",
    re.S,
)
_BLOCK_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.S)
_SAFE = re.compile(
    r"\{\{[^}]*\|\s*safe(?:seq)?\b[^}]*\}\}|\{%\s*autoescape\s+off\b|\{%\s*filter\s+safe\b"
)
_INCLUDE = re.compile(r"\{%\s*(include|extends)\s+[\"']([^\"']+)[\"']")
_PARTIAL_DEF = re.compile(r"\{%\s*(?:startpartial|partialdef)\s+[\"']?([\w-]+)")
_PARTIAL_USE = re.compile(r"\{%\s*partial\s+[\"']?([\w-]+)")
_HANDLER = re.compile(r"on[a-z]{3,}")


@dataclass(frozen=True, order=True)
class Problem:
    """A place in a template and the sentence about it."""

    path: str
    line: int
    message: str


@dataclass
class Tag:
    """An opening tag with its attributes, lower-cased; a value is None where none is written."""

    name: str
    line: int
    attributes: dict[str, str | None] = field(default_factory=dict)
    in_label: bool = False


def problems_of(path: str, text: str, known: Collection[str]) -> list[Problem]:
    """Everything in one template that breaks a rule; `known` holds all templates' names."""
    text = _COMMENT.sub(_blank, text)
    tags = list(_tags(text))
    found = [Problem(path, tag.line, message) for tag in tags for message in _of_tag(tag)]
    labelled = {tag.attributes.get("for") for tag in tags if tag.name == "label"}
    found += [
        Problem(path, tag.line, f"<{tag.name}> has no label: give it one, or an aria-label")
        for tag in tags
        if _wants_label(tag) and tag.attributes.get("id") not in labelled - {None}
    ]
    found += [Problem(path, line, message) for line, message in _of_text(text, known)]
    return sorted(set(found))


def _of_tag(tag: Tag) -> Iterator[str]:
    yield from _of_policy(tag)
    yield from _of_htmx(tag)
    names = tag.attributes
    if names.get("target") == "_blank" and "noopener" not in (names.get("rel") or ""):
        yield f'<{tag.name} target="_blank"> without rel="noopener"'
    if tag.name == "img" and "alt" not in names:
        yield "<img> without alt"


def _of_policy(tag: Tag) -> Iterator[str]:
    """What the content security policy would refuse."""
    names = tag.attributes
    if "style" in names:
        yield f"<{tag.name}> has a style attribute: use a class, or an SVG attribute"
    for name in names:
        if _HANDLER.fullmatch(name) or name.startswith("hx-on"):
            yield f"<{tag.name}> has the inline handler {name}: put it into static/js"
    if (names.get("href") or "").strip().lower().startswith("javascript:"):
        yield f"<{tag.name}> has a javascript: address"
    if tag.name == "style" and "nonce" not in names:
        yield "<style> without a nonce: put it into static/css"
    is_data = names.get("type") == "application/json"
    if tag.name == "script" and not is_data and not {"src", "nonce"} & names.keys():
        yield "<script> without src or nonce: put it into static/js"


def _of_htmx(tag: Tag) -> Iterator[str]:
    """What would do nothing without script."""
    names = tag.attributes
    reads = "hx-get" in names
    writes = any(name in names for name in HTMX_WRITES)
    if reads and tag.name == "a" and "href" not in names:
        yield "<a> has hx-get but no href: without script it does nothing"
    if (reads or writes) and tag.name == "form" and "action" not in names:
        yield "<form> is sent by htmx but has no action: without script it does nothing"
    if reads and tag.name in CLICKED and "hx-trigger" not in names:
        yield f"<{tag.name}> has hx-get: use a link with an href, which works without script"
    if writes and tag.name != "form":
        yield f"<{tag.name}> writes by htmx: use a form with method and action"


def _wants_label(tag: Tag) -> bool:
    if tag.name not in ("input", "select", "textarea") or tag.in_label:
        return False
    if tag.name == "input" and (tag.attributes.get("type") or "text") in UNLABELLED:
        return False
    return not any(name in tag.attributes for name in LABELS)


def _of_text(text: str, known: Collection[str]) -> Iterator[tuple[int, str]]:
    for match in _SAFE.finditer(text):
        yield (
            _line(text, match.start()),
            "marks text as safe: build markup with format_html instead",
        )
    for match in _INCLUDE.finditer(text):
        if match[2] not in known:
            yield _line(text, match.start()), f"{match[1]}s {match[2]}, which doesn't exist"
    defined = set(_PARTIAL_DEF.findall(text))
    for match in _PARTIAL_USE.finditer(text):
        if match[1] not in defined:
            yield (
                _line(text, match.start()),
                f"uses the partial {match[1]}, which isn't defined here",
            )


def _tags(text: str) -> Iterator[Tag]:
    labels = 0
    for match in _TAG.finditer(text):
        name = match[2].lower()
        if name == "label":
            labels = max(0, labels + (-1 if match[1] else 1))
        if match[1]:
            continue
        inside = _BLOCK_TAG.sub(" ", match[3])
        attributes = {
            found[1].lower(): None if found[2] is None else found[2].strip("\"'")
            for found in _ATTRIBUTE.finditer(inside)
        }
        yield Tag(name, _line(text, match.start()), attributes, labels > 0)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _blank(match: re.Match[str]) -> str:
    """A comment leaves its line breaks behind, so that lines keep their numbers."""
    return "\n" * match[0].count("\n")
