"""Executing a GraphQL query on GitHub's schema, as GitHub does: validated, costed, partial."""

from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
    get_named_type,
    parse,
    validate,
)
from graphql.language import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
)

from tests.github_double.official import schema
from tests.github_double.world import World


@dataclass
class Executed:
    """The answer's body, its cost in points, its operation's name, the repositories named."""

    body: dict[str, Any]
    cost: int
    name: str
    repositories: int


class Refusal(GraphQLError):
    """An error with GitHub's `type` beside its message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message, extensions={"type": kind})


def run(world: World, query: str, variables: dict[str, Any], rate: dict[str, Any]) -> Executed:
    """Execute; `rate` are the fields of `rateLimit` without its cost."""
    document = parse(query)
    problems = validate(schema(), document)
    if problems:
        return Executed({"errors": [{"message": p.message} for p in problems]}, 1, "", 0)
    counted = _Counting(document)
    cost = counted.cost()
    if counted.unbounded:
        message = f"You must provide a `first` or `last` value on `{counted.unbounded}`."
        errors = [{"type": "MISSING_PAGINATION_BOUNDARIES", "message": message}]
        return Executed({"data": None, "errors": errors}, 1, counted.name, 0)
    root = _Root(world, {**rate, "cost": cost, "remaining": rate["remaining"] - cost})
    result = execute_sync(
        schema(),
        document,
        root_value=root,
        variable_values=variables,
        field_resolver=_resolve,
        context_value=(world, variables),
    )
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_as_github(error) for error in result.errors]
    return Executed(body, cost, counted.name, counted.repositories)


def _as_github(error: GraphQLError) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": error.message, "path": error.path}
    kind = (error.extensions or {}).get("type")
    return {**entry, "type": kind} if kind else entry


class _Counting:
    """GitHub's rule of cost: one request for each connection of each parent, over 100.

    https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
    """

    def __init__(self, document: DocumentNode) -> None:
        self.unbounded = ""
        self.repositories = 0
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        for definition in document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                self._fragments[definition.name.value] = definition
            elif isinstance(definition, OperationDefinitionNode):
                self._operation = definition
        self.name = self._operation.name.value if self._operation.name else ""

    def cost(self) -> int:
        requests = self._requests(self._operation.selection_set, schema().query_type, 1)
        return max(1, int(requests / 100 + 0.5))

    def _requests(self, selections: SelectionSetNode | None, parent: Any, parents: int) -> int:
        total = 0
        for node in selections.selections if selections else ():
            if isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                kind = schema().get_type(fragment.type_condition.name.value)
                total += self._requests(fragment.selection_set, kind, parents)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                kind = schema().get_type(condition.name.value) if condition else parent
                total += self._requests(node.selection_set, kind, parents)
            elif isinstance(node, FieldNode):
                total += self._field(node, parent, parents)
        return total

    def _field(self, node: FieldNode, parent: Any, parents: int) -> int:
        if node.name.value.startswith("__"):
            return 0
        kind: Any = get_named_type(parent.fields[node.name.value].type)
        if node.name.value == "repository":
            self.repositories += 1
        if not kind.name.endswith("Connection"):
            return self._requests(node.selection_set, kind, parents)
        bound = next(
            (
                int(argument.value.value)  # type: ignore[attr-defined]
                for argument in node.arguments or ()
                if argument.name.value in {"first", "last"}
            ),
            0,
        )
        asked = {getattr(s, "name", None) and s.name.value for s in node.selection_set.selections}  # type: ignore[union-attr,attr-defined]
        if not bound and asked & {"nodes", "edges"}:
            self.unbounded = self.unbounded or node.name.value
        return parents + self._requests(node.selection_set, kind, parents * max(bound, 1))


class _Root:
    """The fields of Query that the portal asks for."""

    def __init__(self, world: World, rate: dict[str, Any]) -> None:
        self.world = world
        self.rateLimit = rate

    def repository(self, info: GraphQLResolveInfo, owner: str, name: str, **rest: Any) -> Any:
        found = self.world.find(owner, name)
        if found is None:
            message = f"Could not resolve to a Repository with the name '{owner}/{name}'."
            raise Refusal("NOT_FOUND", message)
        key = (found["nameWithOwner"].lower(),)
        if key in self.world.forbidden:
            raise Refusal(*self.world.forbidden[key])
        return found

    def repositoryOwner(self, info: GraphQLResolveInfo, login: str) -> Any:  # noqa: N802
        mine = [
            item
            for key, item in sorted(self.world.repositories.items())
            if key.startswith(f"{login.lower()}/")
        ]
        if not mine:
            return None
        return {"__typename": mine[0]["owner"]["__typename"], "login": login, "repositories": mine}


def _resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    name = info.field_name
    if isinstance(source, _Root):
        value = getattr(source, name)
        return value(info, **arguments) if callable(value) else value
    _refuse_hidden(info)
    if name == "object" and "files" in source:
        ref, _, path = arguments["expression"].partition(":")
        files = files_at(source, ref)
        return None if files is None else _git_object(files, path)
    if name == "__typename":
        return source["__typename"]
    if name not in source:
        raise LookupError(f"the double knows no {name} of {info.parent_type.name}")
    value = source[name]
    if get_named_type(info.return_type).name.endswith("Connection") and value is not None:
        return _connection(value, arguments)
    return value


def _refuse_hidden(info: GraphQLResolveInfo) -> None:
    """Raise what the world forbids at this place of a repository."""
    path = [str(part) for part in info.path.as_list()]
    world: World = info.context[0]
    if not world.forbidden or not path[0].startswith("r"):
        return
    variables = info.context[1]
    index = path[0][1:]
    owner, name = variables.get(f"o{index}"), variables.get(f"n{index}")
    refusal = world.forbidden.get((f"{owner}/{name}".lower(), *path[1:]))
    if refusal:
        raise Refusal(*refusal)


def _connection(value: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Filter by states, order, and cut, as GitHub's connections do."""
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda item: -item[1])
        edges = [{"size": size, "node": {"name": name}} for name, size in ordered]
        return {"edges": edges[: arguments.get("first")], "totalCount": len(edges)}
    items = list(value)
    if states := arguments.get("states"):
        items = [item for item in items if item["state"] in states]
    if order := arguments.get("orderBy"):
        first, *rest = order["field"].lower().split("_")
        key = first + "".join(word.capitalize() for word in rest)
        if all(key in item for item in items):  # rules come in an order by default
            items.sort(key=lambda item: item[key], reverse=order["direction"] == "DESC")
    start = int(arguments.get("after") or 0)
    end = start + (arguments.get("first") or len(items))
    return {
        "nodes": items[start:end],
        "totalCount": len(items),
        "pageInfo": {"hasNextPage": end < len(items), "endCursor": str(end)},
    }


