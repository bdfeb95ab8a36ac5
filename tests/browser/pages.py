"""Every page of the portal, as the browser tests visit them."""

from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from portal.accounts.models import Person
from portal.catalog.models import CatalogSource
from tests.factories import make_job, make_person, make_service, make_team


@dataclass(frozen=True)
class Stage:
    """Who looks, and the pages that have something to show."""

    admin: Person
    engineer: Person
    addresses: dict[str, str]


# What is no page: forms that only take POST, machines, downloads, the API.
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
    "operations:health_live",
    "operations:health_ready",
    "operations:metrics",
    "operations:remove_sample",
}
# Their addresses hold a secret that works once; they have tests of their own.
ONE_TIME = {"accounts:first_admin", "accounts:choose_password"}
ADMINS_ONLY = {
    "shell:gallery",
    "accounts:people",
    "accounts:new_person",
    "accounts:person",
    "operations:home",
}
WITHOUT_SIGN_IN = {"accounts:sign_in"}


def prepare() -> Stage:
    """A little of everything, so that no page is empty, and the address of each page."""
    admin = make_person("admin", key="priya", name="Priya Nair")
    engineer = make_person("engineer", key="ilse", name="Ilse Brandt")
    team = make_team("payments", title="Payments", members=(admin, engineer))
    CatalogSource.objects.create(key="sample", kind="page", title="Sample", is_sample=True)
    make_service("ledger-api", owner=team, tier=1, description="Books every movement once.")
    job = make_job(title="Refresh ledger-api", total=200, done=84)
    return Stage(
        admin=admin,
        engineer=engineer,
        addresses={
            "shell:desk": "/",
            "shell:search": "/search/?q=led",
            "shell:gallery": "/gallery/",
            "accounts:sign_in": "/sign-in/",
            "accounts:me": "/me/",
            "accounts:tokens": "/me/tokens/",
            "accounts:people": "/accounts/",
            "accounts:new_person": "/accounts/new/",
            "accounts:person": "/accounts/people/ilse/",
            "audit:events": "/audit/",
            "api_docs": "/api/docs",
            "jobs:list": "/jobs/",
            "jobs:job": f"/jobs/{job.pk}/",
            "operations:home": "/operations/",
        },
    )


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
