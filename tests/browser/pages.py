"""Every page of the portal, as the browser tests visit them."""

from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from portal.accounts.models import Person
from portal.catalog.models import API, CatalogSource, Domain, ImportRun, Resource, System
from scorecards.evaluation import evaluate
from scorecards.ruleset import load_ruleset
from tests.browser.evaluations import evaluation_addresses, prepare_evaluations
from tests.browser.radar import prepare_radar, radar_addresses
from tests.factories import (
    make_check,
    make_job,
    make_person,
    make_scorecard,
    make_service,
    make_snapshot,
    make_team,
)


@dataclass(frozen=True)
class Stage:
    """Who looks, and the pages that have something to show."""

    admin: Person
    engineer: Person
    addresses: dict[str, str]


# What is no page: forms that only take POST, redirects, machines.
NO_PAGES = {
    "shell:theme",
    "accounts:sign_out",
    "accounts:sample_sign_in",
    "accounts:revoke_token",
    "accounts:revoke_token_of",
    "accounts:change_role",
    "accounts:set_active",
    "accounts:password_link",
    "accounts:add_membership",
    "accounts:remove_membership",
    "accounts:change_password",
    "audit:subject",
    "catalog:confirm_import",
    "operations:health_live",
    "operations:health_ready",
    "operations:metrics",
    "operations:remove_sample",
    "scorecards:refresh",
    "scorecards:github_hook",
    "radar:open_draft",
    "radar:discard_draft",
    "radar:comment",
    "radar:decide",
    "radar:withdraw",
    "radar:reviewed",
    "radar:remove_pattern",
    "radar:confirm_import",
    "radar:download",
    "radar:open_evaluation",
    "radar:invite",
    "radar:uninvite",
    "radar:submit_evaluation",
    "radar:review_evaluation",
    "radar:close_evaluation",
}
# Their addresses hold a secret that works once; they have tests of their own.
ONE_TIME = {"accounts:first_admin", "accounts:choose_password"}
ADMINS_ONLY = {
    "shell:gallery",
    "accounts:people",
    "accounts:new_person",
    "accounts:person",
    "catalog:import",
    "catalog:import_run",
    "operations:home",
    "radar:new",
    "radar:publish",
    "radar:settings",
    "radar:import",
    "radar:import_run",
    "radar:new_scheme",
    "radar:edit_scheme",
}
WITHOUT_SIGN_IN = {"accounts:sign_in"}


def prepare() -> Stage:
    """A little of everything, so that no page is empty, and the address of each page."""
    admin = make_person("admin", key="priya", name="Priya Nair")
    engineer = make_person("engineer", key="ilse", name="Ilse Brandt")
    _catalogue(admin, engineer)
    job = make_job(title="Refresh ledger-api", total=200, done=84)
    run = ImportRun.objects.create(
        source="github:halden",
        requested_by_id=str(admin.pk),
        requested_by_name=admin.name,
        created_at=timezone.now(),
        checked_at=timezone.now(),
        counts={"service": {"created": 1, "changed": 0, "unchanged": 3}},
        rows=[_row("created", "fx-rates")],
        problems=[_problem(True), _problem(False)],
    )
    radar = prepare_radar(admin)
    addresses = {
        "shell:desk": "/",
        "shell:search": "/search/?q=led",
        "shell:gallery": "/gallery/",
        "accounts:sign_in": "/sign-in/",
        "accounts:me": "/me/",
        "accounts:tokens": "/me/tokens/",
        "accounts:people": "/accounts/",
        "accounts:new_person": "/accounts/new/",
        "accounts:person": "/accounts/people/ilse/",
        "api_docs": "/api/docs",
        "audit:events": "/audit/",
        "catalog:services": "/services/",
        "catalog:service": "/services/ledger-api/",
        "catalog:systems": "/systems/",
        "catalog:system": "/systems/ledger/",
        "catalog:domain": "/domains/selling/",
        "catalog:api": "/apis/ledger/",
        "catalog:resource": "/resources/ledger-db/",
        "catalog:teams": "/teams/",
        "catalog:team": "/teams/payments/",
        "catalog:person": "/people/ilse/",
        "catalog:import": "/services/import/",
        "catalog:import_run": f"/services/import/{run.pk}/",
        "jobs:list": "/jobs/",
        "jobs:job": f"/jobs/{job.pk}/",
        "operations:home": "/operations/",
        "scorecards:overview": "/scorecards/",
        "scorecards:scorecard": "/scorecards/readiness/",
        "scorecards:check": "/scorecards/checks/readme/",
        "scorecards:service_scorecard": "/services/ledger-api/scorecards/readiness/",
        **radar_addresses(radar),
        **evaluation_addresses(prepare_evaluations(radar, admin, engineer)),
    }
    return Stage(admin, engineer, addresses)


def _catalogue(admin: Person, engineer: Person) -> None:
    team = make_team("payments", title="Payments", members=(admin, engineer))
    CatalogSource.objects.create(key="sample", kind="page", title="Sample", is_sample=True)
    domain = Domain.objects.create(key="selling", name="selling", owner=team)
    system = System.objects.create(key="ledger", name="ledger", owner=team, domain=domain)
    API.objects.create(key="ledger", name="ledger", owner=team, system=system, type="openapi")
    Resource.objects.create(key="ledger-db", name="ledger-db", owner=team, system=system)
    ledger = make_service(
        "ledger-api",
        owner=team,
        system=system,
        tier=1,
        description="Books every movement of money once.",
        repository="halden/ledger-api",
        on_call="https://oncall.example/payments",
        tags=["money", "java"],
        links=[{"url": "https://dash.example/", "title": "Dashboard"}],
    )
    rates = make_service("fx-rates", owner=team, tier=2)
    make_snapshot(ledger, repo__has_readme=True, repo__coverage=71.5, repo__has_license=False)
    scorecard = make_scorecard("readiness", title="Production readiness")
    make_check(scorecard, "repo.has_readme", "readme")
    make_check(scorecard, "repo.has_license", "licence", level="silver", fix_minutes=10)
    make_check(scorecard, "repo.coverage > 80.0", "coverage", level="gold")
    make_check(scorecard, "repo.branch_protected", "branch", level="gold")
    evaluate([ledger.pk, rates.pk], load_ruleset(), now=timezone.now())


def _row(state: str, key: str) -> dict[str, object]:
    place = {"file": "catalog-info.yaml", "line": 1}
    return {"state": state, "key": key, "title": key, "kind": "Component", **place}


def _problem(is_refused: bool) -> dict[str, object]:
    return {
        "file": "services/billing/catalog-info.yaml",
        "line": 12,
        "rule": "unknown-owner",
        "message": "No team is called billing.",
        "refused": is_refused,
    }


def page_names() -> set[str]:
    """The names of every address under the portal's root that isn't the API's."""
    return {name for name in _names(get_resolver().url_patterns) if not name.startswith("api:")}


def _names(patterns: list[URLPattern | URLResolver], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= _names(
                pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else prefix
            )
        elif pattern.name:
            found.add(prefix + pattern.name)
    return found
