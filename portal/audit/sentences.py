"""How events read: a sentence each, and what changed. Pure functions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from django.utils.html import format_html
from django.utils.safestring import SafeString

LONGEST_VALUE = 400
MISSING = "nothing"
FALLBACK = "{actor}: {words} ({subject})"


@dataclass(frozen=True)
class Difference:
    """One field before and after; "" where it was not there."""

    name: str
    before: str
    after: str

    @property
    def kind(self) -> str:
        if not self.before:
            return "added"
        return "changed" if self.after else "removed"


class _Fields(dict[str, object]):
    """The fields of before or after in a sentence; what is missing reads as "nothing"."""

    def __init__(self, content: object) -> None:
        super().__init__(content if isinstance(content, Mapping) else {})

    def __missing__(self, key: str) -> object:
        return MISSING

    def __getitem__(self, key: str) -> object:
        return shown(super().__getitem__(key)) or MISSING


def sentence(
    template: str | None,
    *,
    verb: str,
    actor: object,
    subject: object,
    before: object,
    after: object,
) -> SafeString:
    """The sentence of an event as HTML; `actor` and `subject` may be HTML already.

    Every value is escaped; only the template, which is code, is taken as it stands. A verb
    without a template reads by its own words.
    """
    values = {
        "actor": actor,
        "subject": subject,
        "before": _Fields(before),
        "after": _Fields(after),
        "words": verb.rpartition(".")[2].replace("_", " "),
    }
    formatter, parts, used = Formatter(), [], []
    for literal, name, _, _ in formatter.parse(template or FALLBACK):
        parts.append(literal.replace("{", "{{").replace("}", "}}"))
        if name is not None:
            parts.append("{}")
            used.append(formatter.get_field(name, (), values)[0])
    return format_html("".join(parts), *used) if used else format_html("{}", "".join(parts))


def differences(before: object, after: object) -> list[Difference]:
    """The fields that differ, in the order in which they were written."""
    old = before if isinstance(before, Mapping) else {}
    new = after if isinstance(after, Mapping) else {}
    names = list(dict.fromkeys([*old, *new]))
    found = (Difference(name, shown(old.get(name)), shown(new.get(name))) for name in names)
    return [item for item in found if item.before != item.after]


def shown(value: object) -> str:
    """A value as people read it; long ones are cut."""
    if value in (None, "", [], {}):
        return ""
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            text = value
        case list() if all(isinstance(item, str | int | float) for item in value):
            text = ", ".join(map(str, value))
        case _:
            text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + " …"
