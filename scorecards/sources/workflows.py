"""What GitHub Actions workflows use, and whether it is pinned. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.lib.yaml import Limits, YamlDocument, read_documents

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LIMITS = Limits(document_bytes=1024 * 1024)


@dataclass(frozen=True)
class Use:
    """A `uses:` of something outside the repository."""

    reference: str  # "actions/checkout@v4"

    @property
    def is_pinned(self) -> bool:
        """A commit can't be moved, and neither can the digest of an image; tags and branches can.

        https://docs.github.com/en/actions/security-for-github-actions/security-guides/security-hardening-for-github-actions
        """
        if self.reference.startswith("docker://"):
            return "@sha256:" in self.reference
        return _COMMIT.fullmatch(self.reference.rpartition("@")[2].lower()) is not None


def uses(text: str) -> list[Use] | None:
    """Every outside action, workflow and image of a workflow or action; None if unreadable.

    What the repository itself holds (`./…`) is left out: it moves with the repository.
    """
    document = next(read_documents(text, _LIMITS), None)
    if document is None:
        return []
    if not isinstance(document, YamlDocument):
        return None
    found: list[Use] = []
    for step in _users(document.value):
        reference = step.get("uses")
        if isinstance(reference, str) and reference and not reference.startswith("./"):
            found.append(Use(reference.strip()))
    return found


def _users(value: Any) -> Iterator[dict[str, Any]]:
    """The places of a workflow (jobs and their steps) or an action (its steps) that may use."""
    if not isinstance(value, dict):
        return
    jobs = value.get("jobs")
    for job in jobs.values() if isinstance(jobs, dict) else []:
        if isinstance(job, dict):
            yield job
            yield from _steps(job)
    runs = value.get("runs")
    if isinstance(runs, dict):
        yield from _steps(runs)


def _steps(holder: dict[str, Any]) -> Iterator[dict[str, Any]]:
    steps = holder.get("steps")
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict):
            yield step
