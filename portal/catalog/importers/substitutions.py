"""`$text`, `$json`, `$yaml`, `$openapi` and `$asyncapi`: values that stand for another file.

The last two are text here: a definition's references to further files stay as they are.

The document keeps them as written; what they hold is used for the typed reading.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.catalog.importers.problems import Unreadable
from portal.catalog.models.fields import to_json
from portal.catalog.rules import SUBSTITUTIONS, Path, is_substitution
from portal.lib import yaml

LARGEST = 2 * 1024 * 1024
_MARKS = tuple(word.encode() for word in SUBSTITUTIONS)

ReadBeside = Callable[[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Failure:
    path: Path
    message: str


def holds_any(data: bytes) -> bool:
    """Whether a file's text can hold a substitution at all."""
    return any(mark in data for mark in _MARKS)


class Substitutions:
    """Follows substitutions; `read(base, target)` reads what the file `base` calls `target`."""

    def __init__(self, read: ReadBeside) -> None:
        self._read = read

    def resolve(self, base: str, body: dict[str, Any]) -> tuple[dict[str, Any], list[Failure]]:
        """The body with every substitution followed (itself where it has none), and failures.

        A value that can't be followed stays as it is.
        """
        failures: list[Failure] = []
        resolved = self._value(base, body, (), failures)
        assert isinstance(resolved, dict)
        return resolved, failures

    def _value(self, base: str, value: Any, path: Path, failures: list[Failure]) -> Any:
        """The value itself where nothing in it changes: what it shares is never written to."""
        if is_substitution(value):
            ((how, target),) = value.items()
            try:
                return self._content(base, how, target)
            except (Unreadable, yaml.YamlError, ValueError, RecursionError) as error:
                words = getattr(error, "message", "") or str(error)
                message = f"{how} names {target[:200]}, which can't be used: {words.rstrip('.')}."
                failures.append(Failure(path, message))
                return value
        if isinstance(value, dict):
            items = {
                key: self._value(base, item, (*path, key), failures) for key, item in value.items()
            }
            return value if all(items[key] is value[key] for key in value) else items
        if isinstance(value, list):
            found = [
                self._value(base, item, (*path, index), failures)
                for index, item in enumerate(value)
            ]
            return value if all(a is b for a, b in zip(found, value, strict=True)) else found
        return value

    def _content(self, base: str, how: str, target: str) -> Any:
        data = self._read(base, target)
        if len(data) > LARGEST:
            raise Unreadable(f"it is larger than {LARGEST // 1024**2} MB")
        if how == "$json":
            if b"\\u0000" in data:
                raise Unreadable("it holds a NUL character")
            value = json.loads(data)
            to_json(value).encode()  # raises where it holds half a character
            return value
        if how == "$yaml":
            return yaml.load_document(data).value
        text = data.decode("utf-8-sig")
        if "\0" in text:
            raise Unreadable("it holds a NUL character")
        return text
