"""The source "github" on the double: what it measures, and what it asks for that."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from portal.catalog.models import Service
from portal.jobs import github as connection
from portal.jobs.models import Job, Quota
from portal.lib.github import Ask, Pause, RepositoryAnswer, Slug
from scorecards.snapshots import as_entry
from scorecards.sources import github_files, stack
from scorecards.sources.base import Measured, Outcome, Previous, Reading, Unmeasured
from scorecards.sources.github import GitHubSource
from scorecards.sources.github_files import Folder
from scorecards.sources.repository import LARGEST
from scorecards.sources.repository_specs import ALERTS, FROM_API, FROM_FILES
from tests.github_double import Double, World, repository
from tests.github_double.server import TOKEN, primary
from tests.github_double.world import (
    FILES,
    NOW,
    ago,
    deployment,
    pull_request,
    vulnerability,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def double(settings: Any) -> Iterator[Double]:
    with Double(World()) as double:
        changes = {"github_url": double.url, "github_token": TOKEN}
        settings.ENV = settings.ENV.model_copy(update=changes)
        yield double
        assert double.violations == []


class Bench:
    """Services in memory, refreshed again and again, remembering what snapshots would."""

    def __init__(self, double: Double, clock: time_machine.Traveller) -> None:
        self.double = double
        self.clock = clock
        self.services: list[Service] = []
        self.previous: dict[int, Previous] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.notes: list[str] = []
        self.at = NOW

    def add(self, slug: str, *, key: str = "", **fields: Any) -> dict[str, Any]:
        """A repository on the double with one service in the catalogue."""
        self.services.append(
            Service(
                pk=len(self.services) + 1,
                key=key or slug.lower().replace("/", "."),
                repository=slug,
            )
        )
        owner, name = slug.split("/")
        return self.double.world.find(owner, name) or self.double.world.add(
            repository(slug, **fields)
        )

    def refresh(self, *, minutes: int = 0, job_id: int | None = None) -> None:
        """Refresh all, so many minutes after the last time."""
        self.at += timedelta(minutes=minutes)
        self.clock.move_to(self.at)
        self.double.clear()
        self.outcomes, self.notes = {}, []
        by_pk = {service.pk: service for service in self.services}

        def report(outcomes: Any) -> None:
            for outcome in outcomes:
                self.outcomes[by_pk[outcome.service_id].key] = outcome
                self._remember(outcome)

        GitHubSource().measure(
            self.services,
            self.previous,
            now=self.at,
            report=report,
            note=self.notes.append,
            job_id=job_id,
        )

    def _remember(self, outcome: Outcome) -> None:
        if outcome.failure:
            return
        known = self.previous.get(outcome.service_id)
        facts = dict(known.facts) if known else {}
        facts |= {name: as_entry(reading) for name, reading in outcome.readings.items()}
        self.previous[outcome.service_id] = Previous(
            facts=facts, state=dict(outcome.state or {}), last_success_at=outcome.at
        )

    def readings(self, key: str = "acme.web") -> dict[str, Reading]:
        outcome = self.outcomes[key]
        assert outcome.failure == ""
        return dict(outcome.readings)

    def values(self, key: str = "acme.web") -> dict[str, object]:
        """The value of each fact, or "?" and why it is unmeasured."""
        return {
            name.removeprefix("repo."): (
                reading.value if isinstance(reading, Measured) else f"? {reading.error}"
            )
            for name, reading in self.readings(key).items()
        }

    def operations(self) -> list[str]:
        return [call.operation for call in self.double.calls if call.operation]


@pytest.fixture
def bench(double: Double) -> Iterator[Bench]:
    with time_machine.travel(NOW) as clock:
        double.resets_at = NOW + timedelta(minutes=40)
        yield Bench(double, clock)


# -- how much is asked --------------------------------------------------------------------------


def test_five_hundred_repositories_take_ten_calls_and_again_no_lists_and_no_files(
    bench: Bench,
) -> None:
    for number in range(500):
        bench.add(f"acme/r{number}", files={"README.md": "x"})
    bench.double.world.alerts["acme", "code-scanning"] = [
        {"repository": f"acme/r{number}", "severity": "high"} for number in range(300)
    ]

    bench.refresh()

    assert bench.double.count("Facts") == 10
    assert not any(outcome.failure for outcome in bench.outcomes.values())
    assert bench.values("acme.r7")["alerts.code_high"] == 1
    assert bench.values("acme.r400")["alerts.code_high"] == 0
    assert bench.double.spent_on_lists == 4

    before = {key: dict(outcome.readings) for key, outcome in bench.outcomes.items()}
    bench.refresh(minutes=1)

    assert bench.double.count() == 10
    assert bench.double.spent_on_lists == 0
    assert [call.status for call in bench.double.calls if call.method == "GET"] == [304] * 4
    for key, outcome in bench.outcomes.items():
        assert timeless(outcome.readings) == timeless(before[key])


def timeless(readings: Any) -> dict[str, object]:
    return {name: {**as_entry(reading), "measured_at": None} for name, reading in readings.items()}


def test_a_thousand_repositories_stay_within_calls_and_points(bench: Bench) -> None:
    for number in range(1000):
        bench.add(f"acme/r{number}", files={"README.md": "x", "pyproject.toml": "[tool.ruff]"})

    bench.refresh()

    facts = [call for call in bench.double.calls if call.operation == "Facts"]
    files = [call for call in bench.double.calls if call.operation in {"Listings", "Texts"}]
    assert len(facts) == 20  # at most 25 are allowed
    assert sum(call.points for call in facts) == 80  # at most 100
    assert len(files) == 80  # at most 120
    assert bench.values("acme.r999")["has_linter_config"] is True


def test_repository_that_was_not_pushed_to_is_not_asked_for_files(bench: Bench) -> None:
    bench.add("acme/web")
    bench.refresh()
    assert bench.operations() == ["Facts", "Listings", "Texts"]

    bench.refresh(minutes=60)

    assert bench.operations() == ["Facts"]
    readme = bench.readings()["repo.has_readme"]
    assert isinstance(readme, Measured)
    assert (readme.value, readme.measured_at) == (True, bench.at)


def test_repository_that_was_pushed_to_is_asked_for_files(bench: Bench) -> None:
    web = bench.add("acme/web")
    bench.add("acme/api")
    bench.refresh()
    web["pushedAt"] = ago(minutes=1)
    web["files"] = {"README.md": "x"}

    bench.refresh(minutes=60)

    assert bench.values()["has_ci"] is True  # the checks of its last commit
    assert bench.values()["ci_workflows"] == []
    listed = [call for call in bench.double.calls if call.operation == "Listings"]
    assert [call.repositories for call in listed] == [1]


def test_push_that_a_webhook_told_of_is_one_call(bench: Bench) -> None:
    web = bench.add("acme/web")
    bench.refresh()
    web["pushedAt"] = ago(minutes=-4)
    web["files"][".github/workflows/ci.yml"] = "jobs: {a: {steps: [{uses: 'x/y@v1'}]}}"
    connection.note_push(Slug("acme", "web"), now=NOW + timedelta(minutes=4))

    bench.refresh(minutes=5)

    assert len(bench.double.calls) == 1
    assert bench.values()["unpinned_actions"] == ["x/y@v1"]


def test_push_that_adds_a_file_worth_reading_takes_a_second_call(bench: Bench) -> None:
    web = bench.add("acme/web")
    bench.refresh()
    web["pushedAt"] = ago(minutes=-4)
    web["files"]["tox.ini"] = "[flake8]\n"
    connection.note_push(Slug("acme", "web"), now=NOW + timedelta(minutes=4))

    bench.refresh(minutes=5)

    assert bench.operations() == ["Facts", "Texts"]


def test_services_that_share_a_repository_are_asked_about_once(bench: Bench) -> None:
    bench.add("acme/mono", key="web")
    bench.add("acme/mono", key="api")
    bench.add("ACME/Mono", key="jobs")

    bench.refresh()

    assert [call.repositories for call in bench.double.calls if call.operation] == [1, 1, 1]
    assert bench.values("web") == bench.values("api") == bench.values("jobs")


MONO = {
    "README.md": "# All\n",
    "LICENSE": "MIT License",
    "package-lock.json": "{}",
    "a/b/pay/README.md": "# Payments.\n",
    "a/b/pay/src/requirements.txt": "",
    "a/b/pay/requirements.txt": "x==1 --hash=sha256:0",
    "a/b/pay/tests/test_it.py": "",
    "cart/package.json": "{}",
    "cart/src/deep/app.py": "",
}


def add_parts(bench: Bench, *paths: str) -> None:
    for path in paths:
        bench.add("acme/mono", key=path or "all", files=MONO)
        bench.services[-1].repository_path = path


def test_services_in_folders_of_one_repository_cost_no_more_calls(bench: Bench) -> None:
    add_parts(bench, "", "a/b/pay", "cart", "gone")

    bench.refresh()

    assert bench.operations() == ["Facts", "Listings", "Texts"]
    whole, pay, cart, gone = (bench.values(key) for key in ("all", "a/b/pay", "cart", "gone"))
    assert [facts["readme_bytes"] for facts in (whole, pay, cart)] == [6, 12, 0]
    assert pay["manifests"] == ["a/b/pay/requirements.txt", "a/b/pay/src/requirements.txt"]
    assert pay["lock_files"] == ["a/b/pay/requirements.txt"]
    assert cart["lock_files"] == ["package-lock.json"]
    assert pay["has_tests"] is True
    assert pay["has_dockerfile"] is False
    assert str(cart["has_dockerfile"]).startswith("? no Dockerfile in the upper folders")
    assert gone["has_readme"] == "? the repository has no folder gone"
    assert {facts["has_license"] for facts in (whole, pay, cart, gone)} == {True}
    link = bench.readings("a/b/pay")["repo.has_readme"]
    assert isinstance(link, Measured)
    assert link.url == "https://github.com/acme/mono/blob/HEAD/a/b/pay/README.md"


def test_service_that_moves_into_a_folder_has_it_read(bench: Bench) -> None:
    add_parts(bench, "")
    bench.refresh()
    bench.refresh(minutes=60)
    assert bench.operations() == ["Facts"]
    bench.services[0].repository_path = "a/b/pay"

    bench.refresh(minutes=60)

    assert bench.operations() == ["Facts", "Listings", "Texts"]
    assert bench.values("all")["readme_bytes"] == 12
    bench.refresh(minutes=60)
    assert bench.operations() == ["Facts"]
    assert bench.values("all")["readme_bytes"] == 12


def test_push_to_a_folder_that_a_webhook_told_of_is_one_call(bench: Bench) -> None:
    add_parts(bench, "a/b/pay")
    bench.refresh()
    connection.note_push(Slug("acme", "mono"), now=NOW + timedelta(minutes=4))
    found = bench.double.world.find("acme", "mono")
    assert found is not None
    found["pushedAt"] = ago(minutes=-4)
    found["files"]["a/b/pay/README.md"] = "# Pay\n"

    bench.refresh(minutes=5)

    assert bench.operations() == ["Facts"]
    assert bench.values("a/b/pay")["readme_bytes"] == 6


def test_many_folders_are_listed_fifty_a_call(bench: Bench) -> None:
    add_parts(bench, *(f"p{number:03}" for number in range(120)))

    bench.refresh()

    assert bench.operations() == ["Facts", "Listings", "Listings", "Listings", "Texts"]
    assert bench.values("p119")["has_readme"] == "? the repository has no folder p119"


def test_folder_that_github_hides_fails_the_files_alone(bench: Bench) -> None:
    add_parts(bench, "cart")
    bench.double.world.forbidden["acme/mono", "d0"] = ("FORBIDDEN", "not for you")

    bench.refresh()

    assert "has_readme" not in bench.values("cart")
    assert any("does not list the files of acme/mono: not for you" in n for n in bench.notes)


def test_new_service_of_a_known_repository_has_its_files_read(bench: Bench) -> None:
    bench.add("acme/mono", key="web")
    bench.refresh()
    bench.add("acme/mono", key="api")

    bench.refresh(minutes=60)

    assert bench.values("api")["has_readme"] is True


def test_cost_is_charged_to_the_job(bench: Bench) -> None:
    for number in range(50):
        bench.add(f"acme/r{number}")

    bench.refresh(job_id=42)

    quota = Quota.objects.get(name="github", resource="graphql")
    assert quota.limit == 5000
    assert quota.cost_by_job == {"42": 8}  # 4 for facts, 1 for each of four calls about files
    assert Quota.objects.get(resource="core").cost_by_job == {"42": 2}


# -- what is measured ---------------------------------------------------------------------------


def test_well_kept_repository_has_every_fact(bench: Bench) -> None:
    bench.add("acme/web", vulnerabilityAlerts=[vulnerability("HIGH", days=12)])
    bench.refresh()

    values = bench.values()

    expected = {f"alerts.{name}" for name in ALERTS} | set(FROM_API) | set(FROM_FILES)
    assert set(values) == expected | set(stack.FACTS)
    unmeasured = {name for name, value in values.items() if str(value).startswith("?")}
    assert unmeasured == {"coverage"}
    assert (
        values
        | {
            "has_readme": True,
            "license": "MIT",
            "codeowners_errors": 0,
            "default_branch": "main",
            "branch_protected": True,
            "required_reviews": 2,
            "requires_status_checks": True,
            "requires_code_owner_reviews": True,
            "allows_force_pushes": False,
            "has_ci": True,
            "ci_workflows": ["ci.yml"],
            "ci_state": "success",
            "dependency_update_tool": "dependabot",
            "actions_total": 1,
            "unpinned_actions": ["actions/checkout@v4"],
            "last_commit_at": "2026-03-01T12:00:00+00:00",
            "last_release_at": "2026-02-25T12:00:00+00:00",
            "latest_release": "v1.2.0",
            "last_deployment_at": "2026-02-28T12:00:00+00:00",
            "last_deployment_state": "success",
            "deployments_30d": 1,
            "merge_hours_median": 24.0,
            "merged_30d": 1,
            "reviewed_share": 1.0,
            "open_pull_requests": 0,
            "open_issues": 1,
            "languages": {"Python": 5000.0, "Shell": 200.0},
            "primary_language": "Python",
            "manifests": ["pyproject.toml"],
            "has_linter_config": True,
            "has_type_checking": True,
            "is_archived": False,
            "visibility": "private",
            "alerts.vulnerabilities_open": 1,
            "alerts.vulnerabilities_high": 1,
            "alerts.vulnerabilities_critical": 0,
            "alerts.oldest_high_days": 12,
            "alerts.oldest_critical_days": 0,
            "alerts.vulnerability_alerts_enabled": True,
            "alerts.secrets_open": 0,
            "alerts.code_open": 0,
        }
        == values
    )


def test_evidence_leads_to_github(bench: Bench) -> None:
    bench.add("acme/web")
    bench.refresh()

    readme, state = bench.readings()["repo.has_readme"], bench.readings()["repo.ci_state"]

    assert isinstance(readme, Measured)
    assert isinstance(state, Measured)
    assert readme.url == "https://github.com/acme/web/blob/HEAD/README.md"
    assert state.url == f"https://github.com/acme/web/commit/{'a' * 40}/checks"


def branch(**fields: Any) -> dict[str, Any]:
    """A default branch without any protection, changed by fields."""
    usual = repository("acme/web")["defaultBranchRef"]
    return usual | {"branchProtectionRule": None, "refUpdateRule": None, "rules": []} | fields


def rule(kind: str, **parameters: Any) -> dict[str, Any]:
    typename = {"PULL_REQUEST": "PullRequestParameters"}.get(kind)
    return {
        "type": kind,
        "parameters": {"__typename": typename, **parameters} if typename else None,
    }


PULL_REQUEST = rule("PULL_REQUEST", requiredApprovingReviewCount=1, requireCodeOwnerReview=True)
PROTECTION = (
    "branch_protected",
    "required_reviews",
    "requires_status_checks",
    "requires_code_owner_reviews",
    "allows_force_pushes",
)


@pytest.mark.parametrize(
    ("default_branch", "expected"),
    [
        (branch(), (False, 0, False, False, True)),
        (
            branch(rules=[PULL_REQUEST, rule("NON_FAST_FORWARD"), rule("REQUIRED_STATUS_CHECKS")]),
            (True, 1, True, True, False),
        ),
        (branch(rules=[rule("BRANCH_NAME_PATTERN")]), (False, 0, False, False, True)),
        (
            branch(
                refUpdateRule={
                    "requiredApprovingReviewCount": 1,
                    "requiredStatusCheckContexts": ["test"],
                    "requiresCodeOwnerReviews": False,
                    "allowsForcePushes": False,
                }
            ),
            (True, 1, True, False, False),
        ),
        (
            repository("acme/web")["defaultBranchRef"] | {"rules": [PULL_REQUEST]},
            (True, 2, True, True, False),
        ),
    ],
)
def test_protection_counts_classic_rules_and_rulesets(
    bench: Bench, default_branch: dict[str, Any], expected: tuple[object, ...]
) -> None:
    bench.add("acme/web", defaultBranchRef=default_branch)
    bench.refresh()

    values = bench.values()

    assert tuple(values[name] for name in PROTECTION) == expected


def test_protection_that_may_not_be_seen_is_unknown_and_not_false(bench: Bench) -> None:
    bench.add("acme/web", defaultBranchRef=branch())
    place = ("acme/web", "defaultBranchRef", "branchProtectionRule")
    bench.double.world.forbidden[place] = ("FORBIDDEN", "Resource not accessible by integration")
    bench.refresh()

    values = bench.values()

    said = "? GitHub does not say: Resource not accessible by integration"
    assert {values[name] for name in PROTECTION} == {said}


def test_protection_seen_in_a_ruleset_is_known_though_the_rest_is_hidden(bench: Bench) -> None:
    bench.add("acme/web", defaultBranchRef=branch(rules=[PULL_REQUEST]))
    place = ("acme/web", "defaultBranchRef", "branchProtectionRule")
    bench.double.world.forbidden[place] = ("FORBIDDEN", "Not accessible")
    bench.refresh()

    values = bench.values()

    assert (values["branch_protected"], values["required_reviews"]) == (True, 1)
    assert values["requires_status_checks"] == "? GitHub does not say: Not accessible"


def rollup(state: str, *contexts: dict[str, Any]) -> dict[str, Any]:
    target = repository("acme/web")["defaultBranchRef"]["target"]
    return branch(target=target | {"statusCheckRollup": {"state": state, "contexts": contexts}})


CODECOV = {
    "__typename": "StatusContext",
    "context": "codecov/project",
    "description": "78.6% (+0.1%) compared to 1234567",
    "targetUrl": "https://codecov.io/acme/web",
}
CODECOV_RUN = {
    "__typename": "CheckRun",
    "name": "codecov/project",
    "title": "81.20% (target 80.00%)",
    "summary": None,
    "detailsUrl": "https://codecov.io/acme/web",
}


@pytest.mark.parametrize(
    ("default_branch", "state", "coverage"),
    [
        (rollup("SUCCESS", CODECOV), "success", 78.6),
        (rollup("SUCCESS", CODECOV_RUN), "success", 81.2),
        (rollup("FAILURE"), "failure", "? no coverage is reported"),
        (rollup("ERROR"), "failure", "? no coverage is reported"),
        (
            rollup("EXPECTED"),
            "? the checks of the last commit are still running",
            "? no coverage is reported",
        ),
    ],
)
def test_checks_of_the_last_commit_tell_ci_and_coverage(
    bench: Bench, default_branch: dict[str, Any], state: str, coverage: object
) -> None:
    bench.add("acme/web", defaultBranchRef=default_branch)
    bench.refresh()

    assert (bench.values()["ci_state"], bench.values()["coverage"]) == (state, coverage)


def test_address_of_a_status_is_shown_only_where_it_is_a_web_address(bench: Bench) -> None:
    status = CODECOV | {"targetUrl": "javascript:alert(1)"}
    bench.add("acme/web", defaultBranchRef=rollup("SUCCESS", status))
    bench.refresh()

    coverage = bench.readings()["repo.coverage"]

    assert isinstance(coverage, Measured)
    assert coverage.url == "https://github.com/acme/web"


@pytest.mark.parametrize("state", ["SUCCESS", "FAILURE"])
def test_last_result_and_coverage_stay_while_new_checks_are_running(
    bench: Bench, state: str
) -> None:
    web = bench.add("acme/web", defaultBranchRef=rollup(state, CODECOV))
    bench.refresh()
    web |= {"defaultBranchRef": rollup("PENDING"), "pushedAt": ago(minutes=1)}

    bench.refresh(minutes=60)

    assert "ci_state" not in bench.values()  # the last ones stay as they are
    assert "coverage" not in bench.values()


def test_merging_leaves_bots_and_old_pull_requests_out(bench: Bench) -> None:
    bench.add(
        "acme/web",
        pullRequests=[
            pull_request(createdAt=ago(days=2, hours=10), mergedAt=ago(days=2)),
            pull_request(createdAt=ago(days=42), mergedAt=ago(days=40), reviewDecision=None),
            pull_request(
                createdAt=ago(days=3, hours=2),
                mergedAt=ago(days=3),
                reviewDecision="REVIEW_REQUIRED",
            ),
            pull_request(createdAt=ago(days=900), mergedAt=ago(days=800)),
            pull_request(author="renovate[bot]", mergedAt=ago(days=1), reviewDecision=None),
            pull_request(state="OPEN"),
        ],
    )
    bench.refresh()

    values = bench.values()

    assert values["merged_30d"] == 2
    assert values["merge_hours_median"] == 10.0
    assert values["reviewed_share"] == 0.5
    assert values["open_pull_requests"] == 1


def test_reviews_are_unknown_where_github_decides_on_none(bench: Bench) -> None:
    bench.add("acme/web", pullRequests=[pull_request(reviewDecision=None)])
    bench.refresh()

    reason = "? GitHub decides on reviews only where they are required"
    assert bench.values()["reviewed_share"] == reason


def test_repository_without_pull_requests_releases_and_deployments(bench: Bench) -> None:
    bench.add("acme/web", pullRequests=[], latestRelease=None, deployments=[])
    bench.refresh()

    values = bench.values()

    assert values["merged_30d"] == 0
    assert values["merge_hours_median"] == "? no pull request was merged in 90 days"
    assert values["last_release_at"] == "? nothing was released on GitHub"
    assert values["deployments_30d"] == 0
    assert values["last_deployment_at"] == "? no deployment is recorded on GitHub"


def test_deployments_to_production_count_alone_where_there_are_some(bench: Bench) -> None:
    deployments = [deployment("preview-12", days=0.1), deployment("eu-prod", days=3)]
    bench.add("acme/web", deployments=[*deployments, deployment("eu-prod", days=60)])
    bench.add("acme/api", deployments=[deployment("staging", days=4)])
    bench.refresh()

    assert bench.values()["last_deployment_at"] == "2026-02-27T12:00:00+00:00"
    assert bench.values()["deployments_30d"] == 1
    assert bench.values("acme.api")["deployments_30d"] == 1


def test_empty_repository_is_known_to_be_empty(bench: Bench) -> None:
    bench.add("acme/web", defaultBranchRef=None, files={}, languages={}, codeowners=None)
    bench.refresh()

    values = bench.values()

    assert values["default_branch"] == "? the repository is empty"
    assert values["has_readme"] is False
    assert values["has_ci"] is False


def test_what_the_organisation_provides_counts(bench: Bench) -> None:
    bench.add(
        "acme/web",
        files={"README.md": "x"},
        isSecurityPolicyEnabled=True,
        contributingGuidelines={"url": "https://github.com/acme/.github/blob/main/CONTRIBUTING.md"},
        pullRequestTemplates=[{"filename": "pull_request_template.md"}],
    )
    bench.refresh()

    values = bench.values()

    assert values["has_security_policy"] is True
    assert values["has_contributing"] is True
    assert values["has_pull_request_template"] is True


def test_large_file_is_named_and_not_asked_for(bench: Bench) -> None:
    huge = "#" * (LARGEST + 1)
    bench.add("acme/web", files=FILES | {".github/workflows/huge.yml": huge})
    bench.refresh()

    assert (
        "acme/web: .github/workflows/huge.yml is larger than 1 MB and is not read." in bench.notes
    )
    assert not any("huge.yml" in call.text for call in bench.double.calls)
    assert bench.values()["ci_workflows"] == ["ci.yml", "huge.yml"]
    reason = "? .github/workflows/huge.yml was not read"
    assert bench.values()["actions_unpinned"] == reason


def test_deep_folders_leave_tests_unknown(bench: Bench) -> None:
    bench.add("acme/web", files={"a/b/c_test.go": "x", "go.mod": "x"})
    bench.refresh()

    assert str(bench.values()["has_tests"]).startswith("? no test files in the upper folders")


# -- alerts -------------------------------------------------------------------------------------


def test_alerts_of_the_organisation_are_given_to_their_repositories(bench: Bench) -> None:
    bench.add("acme/web")
    bench.add("acme/api")
    bench.double.world.alerts |= {
        ("acme", "code-scanning"): [
            {"repository": "acme/web", "severity": "critical"},
            {"repository": "Acme/Web", "severity": "high"},
            {"repository": "acme/web", "severity": "medium"},
        ],
        ("acme", "secret-scanning"): [{"repository": "acme/api"}] * 2,
    }
    bench.refresh()

    web, api = bench.values(), bench.values("acme.api")

    assert (web["alerts.code_open"], web["alerts.code_critical"]) == (3, 1)
    assert (web["alerts.code_high"], web["alerts.secrets_open"]) == (1, 0)
    assert (api["alerts.code_open"], api["alerts.secrets_open"]) == (0, 2)


def test_secrets_themselves_are_never_asked_for(bench: Bench) -> None:
    bench.add("acme/web")
    queries = []
    answer = bench.double.answer

    def listening(method: str, target: str, *rest: Any) -> Any:
        queries.append(target)
        return answer(method, target, *rest)

    bench.double.answer = listening  # type: ignore[method-assign]
    bench.refresh()

    asked = [target for target in queries if "secret-scanning" in target]
    assert asked
    assert all("hide_secret=true" in target for target in asked)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, "the portal's sign-in may not read the code scanning alerts of acme"),
        (404, "code scanning is off for acme, acme is no organisation, or it is hidden from us"),
    ],
)
def test_list_that_is_closed_leaves_its_facts_unknown(
    bench: Bench, status: int, reason: str
) -> None:
    bench.add("acme/web")
    bench.double.world.closed["acme", "code-scanning"] = status
    bench.refresh()

    values = bench.values()

    assert values["alerts.code_open"] == values["alerts.code_high"] == f"? {reason}"
    assert values["alerts.secrets_open"] == 0


def test_lists_are_for_organisations_alone(bench: Bench) -> None:
    bench.add("ada/web", owner={"__typename": "User", "login": "ada"})
    bench.refresh()

    reason = "? GitHub lists code scanning alerts for organisations only"
    assert bench.values("ada.web")["alerts.code_open"] == reason
    assert not any(call.method == "GET" for call in bench.double.calls)


def test_vulnerabilities_that_may_not_be_seen_come_from_the_list(bench: Bench) -> None:
    bench.add("acme/web", vulnerabilityAlerts=[vulnerability("LOW")])
    bench.double.world.forbidden["acme/web", "vulnerabilityAlerts"] = ("FORBIDDEN", "No access")
    bench.double.world.alerts["acme", "dependabot"] = [
        {"repository": "acme/web", "severity": "critical", "days": 40},
        {"repository": "acme/web", "severity": "medium", "days": 2},
    ]
    bench.refresh()

    values = bench.values()

    assert values["alerts.vulnerabilities_open"] == 2
    assert values["alerts.vulnerabilities_moderate"] == 1
    assert values["alerts.oldest_critical_days"] == 40


def test_vulnerabilities_that_nobody_tells_are_unknown_with_githubs_words(bench: Bench) -> None:
    bench.add("acme/web")
    bench.double.world.forbidden["acme/web", "vulnerabilityAlerts"] = ("FORBIDDEN", "No access")
    bench.double.world.closed["acme", "dependabot"] = 403
    bench.refresh()

    assert bench.values()["alerts.vulnerabilities_high"] == "? GitHub does not say: No access"


def test_more_vulnerabilities_than_graphql_lists_are_counted_by_the_list(bench: Bench) -> None:
    bench.add("acme/web", vulnerabilityAlerts=[vulnerability("HIGH")] * 130)
    bench.double.world.alerts["acme", "dependabot"] = [
        {"repository": "acme/web", "severity": "high"}
    ] * 130
    bench.refresh()

    assert bench.values()["alerts.vulnerabilities_high"] == 130


def test_vulnerability_alerts_that_are_off_count_nothing(bench: Bench) -> None:
    bench.add("acme/web", hasVulnerabilityAlertsEnabled=False)
    bench.refresh()

    values = bench.values()

    assert values["alerts.vulnerability_alerts_enabled"] is False
    assert values["alerts.vulnerabilities_open"] == "? vulnerability alerts are switched off here"


# -- what goes wrong ----------------------------------------------------------------------------


def test_deleted_repository_fails_alone_and_keeps_its_facts(bench: Bench) -> None:
    bench.add("acme/web")
    bench.add("acme/api")
    bench.refresh()
    del bench.double.world.repositories["acme/web"]

    bench.refresh(minutes=60)

    assert bench.outcomes["acme.web"].failure.startswith("GitHub has no repository acme/web")
    assert bench.values("acme.api")["has_readme"] is True


def test_renamed_repository_is_measured_and_named(bench: Bench) -> None:
    bench.add("acme/web")
    bench.refresh()
    bench.double.world.rename("acme/web", "acme/web-shop")
    bench.double.world.alerts["acme", "code-scanning"] = [{"repository": "acme/web-shop"}]

    bench.refresh(minutes=60)

    assert "acme/web is now called acme/web-shop: change it in the catalogue." in bench.notes
    assert bench.outcomes["acme.web"].state["name"] == "acme/web-shop"  # type: ignore[index]
    assert bench.values()["alerts.code_open"] == 1
    assert bench.operations() == ["Facts"]


def test_another_repository_under_the_old_name_is_noticed_and_read(bench: Bench) -> None:
    bench.add("acme/web")
    bench.refresh()
    bench.double.world.add(repository("acme/web", id="R_other", files={}))

    bench.refresh(minutes=60)

    assert any("is another repository than before" in note for note in bench.notes)
    assert bench.values()["has_readme"] is False


def test_facts_of_the_repository_before_do_not_speak_for_the_one_after(bench: Bench) -> None:
    files = {"LICENSE": "MIT License", "coverage.xml": '<coverage line-rate="0.9">'}
    bench.add("acme/web", defaultBranchRef=rollup("SUCCESS"), files=files)
    bench.refresh()
    assert {"license", "ci_state"} <= bench.values().keys()
    other = repository("acme/web", id="R_other", files={}, defaultBranchRef=rollup("PENDING"))
    bench.double.world.add(other | {"licenseInfo": None})

    bench.refresh(minutes=60)

    facts = bench.previous[1].facts
    assert facts["repo.has_license"]["value"] is False
    for name in ("repo.license", "repo.ci_state", "repo.coverage"):
        assert "value" not in facts[name], name


def test_archived_repository_is_measured_and_named(bench: Bench) -> None:
    bench.add("acme/web", isArchived=True)
    bench.refresh()

    assert bench.values()["is_archived"] is True
    assert bench.notes == ["acme/web is archived on GitHub."]


def test_service_whose_repository_is_no_repository_fails_alone(bench: Bench) -> None:
    bench.add("acme/web")
    bench.services.append(Service(pk=99, key="odd", repository="acme"))
    bench.refresh()

    assert bench.outcomes["odd"].failure == (
        "The catalogue's 'acme' names no repository as owner/name."
    )
    assert bench.outcomes["acme.web"].failure == ""


def test_repository_that_is_too_heavy_fails_alone(bench: Bench) -> None:
    for number in range(20):
        bench.add(f"acme/r{number}")
    bench.double.world.heavy = {"acme/r13"}

    bench.refresh()

    failed = {key for key, outcome in bench.outcomes.items() if outcome.failure}
    assert failed == {"acme.r13"}


def test_files_that_are_too_heavy_are_asked_for_again_next_time(bench: Bench) -> None:
    web = bench.add("acme/web")
    bench.refresh()
    web["pushedAt"] = ago(minutes=1)
    web["files"] = {"README.md": "x"}
    bench.double.world.forbidden["acme/web", "tree"] = ("INTERNAL", "Something broke")

    bench.refresh(minutes=60)

    assert "Something broke" in bench.notes[-1]
    assert "has_ci" in bench.values()
    assert "has_readme" not in bench.values()  # the last one stays, with its age
    bench.double.world.forbidden.clear()
    bench.refresh(minutes=60)
    assert bench.values()["readme_bytes"] == 1


@pytest.mark.parametrize(
    ("data", "paths"),
    [({"tree": {"entries": [{"size": "much"}]}}, ()), ({"t0": {"byteSize": "much"}}, ("a.yml",))],
    ids=["listing", "text"],
)
def test_answer_about_files_that_is_odd_fails_its_repository_alone(
    data: dict[str, Any], paths: tuple[str, ...]
) -> None:
    slug = Slug("acme", "web")
    folder = Folder(slug, "https://github.com/acme/web", wanted=paths)
    answer = RepositoryAnswer(Ask(slug, fragments=("Listing",), paths=paths), data)

    take = github_files.take_texts if paths else partial(github_files.take_listing, note=print)
    take(folder, answer)

    assert "GitHub answered with something unexpected at" in folder.failure
    assert not folder.is_read


def test_pause_fails_what_is_left_and_files_a_refresh_for_its_end(bench: Bench) -> None:
    for number in range(120):
        bench.add(f"acme/r{number}", files={"README.md": "x"})
    bench.refresh()
    reset = NOW + timedelta(minutes=90)
    answer = bench.double.answer

    def limited(method: str, target: str, *rest: Any) -> Any:
        if target == "/graphql" and bench.double.count("Facts") == 1:
            bench.double.next.append(primary(reset))
        return answer(method, target, *rest)

    bench.double.answer = limited  # type: ignore[method-assign]
    bench.refresh(minutes=60)

    failed = {key for key, outcome in bench.outcomes.items() if outcome.failure}
    assert len(failed) == 70  # the second and the third batch
    job = Job.objects.get()
    assert job.kind == "refresh"
    assert job.args == {"services": sorted(failed), "sources": ["github"]}
    assert job.not_before > reset


def test_pause_of_another_worker_is_respected_without_a_call(bench: Bench) -> None:
    bench.add("acme/web")
    until = timezone.now() + timedelta(minutes=30)
    connection.DatabaseMemory().pause("graphql", Pause(until=until, reason="a secondary limit"))

    bench.refresh()

    assert bench.double.calls == []
    failure = bench.outcomes["acme.web"].failure
    assert failure == f"Paused until {until:%H:%M} UTC: a secondary limit."
    assert Job.objects.get().args["services"] == ["acme.web"]


def test_pause_of_the_lists_alone_keeps_what_they_said(bench: Bench) -> None:
    bench.add("acme/web")
    bench.double.world.alerts["acme", "secret-scanning"] = [{"repository": "acme/web"}]
    bench.refresh()
    until = timezone.now() + timedelta(minutes=90)
    connection.DatabaseMemory().pause("core", Pause(until=until, reason="a limit"))

    bench.refresh(minutes=60)

    assert bench.values()["has_readme"] is True
    assert "alerts.secrets_open" not in bench.values()


def test_pause_of_the_lists_is_told_without_its_end(bench: Bench) -> None:
    bench.add("acme/web")
    until = timezone.now() + timedelta(minutes=90)
    connection.DatabaseMemory().pause("core", Pause(until=until, reason="a limit"))

    bench.refresh()

    said = bench.readings()["alerts.secrets_open"]
    assert isinstance(said, Unmeasured)
    assert said.error == "GitHub's pause left the secret scanning alerts unread"


def test_refused_sign_in_fails_every_service_with_one_sentence(bench: Bench, settings: Any) -> None:
    settings.ENV = settings.ENV.model_copy(update={"github_token": "wrong"})
    bench.add("acme/web")
    bench.add("acme/api")
    bench.refresh()

    assert {outcome.failure for outcome in bench.outcomes.values()} == {
        "GitHub does not accept the sign-in (401): the token is wrong or expired."
    }


def test_source_is_off_until_a_sign_in_is_given(settings: Any) -> None:
    assert "GITHUB_TOKEN" in GitHubSource().why_off()

    settings.ENV = settings.ENV.model_copy(update={"github_token": "t"})

    assert GitHubSource().why_off() == ""
    assert GitHubSource().applies_to(Service(repository="acme/web"))
    assert not GitHubSource().applies_to(Service())
