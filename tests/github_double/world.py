"""What the double knows: repositories in the shape of GitHub's GraphQL types, and alerts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def ago(**length: float) -> str:
    return (NOW - timedelta(**length)).isoformat().replace("+00:00", "Z")


def pull_request(*, state: str = "MERGED", author: str = "ada", **fields: Any) -> dict[str, Any]:
    kind = "Bot" if author.endswith("[bot]") else "User"
    return {
        "state": state,
        "createdAt": ago(days=4),
        "mergedAt": ago(days=3) if state == "MERGED" else None,
        "updatedAt": ago(days=3),
        "reviewDecision": "APPROVED",
        "author": {"__typename": kind, "login": author.removesuffix("[bot]")},
    } | fields


def vulnerability(severity: str = "HIGH", *, days: int = 10) -> dict[str, Any]:
    return {
        "state": "OPEN",
        "createdAt": ago(days=days),
        "securityVulnerability": {"severity": severity},
    }


def deployment(environment: str = "production", *, days: float = 2) -> dict[str, Any]:
    return {
        "environment": environment,
        "createdAt": ago(days=days),
        "latestStatus": {"state": "SUCCESS", "createdAt": ago(days=days)},
    }


FILES = {
    "README.md": "# Web\n" + "Words about it. " * 40,
    "LICENSE": "MIT License\n",
    ".github/CODEOWNERS": "* @acme/web\n",
    ".github/dependabot.yml": "version: 2\n",
    ".github/workflows/ci.yml": (
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - run: make test\n"
    ),
    "pyproject.toml": "[project]\nname = 'web'\n[tool.ruff]\n[tool.mypy]\n",
    "web/app.py": "print('hello')\n",
    "tests/test_app.py": "def test_it(): ...\n",
}


def repository(
    slug: str, *, files: Mapping[str, str] | None = None, **fields: Any
) -> dict[str, Any]:
    """A well-kept repository; fields replace what is given here."""
    owner, name = slug.split("/")
    url = f"https://github.com/{slug}"
    commit = {
        "__typename": "Commit",
        "oid": "a" * 40,
        "committedDate": ago(days=1),
        "statusCheckRollup": {"state": "SUCCESS", "contexts": []},
    }
    return {
        "__typename": "Repository",
        "id": f"R_{owner}_{name}",
        "nameWithOwner": slug,
        "name": name,
        "url": url,
        "owner": {"__typename": "Organization", "login": owner},
        "isArchived": False,
        "isDisabled": False,
        "isFork": False,
        "isEmpty": False,
        "visibility": "PRIVATE",
        "pushedAt": ago(days=1),
        "hasVulnerabilityAlertsEnabled": True,
        "isSecurityPolicyEnabled": False,
        "licenseInfo": {"spdxId": "MIT"},
        "contributingGuidelines": None,
        "pullRequestTemplates": [],
        "codeowners": {"errors": []},
        "latestRelease": {
            "tagName": "v1.2.0",
            "publishedAt": ago(days=5),
            "createdAt": ago(days=5),
            "url": f"{url}/releases/tag/v1.2.0",
        },
        "defaultBranchRef": {
            "name": "main",
            "branchProtectionRule": {
                "requiresApprovingReviews": True,
                "requiredApprovingReviewCount": 2,
                "requiresStatusChecks": True,
                "requiresCodeOwnerReviews": True,
                "allowsForcePushes": False,
            },
            "refUpdateRule": None,
            "rules": [],
            "target": commit,
        },
        "vulnerabilityAlerts": [],
        "pullRequests": [pull_request()],
        "issues": [{"state": "OPEN", "updatedAt": ago(days=1)}],
        "deployments": [deployment()],
        "languages": {"Python": 5000, "Shell": 200},
        "files": dict(FILES if files is None else files),
    } | fields


@dataclass
class World:
    """Everything that the double answers from. Change it between calls at will."""

    repositories: dict[str, dict[str, Any]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)  # old to new, both lower-cased
    # Alerts of organisations: (organisation, kind) to [{"repository", "severity", "days"}]
    alerts: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    # (organisation, kind) to the status that its list answers with
    closed: dict[tuple[str, str], int] = field(default_factory=dict)
    # Places that answer null with an error: (repository, path …) to (type, message)
    forbidden: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)
    heavy: set[str] = field(default_factory=set)  # a query that names one of these gets 502

    def __init__(self, repositories: Iterable[dict[str, Any]] = ()) -> None:
        self.repositories = {}
        self.renamed, self.alerts, self.closed, self.forbidden = {}, {}, {}, {}
        self.heavy = set()
        for item in repositories:
            self.add(item)

    def add(self, item: dict[str, Any]) -> dict[str, Any]:
        self.repositories[item["nameWithOwner"].lower()] = item
        return item

    def rename(self, old: str, new: str) -> None:
        item = self.repositories.pop(old.lower())
        item |= {
            "nameWithOwner": new,
            "name": new.split("/")[1],
            "url": f"https://github.com/{new}",
        }
        self.add(item)
        self.renamed[old.lower()] = new.lower()

    def find(self, owner: str, name: str) -> dict[str, Any] | None:
        key = f"{owner}/{name}".lower()
        return self.repositories.get(self.renamed.get(key, key))
