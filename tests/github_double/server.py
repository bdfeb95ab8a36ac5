"""The double as a server on loopback: GraphQL, lists with ETag and Link, App tokens, limits."""

import copy
import hashlib
import json
import re
import threading
from collections import Counter, deque
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from tests.github_double import execution, official
from tests.github_double.world import World, ago

TOKEN = "a-token-of-the-double"
_TREE = re.compile(r"/repos/([^/]+)/([^/]+)/git/trees/([^/]+)")
LIMITS = {"graphql": 5000, "core": 5000}


@dataclass
class Call:
    """One request as it came in, and what it cost."""

    method: str
    path: str
    status: int
    operation: str = ""
    points: int = 0
    repositories: int = 0
    text: str = ""


@dataclass
class Reply:
    """An answer to be given instead of the real one: a limit, an outage."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None


def secondary(retry_after: int | None = None, status: int = 403) -> Reply:
    """GitHub's answer at a secondary limit, with or without `retry-after`."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    message = "You have exceeded a secondary rate limit. Please wait a few minutes."
    return Reply(status, headers, {"message": message})


def primary(reset: datetime, status: int = 403) -> Reply:
    """GitHub's answer when the hour's limit is spent."""
    headers = {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(reset.timestamp())),
    }
    return Reply(status, headers, {"message": "API rate limit exceeded for installation ID 1."})


