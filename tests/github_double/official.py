"""GitHub's own descriptions, fetched by npm into a cache outside the tree, cut to what is used.

npm checks the integrity of what it fetches. Nothing of it is part of this repository.
"""

import fcntl
import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema

from tests.servers import Program, find

NPM = Program(title="npm", names=("npm",), package="npm")
SCHEMA = "@octokit/graphql-schema@15.26.1"
OPENAPI = "@octokit/openapi@23.0.2"
WEBHOOKS = "@octokit/webhooks-examples@7.6.1"

LISTS = {
    kind: f"/orgs/{{org}}/{kind}/alerts"
    for kind in ("dependabot", "code-scanning", "secret-scanning")
}
TOKENS = "/app/installations/{installation_id}/access_tokens"
TREES = "/repos/{owner}/{repo}/git/trees/{tree_sha}"


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    """GitHub's GraphQL schema, ready to execute. It deprecates fields that interfaces of its own
    demand, which GraphQL forbids, so it is taken as valid without being checked."""
    text = _kept("schema.graphql", SCHEMA, "package/schema.graphql", lambda data: data)
    return build_schema(text.decode(), assume_valid=True)


@lru_cache(maxsize=1)
def openapi() -> dict[str, Any]:
    """GitHub's OpenAPI description of the few paths that the portal uses."""
    member = "package/generated/api.github.com.json"
    return json.loads(_kept("openapi-with-trees.json", OPENAPI, member, _slim))


@lru_cache(maxsize=1)
def webhooks() -> dict[str, list[dict[str, Any]]]:
    """GitHub's example payloads by event."""
    member = "package/api.github.com/index.json"
    found = json.loads(_kept("webhooks.json", WEBHOOKS, member, lambda data: data))
    return {entry["name"]: entry["examples"] for entry in found}


def _kept(name: str, package: str, member: str, cut: Callable[[bytes], bytes]) -> bytes:
    """One file of a package, from the cache or fetched now."""
    version = package.rpartition("@")[2]
    folder = _cache() / "github"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{version}-{name}"
    with _alone(folder):
        if not path.exists():
            part = path.with_suffix(".part")
            part.write_bytes(cut(_fetched(package, member)))
            part.rename(path)
    return path.read_bytes()


def _fetched(package: str, member: str) -> bytes:
    npm = find(NPM)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [npm, "pack", package, "--silent", "--pack-destination", folder],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"npm could not fetch {package}:\n{done.stderr[-2000:]}")
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as tar:
            file = tar.extractfile(member)
            assert file is not None, f"{package} has no {member}"
            return file.read()


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "command-center-tests"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _slim(data: bytes) -> bytes:
    """The paths that are used, with every component they refer to."""
    whole = json.loads(data)
    paths = {
        path: {method: whole["paths"][path][method]}
        for path, method in [
            *((path, "get") for path in (*LISTS.values(), TREES)),
            (TOKENS, "post"),
        ]
    }
    slim: dict[str, Any] = {
        "openapi": whole["openapi"],
        "info": whole["info"],
        "servers": [{"url": "http://github.test"}],
        "paths": paths,
        "components": {},
    }
    waiting: list[Any] = [paths]
    while waiting:
        for reference in _references(waiting.pop()):
            _, _, section, name = reference.split("/")
            known = slim["components"].setdefault(section, {})
            if name not in known:
                known[name] = whole["components"][section][name]
                waiting.append(known[name])
    _repair(slim)
    return json.dumps(slim).encode()


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _repair(value: Any) -> None:
    """GitHub says "nullable" beside an enum without null; GitHub itself answers null there."""
    if isinstance(value, dict):
        values = value.get("enum")
        if value.get("nullable") is True and isinstance(values, list) and None not in values:
            values.append(None)
        for item in value.values():
            _repair(item)
    elif isinstance(value, list):
        for item in value:
            _repair(item)
