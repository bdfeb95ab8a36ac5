"""The facts `repo.*`, `stack.*` and `alerts.*`: their names, types, and what they mean."""

from collections.abc import Iterator
from datetime import timedelta

from portal.lib.registry import FactSpec, facts

_BOTH = ("github", "checkout")
_API = ("github",)

# name: (type, title, unit, help)
_Spec = tuple[str, str, str, str]

FROM_FILES: dict[str, _Spec] = {
    "has_readme": ("bool", "Has a README", "", ""),
    "readme_bytes": ("int", "Size of the README", "bytes", ""),
    "has_license": ("bool", "Has a licence", "", ""),
    "license": ("string", "Licence", "", "SPDX identifier; NOASSERTION where it is none known."),
    "has_codeowners": ("bool", "Has code owners", "", "A CODEOWNERS file where GitHub looks."),
    "codeowners_errors": ("int", "Errors in CODEOWNERS", "", ""),
    "default_branch": ("string", "Default branch", "", ""),
    "has_ci": ("bool", "Has CI", "", "A workflow, or the pipeline file of another CI service."),
    "ci_workflows": ("list", "CI workflows", "", "File names in .github/workflows."),
    "coverage": ("float", "Test coverage", "%", "Lines; from a report file or a commit status."),
    "has_dependency_updates": ("bool", "Dependencies are updated by a tool", "", ""),
    "dependency_update_tool": ("string", "Dependency-update tool", "", '"none" without one.'),
    "actions_total": ("int", "Outside actions used", "", "In workflows and own actions."),
    "actions_unpinned": ("int", "Actions without a commit", "", "Different references, not uses."),
    "unpinned_actions": ("list", "Which actions have no commit", "", ""),
    "last_commit_at": ("timestamp", "Last commit", "", "On the default branch."),
    "last_release_at": ("timestamp", "Last release", "", "In a checkout: the newest tag."),
    "latest_release": ("string", "Latest release", "", "In a checkout: the newest tag."),
    "languages": ("map", "Languages", "bytes", ""),
    "primary_language": ("string", "Main language", "", ""),
    "manifests": ("list", "Package manifests", "", ""),
    "lock_files": ("list", "Lock files", "", "Requirement files count when they carry hashes."),
    "has_dockerfile": ("bool", "Has a Dockerfile", "", ""),
    "has_tests": ("bool", "Has tests", "", "By names of folders and files."),
    "has_security_policy": ("bool", "Has a security policy", "", ""),
    "has_pre_commit": ("bool", "Has pre-commit hooks", "", ""),
    "has_linter_config": ("bool", "Has a linter", "", ""),
    "has_type_checking": ("bool", "Types are checked", "", "By a tool, or by the compiler."),
    "has_changelog": ("bool", "Has a change log", "", ""),
    "has_pull_request_template": ("bool", "Has a pull request template", "", ""),
    "has_catalog_info": ("bool", "Has catalog-info.yaml", "", ""),
    "has_contributing": ("bool", "Has a guide for contributors", "", ""),
    "has_secret_scan": ("bool", "Secrets are scanned for", "", "In hooks, in CI, or by a file."),
}
STACK: dict[str, _Spec] = {
    "packages": (
        "list",
        "Direct dependencies",
        "",
        "Like package URLs: npm/react@18.2.0; the range as written where no lock file tells.",
    ),
    "images": ("list", "Container images", "", "Of Dockerfiles, compose files and manifests."),
    "terraform_providers": ("list", "Terraform providers", "", "hashicorp/aws@5.31.0"),
    "helm_charts": ("list", "Helm charts", "", "Its own, and those it depends on."),
    "files": ("map", "Files that tell of the stack", "entries", "How many entries each brings."),
}
FROM_API: dict[str, _Spec] = {
    "branch_protected": (
        "bool",
        "Default branch is protected",
        "",
        "By classic protection, or by a ruleset that restrains changes.",
    ),
    "required_reviews": ("int", "Reviews required", "", "The stricter of protection and rulesets."),
    "requires_status_checks": ("bool", "Status checks required", "", ""),
    "requires_code_owner_reviews": ("bool", "Code owners must review", "", ""),
    "allows_force_pushes": ("bool", "Default branch may be rewritten", "", ""),
    "ci_state": ("string", "Last CI result", "", "success, failure or none; of checks that ended."),
    "last_deployment_at": (
        "timestamp",
        "Last deployment",
        "",
        "To a production environment where one is named so, else to any.",
    ),
    "last_deployment_state": ("string", "State of the last deployment", "", ""),
    "deployments_30d": ("int", "Deployments in 30 days", "", "Counted up to 50."),
    "merge_hours_median": (
        "float",
        "Median time to merge",
        "h",
        "From opened to merged, over 90 days, without bots.",
    ),
    "merged_30d": ("int", "Pull requests merged in 30 days", "", "Without bots, up to 50."),
    "reviewed_share": (
        "float",
        "Share of pull requests approved",
        "",
        "0 to 1, over 90 days, without bots. GitHub decides where reviews are required.",
    ),
    "open_pull_requests": ("int", "Open pull requests", "", ""),
    "open_issues": ("int", "Open issues", "", ""),
    "is_archived": ("bool", "Is archived", "", ""),
    "visibility": ("string", "Visibility", "", "public, internal or private."),
}
ALERTS: dict[str, _Spec] = {
    "vulnerabilities_open": ("int", "Open vulnerability alerts", "", "From Dependabot."),
    "vulnerabilities_critical": ("int", "Critical vulnerabilities", "", ""),
    "vulnerabilities_high": ("int", "High vulnerabilities", "", ""),
    "vulnerabilities_moderate": ("int", "Moderate vulnerabilities", "", ""),
    "vulnerabilities_low": ("int", "Low vulnerabilities", "", ""),
    "oldest_critical_days": ("int", "Age of the oldest critical", "days", "0 without any."),
    "oldest_high_days": ("int", "Age of the oldest high", "days", "0 without any."),
    "vulnerability_alerts_enabled": ("bool", "Vulnerability alerts are on", "", ""),
    "secrets_open": ("int", "Open secret alerts", "", ""),
    "code_open": ("int", "Open code scanning alerts", "", ""),
    "code_critical": ("int", "Critical code alerts", "", ""),
    "code_high": ("int", "High code alerts", "", ""),
}


def specs() -> Iterator[FactSpec]:
    groups = (
        ("repo", FROM_FILES, _BOTH),
        ("repo", FROM_API, _API),
        ("stack", STACK, _BOTH),
        ("alerts", ALERTS, _API),
    )
    for namespace, table, sources in groups:
        for order, (name, (kind, title, unit, text)) in enumerate(table.items()):
            yield FactSpec(
                key=f"{namespace}.{name}",
                type=kind,
                title=title,
                unit=unit,
                help=text,
                sources=sources,
                stale_after=timedelta(hours=24),
                order=order,
            )


def register() -> None:
    for spec in specs():
        facts.add(spec)