class Double:
    """A running double. `prefix` is "/api/v3" for a GitHub Enterprise Server."""

    def __init__(self, world: World, *, prefix: str = "", app_key: str = "") -> None:
        self.world = world
        self.prefix = prefix
        self.app_key = app_key  # the public key of the App, in PEM
        self.tokens = {TOKEN}
        self.calls: list[Call] = []
        self.next: deque[Reply] = deque()
        self.remaining = Counter(LIMITS)
        self.resets_at = datetime.now(UTC) + timedelta(minutes=40)
        self.violations: list[str] = []
        self.clients = ExitStack()  # closed with the double
        self._lock = threading.Lock()

    def __enter__(self) -> "Double":
        official.schema()
        double = self

        class Handler(_Handler):
            github = double

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.clients.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """What GITHUB_URL is set to."""
        return self.root + self.prefix

    def count(self, operation: str = "") -> int:
        """GraphQL calls, of one operation or all."""
        return sum(
            call.operation == operation if operation else bool(call.operation)
            for call in self.calls
        )

    @property
    def points(self) -> int:
        return sum(call.points for call in self.calls if call.operation)

    @property
    def spent_on_lists(self) -> int:
        """REST calls that count against the hour's limit: all but "not modified"."""
        return sum(call.method == "GET" and call.status != 304 for call in self.calls)

    def clear(self) -> None:
        self.calls.clear()

    # -- answering ----------------------------------------------------------------------------

    def answer(
        self, method: str, target: str, headers: Any, content: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(target)
        with self._lock:
            call = Call(method, parts.path, 0, text=content.decode(errors="replace"))
            reply = self._reply(call, parts.query, headers, content)
            call.status = reply.status
            self.calls.append(call)
        body = b"" if reply.status == 304 else json.dumps(reply.body).encode()
        return reply.status, {"Content-Type": "application/json", **reply.headers}, body

    def _reply(self, call: Call, query: str, headers: Any, content: bytes) -> Reply:
        path = call.path
        if path == f"{self.prefix}/app/installations/7/access_tokens":
            return self._installation_token(call, headers)
        if headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Reply(401, {}, {"message": "Bad credentials"})
        if self.next:
            return self.next.popleft()
        if path == self.prefix.removesuffix("/v3") + "/graphql":
            return self._graphql(call, json.loads(content))
        if tree := _TREE.fullmatch(path.removeprefix(self.prefix)):
            return self._tree(*(unquote(part) for part in tree.groups()), query, headers)
        for kind, template in official.LISTS.items():
            before, after = template.split("{org}")
            if path.startswith(self.prefix + before) and path.endswith(after):
                org = path.removeprefix(self.prefix + before).removesuffix(after)
                return self._list(org, kind, query, headers)
        return Reply(404, {}, {"message": "Not Found"})

    def _graphql(self, call: Call, request: dict[str, Any]) -> Reply:
        variables = request.get("variables") or {}
        slugs = {
            f"{variables[f'o{key[1:]}']}/{variables[key]}".lower()
            for key in variables
            if key.startswith("n") and key[1:].isdecimal()
        }
        if slugs & self.world.heavy:
            call.operation, call.points, call.repositories = "heavy", 1, len(slugs)
            return Reply(502, {}, {"message": "Something went wrong, timed out."})
        rate = {
            "limit": LIMITS["graphql"],
            "remaining": self.remaining["graphql"],
            "resetAt": self.resets_at.isoformat(),
        }
        done = execution.run(self.world, request["query"], variables, rate)
        call.operation, call.points, call.repositories = done.name, done.cost, done.repositories
        self.remaining["graphql"] -= done.cost
        return Reply(200, self._limits("graphql"), done.body)

    def _limits(self, resource: str) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(LIMITS[resource]),
            "X-RateLimit-Remaining": str(max(self.remaining[resource], 0)),
            "X-RateLimit-Reset": str(int(self.resets_at.timestamp())),
            "X-RateLimit-Resource": resource,
        }

    def _list(self, org: str, kind: str, query: str, headers: Any) -> Reply:
        if (org, kind) in self.world.closed:
            status = self.world.closed[org, kind]
            self.remaining["core"] -= 1
            return Reply(status, self._limits("core"), _refusal())
        arguments = {key: values[-1] for key, values in parse_qs(query).items()}
        size, start = int(arguments.get("per_page", "30")), int(arguments.get("after", "0"))
        alerts = self.world.alerts.get((org, kind), [])
        body = [_alert(kind, org, alert) for alert in alerts[start : start + size]]
        etag = f'W/"{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:32]}"'
        extra = {"ETag": etag}
        path = official.LISTS[kind].replace("{org}", org)
        if start + size < len(alerts):
            rest = {**arguments, "after": str(start + size)}
            words = "&".join(f"{key}={value}" for key, value in rest.items())
            extra["Link"] = f'<{self.url}{path}?{words}>; rel="next"'
        if headers.get("If-None-Match") == etag:
            return Reply(304, {**self._limits("core"), **extra})
        self.remaining["core"] -= 1
        self._check("get", official.LISTS[kind], path, {"org": org}, arguments, 200, body)
        return Reply(200, {**self._limits("core"), **extra}, body)

    def _tree(self, owner: str, name: str, ref: str, query: str, headers: Any) -> Reply:
        """A tree with everything below it, cut off where the world says so."""
        found = self.world.find(owner, name)
        files = None if found is None else execution.files_at(found, ref)
        if found is None or files is None:
            return Reply(404, self._limits("core"), _refusal() | {"message": "Not Found"})
        most = found.get("mostListed", len(files))
        links = found.get("links", ())
        url = f"{self.root}/repos/{owner}/{name}/git/trees/{'a' * 40}"
        body = {
            "sha": "a" * 40,
            "url": url,
            "tree": [
                {
                    "path": path,
                    "mode": "120000" if path in links else "100644",
                    "type": "blob",
                    "sha": hashlib.sha1(files[path].encode(), usedforsecurity=False).hexdigest(),
                    "size": len(files[path].encode()),
                    "url": url,
                }
                for path in sorted(files)[:most]
            ],
            "truncated": most < len(files),
        }
        etag = f'W/"{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:32]}"'
        if headers.get("If-None-Match") == etag:
            return Reply(304, {**self._limits("core"), "ETag": etag})
        self.remaining["core"] -= 1
        places = {"owner": owner, "repo": name, "tree_sha": ref}
        arguments = {key: values[-1] for key, values in parse_qs(query).items()}
        path = official.TREES.format(**places)
        self._check("get", official.TREES, path, places, arguments, 200, body)
        return Reply(200, {**self._limits("core"), "ETag": etag}, body)

    def _installation_token(self, call: Call, headers: Any) -> Reply:
        try:
            claims = jwt.decode(
                headers.get("Authorization", "").removeprefix("Bearer "),
                self.app_key,
                algorithms=["RS256"],
            )
        except jwt.PyJWTError as error:
            return Reply(401, {}, {"message": f"A JSON web token could not be decoded: {error}"})
        if claims["exp"] - claims["iat"] > 660:
            return Reply(401, {}, {"message": "'Expiration time' claim is too far in the future"})
        token = f"ghs_{len(self.tokens)}"
        self.tokens.add(token)
        body = {"token": token, "expires_at": _soon(), "permissions": {"metadata": "read"}}
        path = official.TOKENS.replace("{installation_id}", "7")
        self._check("post", official.TOKENS, path, {"installation_id": "7"}, {}, 201, body)
        return Reply(201, {}, body)

    def _check(
        self,
        method: str,
        template: str,
        path: str,
        places: dict[str, str],
        arguments: dict[str, str],
        status: int,
        body: object,
    ) -> None:
        """Hold question and answer against GitHub's own OpenAPI description."""
        request = MockRequest(
            "http://github.test",
            method,
            path,
            path_pattern=template,
            args=arguments,
            view_args=places,
        )
        response = MockResponse(json.dumps(body).encode(), status_code=status)
        for check in (
            lambda: _description().validate_request(request),
            lambda: _description().validate_response(request, response),
        ):
            try:
                check()
            except Exception as error:
                reasons = getattr(error.__cause__, "schema_errors", [])
                words = "; ".join(reason.message[:200] for reason in reasons) or repr(error)
                self.violations.append(f"{method} {path}: {words}")


