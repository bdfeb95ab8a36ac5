"""What the sample organisation's sources answer: deterministic, drifting, and honest about it.

Each fact of a service is a function of the service's name and the moment, so that the history
of 90 days, today's state and tomorrow's refresh all come from the same rule. A yes-or-no fact
goes through a long cycle and is bad for a share of it that depends on how mature the service is;
figures swing around a level of their own. Some services have no traffic, no series, no coverage
report or no permission to read alerts: the gaps that real sources have.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from portal.catalog.models import Service
from scorecards.sources import sample_stack
from scorecards.sources.base import FactValue, Measured, Outcome, Previous, Reading, Unmeasured

CYCLE_DAYS = 420
NO_TRAFFIC = {"forecast-jobs", "design-system", "developer-cli"}
NO_SERIES = {"report-builder", "address-book", "packing-station"}
NO_COVERAGE_REPORT = {"picking-app", "address-book", "gdpr-eraser", "service-mesh-config"}
NO_ALERT_PERMISSION = {"warehouse-sync", "packing-station"}

_MANIFESTS = {
    "go": ("go.mod", "go.sum"),
    "java": ("pom.xml", ""),
    "python": ("pyproject.toml", "uv.lock"),
    "typescript": ("package.json", "package-lock.json"),
    "javascript": ("package.json", ""),
    "rust": ("Cargo.toml", "Cargo.lock"),
    "ruby": ("Gemfile", "Gemfile.lock"),
    "php": ("composer.json", "composer.lock"),
    "csharp": ("Service.csproj", "packages.lock.json"),
}
_LANGUAGE_NAMES = {
    "csharp": "C#",
    "php": "PHP",
    "typescript": "TypeScript",
    "javascript": "JavaScript",
}

# fact: (share of the cycle in which an average service is good, evidence when good, when bad)
_REPOSITORY_FLAGS: dict[str, tuple[float, str, str]] = {
    "has_readme": (0.99, "README.md", "no README"),
    "has_license": (0.95, "LICENSE", "no licence file"),
    "has_codeowners": (0.82, ".github/CODEOWNERS", "no CODEOWNERS file"),
    "branch_protected": (0.9, "rule on main", "no rule on main"),
    "requires_status_checks": (0.86, "status checks required", "status checks not required"),
    "requires_code_owner_reviews": (0.6, "code owners review", "code owners need not review"),
    "has_ci": (0.97, ".github/workflows/ci.yml", "no workflow"),
    "has_dependency_updates": (0.8, ".github/dependabot.yml", "no configuration found"),
    "has_dockerfile": (0.95, "Dockerfile", "no Dockerfile"),
    "has_tests": (0.97, "tests found", "no test files"),
    "has_security_policy": (0.66, "SECURITY.md", "no SECURITY.md"),
    "has_pre_commit": (0.68, ".pre-commit-config.yaml", "no pre-commit configuration"),
    "has_linter_config": (0.9, "linter configuration found", "no linter configuration"),
    "has_type_checking": (0.8, "type checker configured", "no type checker"),
    "has_changelog": (0.6, "CHANGELOG.md", "no change log"),
    "has_pull_request_template": (0.7, "pull_request_template.md", "no template"),
    "has_catalog_info": (0.99, "catalog-info.yaml", "no catalog-info.yaml"),
    "has_contributing": (0.72, "CONTRIBUTING.md", "no CONTRIBUTING.md"),
    "has_secret_scan": (0.75, "secret scanning in CI", "no secret scan"),
}
_HEADERS = {
    "has_hsts": ("Strict-Transport-Security", 0.9),
    "has_csp": ("Content-Security-Policy", 0.66),
    "has_nosniff": ("X-Content-Type-Options", 0.92),
    "has_frame_options": ("X-Frame-Options", 0.88),
    "has_referrer_policy": ("Referrer-Policy", 0.74),
    "has_permissions_policy": ("Permissions-Policy", 0.55),
}


@lru_cache(maxsize=32_768)
def share(*words: str) -> float:
    """A number in [0, 1) that depends on the words alone."""
    digest = hashlib.sha256("\n".join(words).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


@dataclass(frozen=True)
class Moment:
    """A service at a moment: where it stands in each of its cycles."""

    name: str
    language: str
    tier: int
    at: datetime

    @property
    def day(self) -> float:
        return self.at.timestamp() / 86_400

    @property
    def maturity(self) -> float:
        """From 0 to 1; important services are looked after better."""
        return min(1.0, 0.25 + 0.55 * share("maturity", self.name) + 0.2 * (self.tier <= 1))

    def phase(self, fact: str) -> float:
        """How far through the fact's cycle, in days."""
        return (math.floor(self.day) + CYCLE_DAYS * share("phase", self.name, fact)) % CYCLE_DAYS

    def good_days(self, average: float) -> float:
        lift = (1 - average) * (2 * self.maturity - 0.9)
        return CYCLE_DAYS * max(0.05, min(1.0, average + lift))

    def is_good(self, fact: str, average: float) -> bool:
        return self.phase(fact) < self.good_days(average)

    def bad_for(self, fact: str, average: float) -> int:
        """Days since the fact turned bad; 0 while it is good."""
        return max(0, int(self.phase(fact) - self.good_days(average)))

    def swing(self, fact: str, days: float) -> float:
        """From -1 to 1 and back within `days`."""
        return math.sin(2 * math.pi * (self.day / days + share("swing", self.name, fact)))


