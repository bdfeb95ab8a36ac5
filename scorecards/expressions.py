"""Expressions of checks: CEL, compiled once, evaluated over facts. Pure: no database, no clock.

A fact is written `namespace.name`, such as `repo.has_readme`; `now` is the moment of evaluation.
Every namespace is always there; a fact that is not known is simply absent from it. Reading an
absent fact makes the evaluation end as `Missing`, unless `||`, `&&`, `?:` or `has()` decide
without it, as the CEL specification says.

`compile_expression()` refuses what could only surprise later: facts that no source measures,
functions that CEL does not have, macros nested more than once, more than 2,000 characters.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

MAX_LENGTH = 2_000  # characters of an expression
MAX_PARENTHESES = 32
MAX_MACROS = 2  # a macro, and one within it
MAX_ITEMS = 1_000  # of a list or map that an expression sees
MAX_TEXT = 2_000  # characters of a text that an expression sees

MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})
FUNCTIONS = frozenset(
    {
        "contains",
        "double",
        "duration",
        "dyn",
        "endsWith",
        "getDate",
        "getDayOfMonth",
        "getDayOfWeek",
        "getDayOfYear",
        "getFullYear",
        "getHours",
        "getMilliseconds",
        "getMinutes",
        "getMonth",
        "getSeconds",
        "int",
        "matches",
        "size",
        "startsWith",
        "string",
        "timestamp",
        "type",
        "uint",
    }
)
TYPES = frozenset(
    {
        "bool",
        "bytes",
        "double",
        "int",
        "list",
        "map",
        "null_type",
        "string",
        "uint",
    }
)

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*)
  | (?P<raw>[bB]?[rR](?:'''.*?'''|\"\"\".*?\"\"\"|'[^'\n]*'|"[^"\n]*"))
  | (?P<string>[bB]?(?:'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"
        |'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))
  | (?P<name>[A-Za-z_]\w*)
  | (?P<number>\d[\w.]*)
  | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_POSITION = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?(.+)")


class ExpressionError(ValueError):
    """An expression that can't be used; `line` counts from 1 within the expression."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class Missing(Exception):
    """The evaluation needs facts that are absent; `names` are those it may have meant."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        self.names = names


class Undecided(Exception):
    """The evaluation ended in an error or in something that is neither true nor false.

    `is_mistyped`: no value of the facts could help, the expression mixes up types.
    """

    def __init__(self, message: str, *, is_mistyped: bool = False) -> None:
        super().__init__(message)
        self.is_mistyped = is_mistyped


@dataclass(frozen=True)
class Token:
    kind: str  # "raw", "string", "name", "number", "mark"
    text: str
    start: int


@dataclass(frozen=True)
class Expression:
    """A compiled expression and the facts it reads, in the order of their first mention."""

    source: str
    facts: tuple[str, ...]
    program: Any

    def __call__(self, context: Any) -> bool:
        """Evaluate over a context made by `context_of()`. Raises `Missing` or `Undecided`."""
        try:
            value = self.program.execute(context)
        except KeyError as error:
            raise self._absent(str(error.args[0])) from None
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except BaseException as error:  # the library's panics are no Exception
            raise Undecided(_plain(error), is_mistyped=isinstance(error, TypeError)) from None
        if not isinstance(value, bool):
            raise Undecided(f"it gives {_kind(value)}, not true or false", is_mistyped=True)
        return value

    def _absent(self, key: str) -> Exception:
        names = tuple(name for name in self.facts if name.partition(".")[2] == key)
        return Missing(names) if names else Undecided(f"nothing is listed under {key!r}")


@lru_cache(maxsize=4096)
def compile_expression(source: str, known: frozenset[str]) -> Expression:
    """Compile an expression over the `known` facts. Raises `ExpressionError` with a position."""
    import cel  # noqa: PLC0415 brings a command line of its own, 8 MB that pages do without

    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH:,} characters")
    tokens = tokenize(source)
    _check_nesting(source, tokens)
    facts = _facts(source, tokens, known)
    try:
        program = cel.compile(source)
    except ValueError as error:
        raise _parse_error(error) from None
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # the library's panics are no Exception
        raise ExpressionError(_plain(error)) from None
    _check_names(source, tokens, program, namespaces_of(known))
    return Expression(source, facts, program)


def rehearse(expression: Expression, kinds: Mapping[str, str]) -> None:
    """Evaluate over made-up facts of the right kinds; raises `ExpressionError` where the
    expression mixes up types or gives no yes or no. `kinds` maps every known fact to its type."""
    now = datetime(2024, 1, 1, tzinfo=UTC)
    namespaces = namespaces_of(kinds)
    for index in (0, 1):
        values = {name: _SAMPLES[kinds[name]][index] for name in expression.facts}
        try:
            expression(context_of(values, namespaces, now))
        except Missing:
            continue
        except Undecided as error:
            if error.is_mistyped:
                raise ExpressionError(str(error)) from None


def context_of(values: Mapping[str, object], namespaces: Collection[str], now: datetime) -> Any:
    """What expressions are evaluated over: facts by full name, grouped by namespace, and `now`."""
    import cel  # noqa: PLC0415 as above

    groups: dict[str, dict[str, object]] = {namespace: {} for namespace in namespaces}
    for name, value in values.items():
        namespace, _, key = name.partition(".")
        if namespace in groups:
            groups[namespace][key] = value
    return cel.Context(variables={**groups, "now": now})


def typed(value: object, kind: str) -> object:
    """A stored fact as CEL sees it: timestamps as moments, whole floats as doubles, long values
    cut. Raises `ValueError` where the value is not of its kind."""
    convert = _KINDS[kind]
    try:
        return convert(value)
    except (TypeError, ValueError, AttributeError, OverflowError):
        raise ValueError(f"{value!r:.80} is no {kind}") from None


def namespaces_of(known: Collection[str]) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in known)


def tokenize(source: str) -> list[Token]:
    """The expression in tokens, without white space and comments."""
    return [
        Token(match.lastgroup or "mark", match.group(), match.start())
        for match in _TOKEN.finditer(source)
        if match.lastgroup != "space"
    ]


def position(source: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of an offset into the source."""
    line = source.count("\n", 0, offset) + 1
    return line, offset - (source.rfind("\n", 0, offset) + 1) + 1


