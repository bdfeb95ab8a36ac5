"""From what GitHub says about one repository to facts. Pure.

What comes back null because the sign-in may not see it is unmeasured with GitHub's own reason,
never false.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from portal.lib.github import RepositoryAnswer
from portal.lib.github.replies import (
    Branch,
    Deployment,
    Facts,
    MergedPull,
    ProtectionRule,
    RuleParameters,
    StatusContext,
    UpdateRule,
)
from scorecards.sources import coverage
from scorecards.sources.base import FactValue, Measured, Reading, Unmeasured

MERGES_OVER = timedelta(days=90)
RECENT = timedelta(days=30)
DEPLOYMENTS_ASKED = MERGES_ASKED = 50

# Rules of rulesets that restrain what reaches the branch; naming patterns alone protect nothing.
RESTRAINING = frozenset(
    {
        "CODE_SCANNING",
        "LOCK_BRANCH",
        "MERGE_QUEUE",
        "NON_FAST_FORWARD",
        "PULL_REQUEST",
        "REQUIRED_DEPLOYMENTS",
        "REQUIRED_STATUS_CHECKS",
        "UPDATE",
        "WORKFLOWS",
    }
)
RUNNING = "the checks of the last commit are still running"
_CI_STATES = {"SUCCESS": "success", "FAILURE": "failure", "ERROR": "failure"}
_PRODUCTION = re.compile(r"(?:^|[^a-z])(?:prod|production|prd|live)(?:[^a-z]|$)")
PROTECTION = (
    "branch_protected",
    "required_reviews",
    "requires_status_checks",
    "requires_code_owner_reviews",
    "allows_force_pushes",
)
MERGING = ("merged_30d", "merge_hours_median", "reviewed_share")
DEPLOYING = ("last_deployment_at", "last_deployment_state", "deployments_30d")


class FactReader:
    """Reads one answer; `found` holds the facts by their full name."""

    def __init__(self, answer: RepositoryAnswer, facts: Facts, now: datetime) -> None:
        self.answer = answer
        self.facts = facts
        self.now = now
        self.found: dict[str, Reading] = {}

    def read(self) -> dict[str, Reading]:
        self._repository()
        self._documents()
        branch = self.facts.default_branch_ref
        if branch is None:
            self._no_branch()
        else:
            self._branch(branch)
            self._protection(branch)
        self._releases()
        self._pull_requests()
        self._deployments()
        return self.found

    def put(self, name: str, value: FactValue, evidence: str = "", url: str = "") -> None:
        self.found[f"repo.{name}"] = Measured(
            value=value, measured_at=self.now, evidence=evidence, url=url
        )

    def unmeasured(self, why: str, *names: str) -> None:
        for name in names:
            self.found[f"repo.{name}"] = Unmeasured(error=why, measured_at=self.now)

    def hidden(self, *path: str) -> str:
        """Why GitHub left this place empty, as a sentence; empty where nothing was withheld."""
        said = self.answer.problem_at(*path)
        return f"GitHub does not say: {said}" if said else ""

    # -- subjects -----------------------------------------------------------------------------

    def _repository(self) -> None:
        facts = self.facts
        self.put("is_archived", facts.is_archived, "repository settings", facts.url)
        if facts.visibility:
            self.put("visibility", facts.visibility.lower(), "repository settings", facts.url)
        for name, count, place in (
            ("open_pull_requests", facts.open, "pulls"),
            ("open_issues", facts.issues, "issues"),
        ):
            if count is not None:
                self.put(name, count.total_count, "", f"{facts.url}/{place}")

    def _documents(self) -> None:
        """What GitHub knows beyond the files: the licence, and what the organisation provides."""
        facts = self.facts
        if facts.license_info is not None:
            spdx = facts.license_info.spdx_id or "NOASSERTION"
            self.put("has_license", True, spdx, facts.url)
            self.put("license", spdx, "as GitHub reads it", facts.url)
        if facts.is_security_policy_enabled:
            self.put("has_security_policy", True, "security policy", f"{facts.url}/security/policy")
        if facts.contributing_guidelines is not None:
            url = facts.contributing_guidelines.url or facts.url
            self.put("has_contributing", True, "contributing guidelines", url)
        if facts.pull_request_templates:
            name = facts.pull_request_templates[0].filename or "pull request template"
            self.put("has_pull_request_template", True, name, facts.url)
        errors = facts.codeowners.errors if facts.codeowners else []
        if why := self.hidden("codeowners"):
            self.unmeasured(why, "codeowners_errors")
        else:
            words = "; ".join(error.kind for error in errors[:3]) or "none"
            self.put("codeowners_errors", len(errors), words, facts.url)

    def _no_branch(self) -> None:
        why = self.hidden("defaultBranchRef") or "the repository is empty"
        self.unmeasured(why, "default_branch", "last_commit_at", "ci_state", *PROTECTION)

    def _branch(self, branch: Branch) -> None:
        url = f"{self.facts.url}/tree/{branch.name}"
        self.put("default_branch", branch.name, "", url)
        commit = branch.target
        if commit is None or commit.committed_date is None:
            why = self.hidden("defaultBranchRef", "target") or "the branch has no commit"
            self.unmeasured(why, "last_commit_at", "ci_state")
            return
        commit_url = f"{self.facts.url}/commit/{commit.oid}"
        self.put("last_commit_at", commit.committed_date.isoformat(), commit.oid[:12], commit_url)
        rollup = commit.status_check_rollup
        if rollup is None:
            if why := self.hidden("defaultBranchRef", "target", "statusCheckRollup"):
                self.unmeasured(why, "ci_state")
            else:
                self.put("ci_state", "none", "no check ran on the last commit", commit_url)
            return
        state = _CI_STATES.get(rollup.state)
        if state is None:
            self.unmeasured(RUNNING, "ci_state")
        else:
            self.put("ci_state", state, f"checks of {commit.oid[:12]}", f"{commit_url}/checks")
        self.put("has_ci", True, f"checks of {commit.oid[:12]}", f"{commit_url}/checks")
        self._coverage(rollup.contexts.nodes if rollup.contexts else [])

    def _coverage(self, contexts: Sequence[StatusContext]) -> None:
        for context in contexts:
            name = context.name or context.context or ""
            percent = coverage.of_status(name, context.title, context.description, context.summary)
            if percent is not None:
                told = context.details_url or context.target_url or ""
                # Whoever may set a status chooses its address.
                url = told if told.startswith(("https://", "http://")) else self.facts.url
                self.put("coverage", percent, f"{percent:g} % by {name}", url)
                return

    def _protection(self, branch: Branch) -> None:
        url = f"{self.facts.url}/settings/branches"
        rule, update = branch.branch_protection_rule, branch.ref_update_rule
        rules = branch.rules.nodes if branch.rules else []
        types = {item.type for item in rules}
        asked = [item.parameters for item in rules if item.parameters is not None]
        words = _protection_words(rule or update, types)
        values: dict[str, bool | int] = {
            "branch_protected": bool(rule or update or types & RESTRAINING),
            "required_reviews": _required_reviews(rule, update, asked),
            "requires_status_checks": bool(
                (rule and rule.requires_status_checks)
                or (update and update.required_status_check_contexts)
                or types & {"REQUIRED_STATUS_CHECKS", "WORKFLOWS"}
            ),
            "requires_code_owner_reviews": bool(
                (rule and rule.requires_code_owner_reviews)
                or (update and update.requires_code_owner_reviews)
                or any(item.require_code_owner_review for item in asked)
            ),
        }
        allows = (rule or update).allows_force_pushes if (rule or update) else True  # type: ignore[union-attr]
        values["allows_force_pushes"] = bool(allows) and "NON_FAST_FORWARD" not in types
        hidden = self._protection_hidden(branch)
        for name, value in values.items():
            # What is seen is certain; what is not seen may be behind what we may not see.
            is_certain = not hidden or (value if name != "allows_force_pushes" else not value)
            if is_certain:
                self.put(name, value, words, url)
            else:
                self.unmeasured(hidden, name)

    def _protection_hidden(self, branch: Branch) -> str:
        parts = []
        if branch.branch_protection_rule is None and branch.ref_update_rule is None:
            parts.append(self.hidden("defaultBranchRef", "branchProtectionRule"))
        if branch.rules is None:
            parts.append(self.hidden("defaultBranchRef", "rules"))
        return next((part for part in parts if part), "")

    def _releases(self) -> None:
        release = self.facts.latest_release
        at = (release.published_at or release.created_at) if release else None
        if release is None or at is None:
            why = self.hidden("latestRelease") or "nothing was released on GitHub"
            self.unmeasured(why, "last_release_at", "latest_release")
            return
        self.put("latest_release", release.tag_name, release.tag_name, release.url)
        self.put("last_release_at", at.isoformat(), release.tag_name, release.url)

    def _pull_requests(self) -> None:
        url = f"{self.facts.url}/pulls?q=is%3Apr+is%3Amerged"
        if self.facts.merged is None:
            why = self.hidden("merged") or "GitHub lists no pull requests"
            self.unmeasured(why, *MERGING)
            return
        pulls = [pull for pull in self.facts.merged.nodes if not _is_bot(pull)]
        recent = [pull for pull in pulls if pull.merged_at >= self.now - RECENT]
        is_cut = len(self.facts.merged.nodes) >= MERGES_ASKED and len(recent) == len(pulls)
        self.put("merged_30d", len(recent), "at least" if is_cut else "last 30 days", url)
        pulls = [pull for pull in pulls if pull.merged_at >= self.now - MERGES_OVER]
        if not pulls:
            self.unmeasured("no pull request was merged in 90 days", *MERGING[1:])
            return
        noun = "pull request" if len(pulls) == 1 else "pull requests"
        words = f"{len(pulls)} merged {noun}"
        hours = median((p.merged_at - p.created_at).total_seconds() / 3600 for p in pulls)
        self.put("merge_hours_median", round(hours, 1), words, url)
        decided = [pull for pull in pulls if pull.review_decision]
        if not decided:
            why = "GitHub decides on reviews only where they are required"
            self.unmeasured(why, "reviewed_share")
            return
        approved = sum(pull.review_decision == "APPROVED" for pull in decided)
        share = round(approved / len(decided), 3)
        self.put("reviewed_share", share, f"{approved} of {len(decided)} approved", url)

    def _deployments(self) -> None:
        url = f"{self.facts.url}/deployments"
        if self.facts.deployments is None:
            why = self.hidden("deployments") or "GitHub lists no deployments"
            self.unmeasured(why, *DEPLOYING)
            return
        listed = self.facts.deployments.nodes
        chosen = [item for item in listed if _is_production(item)] or listed
        recent = sum(item.created_at >= self.now - RECENT for item in chosen)
        is_cut = len(listed) >= DEPLOYMENTS_ASKED and recent == len(chosen)
        self.put("deployments_30d", recent, "at least" if is_cut else "last 30 days", url)
        if not chosen:
            self.unmeasured("no deployment is recorded on GitHub", *DEPLOYING[:2])
            return
        last = max(chosen, key=lambda item: item.created_at)
        where = f"environment {last.environment}" if last.environment else "deployment"
        state = last.latest_status.state.lower() if last.latest_status else "pending"
        self.put("last_deployment_at", last.created_at.isoformat(), where, url)
        self.put("last_deployment_state", state, where, url)


def _required_reviews(
    rule: ProtectionRule | None, update: UpdateRule | None, asked: Sequence[RuleParameters]
) -> int:
    """The strictest of classic protection (in either of its two views) and rulesets."""
    counts = [item.required_approving_review_count or 0 for item in asked]
    if rule is not None and rule.requires_approving_reviews:
        counts.append(rule.required_approving_review_count or 1)
    if update is not None:
        counts.append(update.required_approving_review_count or 0)
    return max(counts, default=0)


def _protection_words(rule: object, types: set[str]) -> str:
    parts = ["branch protection"] if rule else []
    if types & RESTRAINING:
        parts.append("ruleset")
    return " and ".join(parts) or "no protection, no ruleset"


def _is_bot(pull: MergedPull) -> bool:
    author = pull.author
    return author is not None and (author.typename == "Bot" or author.login.endswith("[bot]"))


def _is_production(deployment: Deployment) -> bool:
    return _PRODUCTION.search((deployment.environment or "").lower()) is not None