def repository_readings(moment: Moment) -> dict[str, Reading]:
    """What the sample GitHub says: `repo.*` and `alerts.*`."""
    found: dict[str, Reading] = {}

    def put(fact: str, value: FactValue, evidence: str) -> None:
        found[fact] = Measured(value=value, evidence=evidence, measured_at=moment.at)

    for name, (average, good, bad) in _REPOSITORY_FLAGS.items():
        value = moment.is_good(name, average)
        put(f"repo.{name}", value, good if value else bad)
    put("repo.codeowners_errors", 0, "none")
    has_readme = moment.is_good("has_readme", _REPOSITORY_FLAGS["has_readme"][0])
    size = 900 + int(6000 * share("readme", moment.name)) if has_readme else 0
    put("repo.readme_bytes", size, "README.md" if has_readme else "no README")
    protected = moment.is_good("branch_protected", _REPOSITORY_FLAGS["branch_protected"][0])
    reviews = (2 if moment.maturity > 0.75 else 1) if protected else 0
    put("repo.required_reviews", reviews, f"rule on main asks for {reviews}")
    put("repo.allows_force_pushes", not protected, "rule on main")
    put("repo.default_branch", "main", "repository settings")
    put("repo.license", "LicenseRef-Proprietary", "LICENSE")
    put("repo.is_archived", False, "repository settings")
    put("repo.visibility", "private", "repository settings")
    broken = not moment.is_good("ci", 0.93)
    put("repo.ci_state", "failure" if broken else "success", "last run on main")
    put("repo.ci_workflows", ["ci.yml"], ".github/workflows")
    put("repo.dependency_update_tool", "dependabot", ".github/dependabot.yml")
    unpinned = 0 if moment.is_good("pinned", 0.62) else 1 + int(4 * share("unpinned", moment.name))
    put("repo.actions_total", 7, ".github/workflows")
    put("repo.actions_unpinned", unpinned, f"{unpinned} of 7 actions without a commit")
    put("repo.unpinned_actions", ["actions/setup-node@v4"] * bool(unpinned), "ci.yml")
    _put_coverage(moment, found)
    _put_activity(moment, put)
    manifest, lock = _MANIFESTS[moment.language]
    language = _LANGUAGE_NAMES.get(moment.language, moment.language.title())
    put("repo.languages", {language: float(20_000 + int(200_000 * share("size", moment.name)))}, "")
    put("repo.primary_language", language, "by size of files")
    put("repo.manifests", [manifest], manifest)
    put("repo.lock_files", [lock] if lock else [], lock or "no lock file")
    stack = sample_stack.facts(moment.name, moment.language, moment.tier)
    for fact, (told, evidence) in stack.items():
        put(fact, told, evidence)
    _put_alerts(moment, found, put)
    return found


def _put_coverage(moment: Moment, found: dict[str, Reading]) -> None:
    if moment.name in NO_COVERAGE_REPORT:
        error = "no coverage is reported on the last commit"
        found["repo.coverage"] = Unmeasured(error=error, measured_at=moment.at)
        return
    level = 58 + 34 * moment.maturity + 7 * moment.swing("coverage", 150)
    value = round(min(99.0, level), 1)
    found["repo.coverage"] = Measured(
        value=value, evidence=f"{value} % on the last check run", measured_at=moment.at
    )