class _Handler(BaseHTTPRequestHandler):
    github: Double
    protocol_version = "HTTP/1.1"

    def _handle(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, body = self.github.answer(self.command, self.path, self.headers, content)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _handle  # noqa: N815 the names that the base class calls

    def log_message(self, *args: object) -> None:
        """Say nothing."""


_descriptions: list[OpenAPI] = []


def _description() -> OpenAPI:
    if not _descriptions:
        _descriptions.append(OpenAPI.from_dict(official.openapi()))
    return _descriptions[0]


def _alert(kind: str, org: str, alert: dict[str, Any]) -> dict[str, Any]:
    """GitHub's own example of an alert, opened and turned into the one meant."""
    media = official.openapi()["paths"][official.LISTS[kind]]["get"]["responses"]["200"]
    reference = media["content"]["application/json"]["examples"]["default"]["$ref"]
    examples = official.openapi()["components"]["examples"]
    item = copy.deepcopy(examples[reference.rpartition("/")[2]]["value"][0])
    item["state"] = "open"
    item["created_at"] = ago(days=alert.get("days", 10))
    slug = alert["repository"]
    item["repository"] |= {"full_name": slug, "name": slug.split("/")[1]}
    severity = alert.get("severity")
    if kind == "dependabot":
        item["security_advisory"] |= {"severity": severity, "epss": None}
        del item["security_advisory"]["epss"]
        for name in ("dismissed_at", "dismissed_by", "dismissed_reason", "dismissed_comment"):
            item[name] = None
    elif kind == "code-scanning":
        item["rule"]["security_severity_level"] = severity
    else:
        item |= {"resolution": None, "resolved_at": None, "resolved_by": None}
    return item


def _refusal() -> dict[str, str]:
    return {"message": "Resource not accessible", "documentation_url": "https://docs.github.com"}


def _soon() -> str:
    return (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