def files_at(repository: dict[str, Any], ref: str) -> dict[str, str] | None:
    """The files at the default branch, by either of its names, or at one of `branches`."""
    default = repository["defaultBranchRef"]  # null in an empty repository
    if ref == "HEAD" or (default and ref == default["name"]):
        return repository["files"]  # type: ignore[no-any-return]
    return repository.get("branches", {}).get(ref)  # type: ignore[no-any-return]


def _git_object(files: dict[str, str], path: str) -> dict[str, Any] | None:
    """The path as a Blob or a Tree; null where there is neither."""
    path = path.strip("/")
    if path in files:
        return _blob(files[path])
    prefix = f"{path}/" if path else ""
    inside = {p.removeprefix(prefix): text for p, text in files.items() if p.startswith(prefix)}
    return _tree(inside) if inside else None


def _blob(text: str) -> dict[str, Any]:
    is_binary = "\0" in text
    return {
        "__typename": "Blob",
        "byteSize": len(text.encode()),
        "isBinary": is_binary,
        "isTruncated": len(text) > 512_000,
        "text": None if is_binary else text[:512_000],
    }


def _tree(files: dict[str, str]) -> dict[str, Any]:
    entries: dict[str, dict[str, Any]] = {}
    for path, text in sorted(files.items()):
        name, slash, _ = path.partition("/")
        if not slash:
            entries[name] = {
                "name": name,
                "type": "blob",
                "size": len(text.encode()),
                "object": _blob(text),
            }
        elif name not in entries:
            below = {p.partition("/")[2]: t for p, t in files.items() if p.startswith(f"{name}/")}
            entries[name] = {"name": name, "type": "tree", "size": 0, "object": _tree(below)}
    return {"__typename": "Tree", "entries": list(entries.values())}
