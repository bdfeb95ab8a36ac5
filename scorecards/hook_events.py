"""What a webhook of GitHub says about our facts: which repositories it touches, and how. Pure.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Events that change a fact, with the actions that do; None where every one does.
EVENTS: dict[str, frozenset[str] | None] = {
    "branch_protection_rule": None,
    "check_run": frozenset({"completed"}),
    "check_suite": frozenset({"completed"}),
    "code_scanning_alert": None,
    "custom_property_values": None,
    "dependabot_alert": None,
    "deployment": None,
    "deployment_status": None,
    "installation": frozenset({"created", "new_permissions_accepted", "unsuspend"}),
    "installation_repositories": frozenset({"added"}),
    "issues": frozenset({"opened", "closed", "reopened", "deleted", "transferred"}),
    "member": None,
    "public": None,
    "pull_request": frozenset({"opened", "closed", "reopened"}),
    "pull_request_review": frozenset({"submitted", "dismissed"}),
    "push": None,
    "release": None,
    "repository": None,
    "repository_ruleset": None,
    "secret_scanning_alert": None,
    "status": None,
    "team": frozenset({"added_to_repository", "edited", "removed_from_repository"}),
    "workflow_run": frozenset({"completed"}),
}
LISTS = {
    "code_scanning_alert": "code-scanning",
    "dependabot_alert": "dependabot",
    "secret_scanning_alert": "secret-scanning",
}


@dataclass(frozen=True)
class Touched:
    """Repositories by owner/name in lower case. A renamed one has its old name too."""

    repositories: tuple[str, ...]
    is_push: bool = False
    changed_list: str = ""  # the kind of an organisation's alert list


def touched(event: str, payload: Mapping[str, Any]) -> Touched | None:
    """What must be refreshed, or None where the event changes none of our facts."""
    if event not in EVENTS:
        return None
    actions = EVENTS[event]
    if actions is not None and payload.get("action") not in actions:
        return None
    is_push = event == "push"
    if is_push and not _is_of_default_branch(payload):
        return None
    names = _names(event, payload)
    if not names:
        return None
    return Touched(names, is_push=is_push, changed_list=LISTS.get(event, ""))


def _is_of_default_branch(payload: Mapping[str, Any]) -> bool:
    branch = _map(payload, "repository").get("default_branch")
    return branch is None or payload.get("ref") == f"refs/heads/{branch}"


def _names(event: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
    found: list[object] = [_map(payload, "repository").get("full_name")]
    for key in ("repositories", "repositories_added"):
        listed = payload.get(key)
        items = listed if isinstance(listed, list) else []
        found += [item.get("full_name") for item in items if isinstance(item, dict)]
    if event == "repository":
        found.append(_old_name(payload))
    names = [name.lower() for name in found if isinstance(name, str) and name.count("/") == 1]
    return tuple(dict.fromkeys(names))


def _old_name(payload: Mapping[str, Any]) -> str:
    """Under which name the catalogue may still know a renamed or transferred repository."""
    changes, repository = _map(payload, "changes"), _map(payload, "repository")
    owner, _, name = str(repository.get("full_name", "")).partition("/")
    old = _map(_map(changes, "repository"), "name").get("from")
    if isinstance(old, str):
        return f"{owner}/{old}"
    giver = _map(_map(changes, "owner"), "from")
    login = next(
        (
            value["login"]
            for value in giver.values()
            if isinstance(value, dict) and isinstance(value.get("login"), str)
        ),
        "",
    )
    return f"{login}/{name}" if login else ""


def _map(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}