def _put_activity(moment: Moment, put: Callable[[str, FactValue, str], None]) -> None:
    pace = 1 + int(20 * (1 - moment.maturity) + 12 * share("pace", moment.name))

    def last(kind: str, days: int) -> str:
        start = (
            math.floor(moment.day) - math.floor(moment.day + share(kind, moment.name) * 97) % days
        )
        hour = 8 + int(9 * share("hour", kind, moment.name))
        stamp = datetime.fromtimestamp(start * 86_400, UTC) + timedelta(hours=hour)
        return min(stamp, moment.at).isoformat()

    put("repo.last_commit_at", last("commit", max(1, pace // 3)), "main")
    put("repo.last_release_at", last("release", pace * 2), "releases")
    put("repo.last_deployment_at", last("deployment", pace), "environment production")
    put("repo.last_deployment_state", "success", "environment production")
    put("repo.deployments_30d", max(0, 30 // pace), "environment production")
    hours = round(6 + 60 * (1 - moment.maturity) + 5 * moment.swing("merge", 60), 1)
    put("repo.merge_hours_median", hours, "last 30 merged pull requests")
    put("repo.merged_30d", 4 + int(30 * share("merged", moment.name)), "last 30 days")
    reviewed = round(min(1.0, 0.7 + 0.35 * moment.maturity + 0.06 * moment.swing("review", 80)), 2)
    put("repo.reviewed_share", reviewed, "last 30 merged pull requests")
    put("repo.open_pull_requests", int(9 * share("open", moment.name)), "pull requests")
    put("repo.open_issues", int(40 * share("issues", moment.name)), "issues")


def _put_alerts(
    moment: Moment, found: dict[str, Reading], put: Callable[[str, FactValue, str], None]
) -> None:
    counts = {
        "vulnerabilities_critical": 0.93,
        "vulnerabilities_high": 0.78,
        "vulnerabilities_moderate": 0.6,
        "vulnerabilities_low": 0.5,
        "secrets_open": 0.96,
        "code_critical": 0.97,
        "code_high": 0.85,
    }
    if moment.name in NO_ALERT_PERMISSION:
        error = "the token may not read alerts of this repository"
        ages = ("oldest_critical_days", "oldest_high_days")
        others = ("vulnerabilities_open", "code_open", "vulnerability_alerts_enabled")
        for name in (*counts, *ages, *others):
            found[f"alerts.{name}"] = Unmeasured(error=error, measured_at=moment.at)
        return
    values = {
        name: 0 if moment.is_good(name, average) else 1 + int(3 * share(name, moment.name))
        for name, average in counts.items()
    }
    for name, value in values.items():
        put(f"alerts.{name}", value, f"{value} open")
    vulnerabilities = sum(v for name, v in values.items() if name.startswith("vulnerabilities"))
    put("alerts.vulnerabilities_open", vulnerabilities, f"{vulnerabilities} open")
    code = values["code_critical"] + values["code_high"]
    put("alerts.code_open", code, f"{code} open")
    put("alerts.vulnerability_alerts_enabled", True, "repository settings")
    for severity in ("critical", "high"):
        fact = f"vulnerabilities_{severity}"
        days = moment.bad_for(fact, counts[fact]) if values[fact] else 0
        put(f"alerts.oldest_{severity}_days", days, f"oldest open for {days} days")


def live_readings(moment: Moment) -> dict[str, Reading]:
    """What the sample Prometheus says: `live.*`."""
    found: dict[str, Reading] = {}
    selector = f'{{service="{moment.name}"}}'
    ratios = ("availability", "error_rate", "latency_p95_ms", "latency_p99_ms")

    def put(fact: str, value: FactValue, evidence: str) -> None:
        found[f"live.{fact}"] = Measured(value=value, evidence=evidence, measured_at=moment.at)

    def gap(fact: str, error: str) -> None:
        found[f"live.{fact}"] = Unmeasured(error=error, measured_at=moment.at)

    if moment.name in NO_SERIES:
        for fact in (*ratios, "request_rate"):
            gap(fact, f"no series for {selector}")
        put("is_scraped", False, "no target has this service label")
        for fact in ("up_targets", "down_targets"):
            put(fact, 0, "no target has this service label")
        put("alerts_firing", 0, f'ALERTS{{alertstate="firing", service="{moment.name}"}}')
        return found
    put("is_scraped", True, f"up{selector}")
    down = 0 if moment.is_good("targets", 0.97) else 1
    put("up_targets", 3 - down, f"up{selector}")
    put("down_targets", down, f"up{selector}")
    firing = 0 if moment.is_good("firing", 0.9) else 1
    put("alerts_firing", firing, f'ALERTS{{alertstate="firing", service="{moment.name}"}}')
    if moment.name in NO_TRAFFIC:
        put("request_rate", 0.0, f"http_requests_total{selector}")
        for fact in ratios:
            gap(fact, "no traffic in the window")
        return found
    hour = 2 * math.pi * (moment.day % 1)
    rate = 2 + 180 * share("rate", moment.name) ** 2
    put(
        "request_rate",
        round(rate * (1 - 0.6 * math.cos(hour)), 2),
        f"http_requests_total{selector}",
    )
    worse = 14.0 if share("bad day", moment.name, str(math.floor(moment.day))) < 0.03 else 1.0
    errors = round((0.005 + 0.12 * (1 - moment.maturity) ** 2) * worse, 3)
    put("error_rate", errors, f'http_requests_total{{service="{moment.name}", code=~"5.."}}')
    put("availability", round(100 - errors, 3), f"http_requests_total{selector}")
    p95 = 40 + 420 * (1 - moment.maturity) * share("latency", moment.name)
    p95 = round(p95 * (1 + 0.08 * moment.swing("latency", 20)), 1)
    put("latency_p95_ms", p95, f"http_request_duration_seconds_bucket{selector}")
    put("latency_p99_ms", round(p95 * 1.9, 1), f"http_request_duration_seconds_bucket{selector}")
    return found


def probe_readings(moment: Moment) -> dict[str, Reading]:
    """What the sample HTTP probe sees: `probe.*`."""
    found: dict[str, Reading] = {}

    def put(fact: str, value: FactValue, evidence: str) -> None:
        found[f"probe.{fact}"] = Measured(value=value, evidence=evidence, measured_at=moment.at)

    healthy = moment.is_good("healthy", 0.985)
    put("is_healthy", healthy, "GET /health/ready")
    put("status", 200 if healthy else 503, "GET /health/ready")
    put("latency_ms", round(12 + 60 * share("probe", moment.name), 1), "GET /health/ready")
    put("uses_tls", True, "https")
    present = {fact: moment.is_good(fact, average) for fact, (_, average) in _HEADERS.items()}
    for fact, value in present.items():
        header = _HEADERS[fact][0]
        put(fact, value, header if value else f"{header} is missing")
    missing = sorted(_HEADERS[fact][0] for fact, value in present.items() if not value)
    put("missing_headers", missing, ", ".join(missing) or "none missing")
    put("leaks_server_version", not moment.is_good("server header", 0.85), "Server header")
    return found


@dataclass
class SampleSource:
    """A source that measures the sample organisation's services, and only those."""

    key: str
    title: str
    every: timedelta
    read: Callable[[Moment], Mapping[str, Reading]]
    order: int = 0
    is_sample: bool = True

    def why_off(self) -> str:
        return ""

    def applies_to(self, service: Service) -> bool:
        return service.is_sample

    def measure(
        self,
        services: Sequence[Service],
        previous: Mapping[int, Previous],
        *,
        now: datetime,
        report: Callable[[Iterable[Outcome]], None],
        note: Callable[[str], None],
        job_id: int | None = None,
    ) -> None:
        for service in services:
            readings = self.read(moment_of(service, now))
            report([Outcome(service_id=service.pk, at=now, readings=readings)])


def moment_of(service: Service, at: datetime) -> Moment:
    language = next((tag for tag in service.tags if tag in _MANIFESTS), "python")
    return Moment(name=service.name, language=language, tier=service.tier or 4, at=at)


SAMPLE_SOURCES = [
    SampleSource("sample-github", "GitHub (sample)", timedelta(hours=1), repository_readings, 100),
    SampleSource(
        "sample-prometheus", "Prometheus (sample)", timedelta(minutes=5), live_readings, 101
    ),
    SampleSource("sample-probe", "HTTP probe (sample)", timedelta(minutes=5), probe_readings, 102),
]
