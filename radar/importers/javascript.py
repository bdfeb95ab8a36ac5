"""Object literals of JavaScript as values, as far as configuration goes. Pure.

Keys without quotes, single quotes, comments, trailing commas and sums of texts are read. What is
no literal (`data.date`, a call, a function) becomes None.
"""

import re
from typing import Any

from radar.importers.texts import DEPTH, Malformed, line_at

LINE = "\0line"  # where an object begins, kept with it
_SKIPPED = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBER = re.compile(r"-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)")
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "", "\n": ""}
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def parse_argument(text: str, function: str) -> dict[str, Any]:
    """The object that the first call of a function is given. Raises `Malformed`."""
    call = re.search(rf"(?<!function )\b{re.escape(function)}\s*\(", text)
    if call is None:
        raise Malformed(f"{function}(…) is not called here.")
    value = _Reader(text, call.end()).value(0)
    if not isinstance(value, dict):
        line = line_at(text, call.start())
        raise Malformed(f"{function}(…) is not given an object that is written out.", line)
    return value


class _Reader:
    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._at = at

    def value(self, depth: int) -> Any:
        """A literal, or None for anything else; what follows it up to a comma is skipped."""
        if depth > DEPTH:
            raise self._wrong(f"this is nested deeper than {DEPTH} levels")
        first = self._peek()
        if first == "{":
            value: Any = self._object(depth)
        elif first == "[":
            value = self._array(depth)
        elif first in ("'", '"', "`"):
            value = self._sum()
        elif number := _NUMBER.match(self._text, self._at):
            self._at = number.end()
            text = number[0]
            value = float(text) if re.search(r"[.eE]", text) and "x" not in text else int(text, 0)
        else:
            name = _NAME.match(self._text, self._at)
            value = _WORDS.get(name[0]) if name else None
            if name and name[0] in _WORDS:
                self._at = name.end()
        if self._peek() not in (",", "}", "]", ")"):
            self._skip_expression()
            if not isinstance(value, (dict, list)):
                value = None
        return value

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {LINE: line_at(self._text, self._at)}
        self._at += 1
        while self._peek() != "}":
            key = self._key()
            if self._peek() == ":":
                self._at += 1
                found[key] = self.value(depth + 1)
            else:  # a method, a spread, a name that stands for itself
                self._skip_expression()
            if self._peek() == ",":
                self._at += 1
        self._at += 1
        return found

    def _key(self) -> str:
        first = self._peek()
        if first in ("'", '"', "`"):
            return self._string()
        match = _NAME.match(self._text, self._at) or _NUMBER.match(self._text, self._at)
        if match is None:
            if first == ".":  # a spread
                return ""
            raise self._wrong("a key was expected")
        self._at = match.end()
        return match[0]

    def _array(self, depth: int) -> list[Any]:
        found = []
        self._at += 1
        while self._peek() != "]":
            if self._text.startswith("...", self._at):
                self._skip_expression()
            else:
                found.append(self.value(depth + 1))
            if self._peek() == ",":
                self._at += 1
        self._at += 1
        return found

    def _sum(self) -> str:
        """Texts with `+` between them; ends before anything that is no text."""
        text = self._string()
        while self._peek() == "+":
            before = self._at
            self._at += 1
            if self._peek() not in ("'", '"', "`"):
                self._at = before
                break
            text += self._string()
        return text

    def _string(self) -> str:
        quote = self._text[self._at]
        parts: list[str] = []
        at = self._at + 1
        while at < len(self._text):
            sign = self._text[at]
            if sign == quote:
                self._at = at + 1
                return "".join(parts)
            if sign == "\\":
                text, at = self._escape(at + 1)
                parts.append(text)
                continue
            if sign == "\n" and quote != "`":
                break
            parts.append(sign)
            at += 1
        raise self._wrong("a text is not closed")

    def _escape(self, at: int) -> tuple[str, int]:
        code = re.compile(r"u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,5})\}")
        if match := code.match(self._text, at):
            return chr(int(match[1] or match[2] or match[3], 16)), match.end()
        sign = self._text[at : at + 1]
        return _ESCAPES.get(sign, sign), at + 1

    def _skip_expression(self) -> None:
        """Go to the comma or bracket that ends an expression."""
        waiting: list[str] = []
        while True:
            sign = self._peek()
            if not waiting and sign in (",", "}", "]", ")"):
                return
            if sign in ("'", '"', "`"):
                self._string()
                continue
            if sign in _CLOSING:
                waiting.append(_CLOSING[sign])
            elif waiting and sign == waiting[-1]:
                waiting.pop()
            self._at += 1

    def _peek(self) -> str:
        """The next sign that counts. Raises `Malformed` at the end of the text."""
        skipped = _SKIPPED.match(self._text, self._at)
        if skipped:
            self._at = skipped.end()
        if self._at >= len(self._text):
            raise self._wrong("it ends too early")
        return self._text[self._at]

    def _wrong(self, what: str) -> Malformed:
        line = line_at(self._text, min(self._at, len(self._text)))
        return Malformed(f"The JavaScript can't be read: {what}.", line)
