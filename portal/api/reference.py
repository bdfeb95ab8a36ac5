"""The API's reference page, read from its OpenAPI document. Pure functions.

It is drawn by the server: the bundled browser for OpenAPI is a megabyte and a half of script,
far beyond what a page of the portal may weigh.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Value:
    """A parameter or a property: its name, type in words, and what it means."""

    name: str
    type: str
    ref: str  # the schema it is made of, "" for plain values
    is_required: bool
    description: str


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Value]
    body: Value | None
    answer: Value | None


@dataclass(frozen=True)
class Group:
    """The operations under one tag."""

    title: str
    operations: list[Operation]


@dataclass(frozen=True)
class Shape:
    """A schema with its properties."""

    name: str
    description: str
    properties: list[Value]
    choices: list[str]


def groups(document: Mapping[str, Any]) -> list[Group]:
    """The operations of a document by tag, in the document's order."""
    by_tag: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                operation = methods[method]
                tag = (operation.get("tags") or ["Other"])[0]
                by_tag.setdefault(tag, []).append(_operation(path, method, operation))
    return [Group(title, operations) for title, operations in by_tag.items()]


def shapes(document: Mapping[str, Any]) -> list[Shape]:
    """The schemas of a document by name."""
    schemas = document["components"]["schemas"]
    return [_shape(name, schema) for name, schema in sorted(schemas.items())]


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Operation:
    answers = operation["responses"]
    good: Mapping[str, Any] = next(
        (answer for code, answer in answers.items() if str(code).startswith("2")), {}
    )
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        parameters=[
            _value(item["name"], item.get("schema", {}), item.get("required", False))
            for item in operation.get("parameters", [])
        ],
        body=_content(operation.get("requestBody", {})),
        answer=_content(good),
    )


def _content(holder: Mapping[str, Any]) -> Value | None:
    for media in holder.get("content", {}).values():
        return _value("", media.get("schema", {}), True)
    return None


def _shape(name: str, schema: Mapping[str, Any]) -> Shape:
    required = set(schema.get("required", ()))
    return Shape(
        name=name,
        description=schema.get("description", ""),
        properties=[
            _value(key, item, key in required) for key, item in schema.get("properties", {}).items()
        ],
        choices=[str(value) for value in schema.get("enum", ())],
    )


def _value(name: str, schema: Mapping[str, Any], required: bool) -> Value:
    words, ref = _type(schema)
    return Value(name, words, ref, required, schema.get("description", ""))


def _type(schema: Mapping[str, Any]) -> tuple[str, str]:
    """A schema's type in words, and the name of the schema it refers to."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return name, name
    if "anyOf" in schema:
        parts = [_type(part) for part in schema["anyOf"]]
        return " or ".join(words for words, _ in parts), next((ref for _, ref in parts if ref), "")
    if schema.get("type") == "array":
        words, ref = _type(schema.get("items", {}))
        return f"list of {words}", ref
    words = str(schema.get("type", "anything"))
    if "format" in schema:
        words += f" ({schema['format']})"
    bounds = [str(schema[key]) for key in ("minimum", "maximum") if key in schema]
    if len(bounds) == 2:
        words += f" {bounds[0]} to {bounds[1]}"
    if "default" in schema and schema["default"] is not None:
        words += f", default {schema['default']}"
    return words, ""