def _facts(source: str, tokens: list[Token], known: frozenset[str]) -> tuple[str, ...]:
    """The facts that an expression reads; refuses unknown ones and whole namespaces."""
    namespaces = namespaces_of(known)
    found: dict[str, None] = {}
    for index, token in enumerate(tokens):
        is_member = index > 0 and tokens[index - 1].text == "."
        if token.kind != "name" or token.text not in namespaces or is_member:
            continue
        following = tokens[index + 1 : index + 3]
        if [item.text for item in following[:1]] != ["."] or len(following) < 2:
            raise ExpressionError(
                f"write a fact of {token.text}, such as {token.text}.name, not {token.text} alone",
                *position(source, token.start),
            )
        name = f"{token.text}.{following[1].text}"
        if name not in known:
            raise ExpressionError(f"no source measures {name}", *position(source, token.start))
        found[name] = None
    return tuple(found)


def _check_nesting(source: str, tokens: list[Token]) -> None:
    open_calls: list[bool] = []  # of each open parenthesis: whether it is a macro's
    for index, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text in "([{":
            before = tokens[index - 1].text if index else ""
            is_member = index > 1 and tokens[index - 2].text == "."
            open_calls.append(token.text == "(" and is_member and before in MACROS)
            if len(open_calls) > MAX_PARENTHESES:
                raise ExpressionError("too deeply nested", *position(source, token.start))
            if sum(open_calls) > MAX_MACROS:
                raise ExpressionError(
                    "a macro may hold one other macro, no more", *position(source, token.start)
                )
        elif token.text in ")]}" and open_calls:
            open_calls.pop()


def _check_names(
    source: str, tokens: list[Token], program: Any, namespaces: frozenset[str]
) -> None:
    """Refuse unknown functions and variables, and macro variables that hide a namespace."""
    bound = {
        tokens[index + 2].text
        for index, token in enumerate(tokens[:-2])
        if token.text in MACROS and tokens[index + 1].text == "("
    }
    for name in program.functions():
        if name[0].isalpha() and name not in FUNCTIONS:
            raise ExpressionError(f"CEL has no function {name}()", *_position_of(source, name))
    for name in bound & (namespaces | {"now"}):
        raise ExpressionError(f"{name} can't name an item of a list", *_position_of(source, name))
    for name in program.variables():
        if name not in namespaces | bound | TYPES | {"now"}:
            raise ExpressionError(f"there is no {name} here", *_position_of(source, name))


def _parse_error(error: ValueError) -> ExpressionError:
    match = _POSITION.search(str(error))
    if match is None:
        return ExpressionError(str(error).splitlines()[0][:300])
    line, column, message = match.groups()
    message = message.split(" expecting ")[0].replace(
        "mismatched input '<EOF>'", "the expression ends too early"
    )
    return ExpressionError(message[:300], int(line), int(column))


def _position_of(source: str, name: str) -> tuple[int, int]:
    starts = (token.start for token in tokenize(source) if token.text == name)
    return position(source, next(starts, 0))


def _plain(error: BaseException) -> str:
    """The first sentence of what CEL says, for a reason that people read."""
    return str(error).split(". ")[0].splitlines()[0][:300] if str(error) else type(error).__name__


def _kind(value: object) -> str:
    names = {"int": "a number", "float": "a number", "str": "a text", "NoneType": "nothing"}
    return names.get(type(value).__name__, f"a {type(value).__name__}")


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise TypeError
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if not math.isfinite(number := float(value)):
        raise ValueError
    return number


def _moment(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return _plain_text(value)


def _plain_text(value: str) -> str:
    """A text that CEL takes: cut, and without halves of characters."""
    return value[:MAX_TEXT].encode("utf-8", "replace").decode()


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError
    return [_plain_text(item) if isinstance(item, str) else item for item in value[:MAX_ITEMS]]


def _map(value: Any) -> dict[str, Any]:
    return {_plain_text(key): item for key, item in list(value.items())[:MAX_ITEMS]}


_KINDS: dict[str, Callable[[Any], object]] = {
    "bool": _bool,
    "int": _int,
    "float": _float,
    "string": _text,
    "list": _items,
    "map": _map,
    "timestamp": _moment,
}
_SAMPLES: dict[str, tuple[object, object]] = {
    "bool": (False, True),
    "int": (0, 1_000_000),
    "float": (0.0, 1_000_000.0),
    "string": ("", "x"),
    "list": ([], ["x"]),
    "map": ({}, {"x": 1.0}),
    "timestamp": (datetime(2000, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)),
}
