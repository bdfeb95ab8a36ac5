"""Versions and ranges of all ecosystems, as far as comparing them needs. Pure.

A version or range is a set of intervals; one fits a pattern's range when it lies wholly within
it. So `^18.2.0` fits `>=18`, and `>=16` alone does not. What can't be read fits nothing.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

Key = tuple[tuple[int, ...], int, tuple[tuple[int, str], ...]]

_VERSION = re.compile(r"[vV]?(\d{1,18}(?:\.\d{1,18})*)(.*)", re.DOTALL)
_EARLY = re.compile(
    r"[-._]?(?:a|alpha|b|beta|c|rc|pre|preview|dev|m|cr|snapshot|canary|next|nightly|insiders)"
    r"(?![a-z])",
    re.IGNORECASE,
)
_PART = re.compile(r"\d+|[a-z]+", re.IGNORECASE)
_TOKEN = re.compile(r"(===?|>=|<=|!=|~>|~=|\^|~|>|<|=)?[vV]?((?:\d|[xX*])[^\s,|<>=!^~]*)[\s,]*")
_SPACED = re.compile(r"(===?|>=|<=|!=|~>|~=|[\^~<>=])\s+")
_BRACKETS = re.compile(r"([\[(])\s*([^,\[\]()]*)\s*(,?)\s*([^,\[\]()]*)\s*([\])])")
_BETWEEN = re.compile(r"(\S+)\s+-\s+(\S+)")
_ALTERNATIVES = re.compile(r"\s*\|\|?\s*")
_TO_NEXT = ("^", "~", "~>", "~=")
_WILD = re.compile(r"(?:^|\.)[xX*](?:\..*)?$")


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`; None is open. The flags say whether an end belongs to it."""

    low: Key | None = None
    high: Key | None = None
    has_low: bool = True
    has_high: bool = False

    def lies_in(self, other: "Interval") -> bool:
        return self._starts_in(other) and self._ends_in(other)

    def _starts_in(self, other: "Interval") -> bool:
        if other.low is None or self.low is None:
            return other.low is None
        return self.low > other.low or (
            self.low == other.low and (other.has_low or not self.has_low)
        )

    def _ends_in(self, other: "Interval") -> bool:
        if other.high is None or self.high is None:
            return other.high is None
        return self.high < other.high or (
            self.high == other.high and (other.has_high or not self.has_high)
        )

    def cut(self, other: "Interval") -> "Interval":
        """What both hold."""
        low = self if self._starts_in(other) else other
        high = self if self._ends_in(other) else other
        return Interval(low.low, high.high, low.has_low, high.has_high)


@lru_cache(maxsize=65_536)
def fits(version: str, wanted: str) -> bool:
    """Whether every version that `version` (one, or a range) stands for is in the range `wanted`.
    An empty `wanted` takes all, also unknown ones; an unknown version fits nothing else."""
    if not wanted:
        return True
    found, allowed = intervals(version, is_pattern=False), intervals(wanted)
    if not found or not allowed:
        return False
    return all(any(one.lies_in(other) for other in allowed) for one in found)


def intervals(text: str, *, is_pattern: bool = True) -> list[Interval]:
    """The intervals of a version or range; none where it can't be read. A bare `18` is all of 18
    in a pattern, and version 18 where somebody uses it."""
    found = []
    for alternative in _ALTERNATIVES.split(text.strip()):
        one = _alternative(alternative.strip(), is_pattern)
        if one is None:
            return []
        found.append(one)
    return found


def _alternative(text: str, is_pattern: bool) -> Interval | None:
    if brackets := _BRACKETS.fullmatch(text):
        return _bracketed(*brackets.groups())
    if between := _BETWEEN.fullmatch(text):
        text = f">={between.group(1)} <={between.group(2)}"
    text = _SPACED.sub(r"\1", text)
    found, at = None, 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        one = _comparison(token.group(1) or "", token.group(2), is_pattern)
        if one is None:
            return None
        found = one if found is None else found.cut(one)
        at = token.end()
    return found


def _bracketed(opens: str, low: str, comma: str, high: str, closes: str) -> Interval | None:
    """Maven's and NuGet's notation: `[1.0,2.0)`, `[1.2]`, `(,3]`."""
    first, last = key_of(low), key_of(high)
    if (low and first is None) or (high and last is None) or not (low or high):
        return None
    if not comma:
        return Interval(first, first, has_high=True)
    return Interval(first, last, opens == "[", closes == "]")


def _comparison(operator: str, version: str, is_pattern: bool) -> Interval | None:
    if operator == "!=":
        return Interval()
    wild = _WILD.search(version)
    if wild and operator in ("", "=", "==", "===", "^", "~"):
        start = version[: wild.start()]
        return _up_to_next(start, start.count(".")) if start else Interval()
    key, numbers = key_of(version), _numbers(version)
    if key is None:
        return None
    if operator in _TO_NEXT or (is_pattern and not operator):
        return _up_to_next(version, _fixed_part(operator, numbers))
    ends = {
        ">=": Interval(low=key),
        ">": Interval(low=key, has_low=False),
        "<=": Interval(high=key, has_high=True),
        "<": Interval(high=key),
    }
    return ends.get(operator, Interval(key, key, has_high=True))


def _fixed_part(operator: str, numbers: tuple[int, ...]) -> int:
    """Which part of a version is the last that an operator allows no change of."""
    last = len(numbers) - 1
    if operator == "^":
        return next((index for index, number in enumerate(numbers) if number), last)
    if operator == "~":
        return min(last, 1)
    return max(last - 1, 0) if operator else last


def _up_to_next(version: str, part: int) -> Interval | None:
    """From the version to before the next one that differs in this part (0 is the first)."""
    key, numbers = key_of(version), _numbers(version)[: part + 1]
    if key is None:
        return None
    return Interval(key, _key((*numbers[:-1], numbers[-1] + 1), ""))


def key_of(version: str) -> Key | None:
    """What versions are compared by: numbers, whether it is a release, what comes behind."""
    found = _VERSION.fullmatch(version.strip())
    return _key(_numbers(version), found.group(2).partition("+")[0]) if found else None


def _numbers(version: str) -> tuple[int, ...]:
    found = _VERSION.fullmatch(version.strip())
    return tuple(int(number) for number in found.group(1).split(".")) if found else ()


def _key(numbers: tuple[int, ...], rest: str) -> Key:
    while numbers and numbers[-1] == 0:
        numbers = numbers[:-1]  # 18.0 is 18
    is_early = _EARLY.match(rest) is not None
    parts = tuple((int(p), "") if p.isdigit() else (-1, p.lower()) for p in _PART.findall(rest))
    return numbers, 0 if is_early else 1, parts[:6] if is_early else ()
