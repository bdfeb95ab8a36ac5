"""What each role may and may not do, over every URL.

A URL without a row here fails `test_every_url_has_its_row`: whoever adds one decides who may use
it. Each row is asked once by somebody who is not signed in and once by each role, in a world
where the asker is in team `own`, and everything named `other` belongs to somebody else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone

from portal.accounts import actions
from portal.accounts.models import Person, Role
from portal.api.app import api
from portal.audit.models import Event
from portal.catalog.models import API, Domain, ImportRun, Resource, System
from radar.models import Pattern, Radar, RadarImport, Technology
from scorecards.models import Standing
from tests.factories import (
    make_check,
    make_edition,
    make_entry,
    make_evaluation,
    make_job,
    make_person,
    make_proposal,
    make_radar,
    make_scheme,
    make_scorecard,
    make_service,
    make_sheet,
    make_team,
    make_technology,
)

NOBODY = "nobody"
ASKERS = [NOBODY, *Role.values]
SIGN_IN = 0  # a page's answer to nobody: off to sign in
OK, GONE, NO, MISSING, WRONG, TAKEN = 200, 302, 403, 404, 422, 409
ACCEPT = {"decision": "accept"}
PROPOSALS = "/api/v1/radars/company/proposals"
WISH = {"name": "own-tool", "sector": "tools", "ring": "hold", "reason": "It is old."}
NAY = {"reason": "Not now."}
PLAN = {"name": "Nim", "question": "Can it?", "revision": 1}
SCORERS = {"people": ["somebody"]}
SHEET = "/evaluations/{evaluation}/sheets/0"
OWN_SHEET = "/evaluations/{own_evaluation_open}/sheets/0"
EMPTY_SHEET = {"revision": 0, "scores": {}}


@dataclass(frozen=True)
class Row:
    """A way to ask a URL, and the status for nobody and each role."""

    url: str
    nobody: int
    engineer: int
    architect: int
    lead: int
    admin: int
    method: str = "get"
    data: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    host: str = "testserver"

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.url}" + (f" ({self.note})" if self.note else "")


def page(url: str, **options: Any) -> Row:
    """For everybody who is signed in."""
    return Row(url, SIGN_IN, OK, OK, OK, OK, **options)


def admins(url: str, status: int = OK, **options: Any) -> Row:
    """For admins only; `status` is what they get."""
    return Row(url, SIGN_IN, NO, NO, NO, status, **options)


def act(url: str, status: int = GONE, **options: Any) -> Row:
    """A form that everybody who is signed in may send."""
    return Row(url, SIGN_IN, status, status, status, status, method="post", **options)


def admins_act(url: str, status: int = GONE, **options: Any) -> Row:
    return admins(url, status, method="post", **options)


def architects(url: str, status: int = OK, **options: Any) -> Row:
    """For architects and admins only; `status` is what they get."""
    return Row(url, SIGN_IN, NO, status, NO, status, **options)


def architects_act(url: str, status: int = GONE, **options: Any) -> Row:
    return architects(url, status, method="post", **options)


def public(url: str, status: int = OK, **options: Any) -> Row:
    return Row(url, status, status, status, status, status, **options)


def api_get(url: str, status: int = OK) -> Row:
    return Row(f"/api/v1{url}", 401, status, status, status, status)


def everybodys_call(url: str, status: int = OK, **options: Any) -> Row:
    """A write over the API that everybody may ask for."""
    options.setdefault("method", "post")
    return Row(f"/api/v1{url}", 401, status, status, status, status, **options)


def architects_call(url: str, status: int = OK, **options: Any) -> Row:
    """A write over the API for architects and admins only."""
    options.setdefault("method", "post")
    return Row(f"/api/v1{url}", 401, NO, status, NO, status, **options)


def nobodys_call(url: str, **options: Any) -> Row:
    """A write over the API that none of the roles opens."""
    return everybodys_call(url, NO, **options)


TABLE: dict[str, list[Row]] = {
    # shell
    "shell:desk": [page("/")],
    "shell:search": [page("/search/?q=ab")],
    "shell:theme": [public("/theme/", GONE, method="post", data={"theme": "dark"})],
    "shell:gallery": [admins("/gallery/")],
    # sign-in
    "accounts:sign_in": [Row("/sign-in/", OK, GONE, GONE, GONE, GONE)],
    "accounts:sample_sign_in": [
        public("/sign-in/sample/", MISSING, method="post", data={"person": "somebody"})
    ],
    "accounts:sign_out": [public("/sign-out/", GONE, method="post")],
    "accounts:first_admin": [public("/first-admin/?link=wrong", MISSING)],
    "accounts:choose_password": [public("/welcome/?link=wrong", MISSING)],
    # one's own account
    "accounts:me": [page("/me/"), act("/me/", data={"name": "New Name"})],
    "accounts:change_password": [act("/me/password/", WRONG)],
    "accounts:tokens": [page("/me/tokens/"), act("/me/tokens/", WRONG)],
    "accounts:revoke_token": [
        act("/me/tokens/{own_token}/revoke/", note="own"),
        act("/me/tokens/{other_token}/revoke/", MISSING, note="somebody else's"),
    ],
    # people, for admins
    "accounts:people": [admins("/accounts/")],
    "accounts:new_person": [
        admins("/accounts/new/"),
        admins_act("/accounts/new/", OK, data={"email": "new@example.com", "role": "lead"}),
    ],
    "accounts:person": [admins("/accounts/people/somebody/")],
    "accounts:change_role": [
        admins_act("/accounts/people/somebody/role/", data={"role": "lead"}),
        admins_act("/accounts/people/asker/role/", NO, data={"role": "lead"}, note="own"),
    ],
    "accounts:set_active": [admins_act("/accounts/people/somebody/active/", data={"active": "no"})],
    "accounts:password_link": [admins_act("/accounts/people/somebody/link/", OK)],
    "accounts:add_membership": [
        admins_act("/accounts/people/somebody/teams/add/", data={"team": "other"})
    ],
    "accounts:remove_membership": [
        admins_act("/accounts/people/somebody/teams/remove/", data={"team": "other"})
    ],
    "accounts:revoke_token_of": [
        admins_act("/accounts/people/somebody/tokens/{other_token}/revoke/")
    ],
    # audit
    "audit:events": [page("/audit/"), page("/audit/?format=csv")],
    "audit:subject": [
        Row("/audit/subjects/none/x/", SIGN_IN, MISSING, MISSING, MISSING, MISSING),
    ],
    # catalogue
    "catalog:services": [page("/services/")],
    "catalog:service": [page("/services/other-service/")],
    "catalog:systems": [page("/systems/")],
    "catalog:system": [page("/systems/shop/")],
    "catalog:domain": [page("/domains/sales/")],
    "catalog:api": [page("/apis/orders/")],
    "catalog:resource": [page("/resources/ledger/")],
    "catalog:teams": [page("/teams/")],
    "catalog:team": [page("/teams/other/")],
    "catalog:person": [page("/people/somebody/")],
    "catalog:import": [
        admins("/services/import/"),
        admins_act("/services/import/", WRONG),
    ],
    "catalog:import_run": [admins("/services/import/{run}/")],
    "catalog:confirm_import": [admins_act("/services/import/{run}/confirm/")],
    # scorecards
    "scorecards:overview": [page("/scorecards/")],
    "scorecards:scorecard": [page("/scorecards/ready/")],
    "scorecards:check": [page("/scorecards/checks/has-readme/")],
    "scorecards:service_scorecard": [page("/services/other-service/scorecards/ready/")],
    "scorecards:refresh": [
        Row("/services/own-service/refresh/", SIGN_IN, GONE, GONE, GONE, GONE, method="post"),
        Row("/services/other-service/refresh/", SIGN_IN, NO, GONE, NO, GONE, method="post"),
    ],
    "scorecards:github_hook": [
        public("/hooks/github", MISSING, method="post", note="without a secret set")
    ],
    # radar
    "radar:home": [Row("/radar/", SIGN_IN, GONE, GONE, GONE, GONE, note="the only radar")],
    "radar:new": [architects("/radar/new/"), architects_act("/radar/new/", WRONG)],
    "radar:radar": [
        page("/radar/company/"),
        page("/radar/company/?edition=draft"),
        Row("/radar/company/?edition=none", SIGN_IN, MISSING, MISSING, MISSING, MISSING),
    ],
    "radar:editions": [page("/radar/company/editions/")],
    "radar:publish": [
        architects("/radar/company/editions/publish/"),
        architects_act("/radar/company/editions/publish/", WRONG),
    ],
    "radar:open_draft": [architects_act("/radar/company/editions/open/")],
    "radar:discard_draft": [architects_act("/radar/company/editions/discard/")],
    "radar:compare": [page("/radar/company/compare/")],
    "radar:proposals": [page("/radar/company/proposals/")],
    "radar:proposal": [page("/radar/company/proposals/{proposal}/")],
    "radar:propose": [page("/radar/company/propose/"), act("/radar/company/propose/", WRONG)],
    "radar:comment": [
        act("/radar/company/proposals/{proposal}/comment/", data={"text": "So do we."})
    ],
    "radar:decide": [
        architects_act("/radar/company/proposals/{proposal}/decide/", data=ACCEPT),
        architects_act(
            "/radar/company/proposals/{own_proposal}/decide/", NO, data=ACCEPT, note="own"
        ),
    ],
    "radar:withdraw": [
        act("/radar/company/proposals/{own_proposal}/withdraw/", note="own"),
        act("/radar/company/proposals/{proposal}/withdraw/", NO, note="somebody else's"),
    ],
    "radar:review": [page("/radar/company/review/")],
    "radar:reviewed": [
        act("/radar/company/review/own-tool/", note="own team's"),
        architects_act("/radar/company/review/other-tool/", note="another team's"),
    ],
    "radar:import": [
        architects("/radar/company/import/"),
        architects_act("/radar/company/import/", WRONG),
    ],
    "radar:import_run": [architects("/radar/company/import/{radar_import}/")],
    "radar:confirm_import": [architects_act("/radar/company/import/{radar_import}/confirm/")],
    "radar:export": [page("/radar/company/export/")],
    "radar:download": [
        page("/radar/company/export/csv/"),
        page("/radar/company/export/aoe/"),
        Row("/radar/company/export/none/", SIGN_IN, MISSING, MISSING, MISSING, MISSING),
    ],
    "radar:settings": [
        architects("/radar/company/settings/"),
        architects_act("/radar/company/settings/", WRONG),
    ],
    "radar:technologies": [
        page("/radar/technologies/"),
        page("/radar/technologies/?format=csv"),
    ],
    "radar:technology": [page("/radar/technologies/other-tool/")],
    "radar:edit_technology": [
        page("/radar/technologies/own-tool/edit/", note="own team's"),
        architects("/radar/technologies/other-tool/edit/", note="another team's"),
        act("/radar/technologies/own-tool/edit/", WRONG, note="own team's"),
        architects_act("/radar/technologies/other-tool/edit/", WRONG, note="another team's"),
    ],
    "radar:hold": [page("/radar/company/hold/"), page("/radar/company/hold/?format=csv")],
    "radar:patterns": [
        page("/radar/technologies/other-tool/patterns/"),
        act("/radar/technologies/own-tool/patterns/", WRONG, note="own team's"),
        architects_act("/radar/technologies/other-tool/patterns/", WRONG, note="another team's"),
    ],
    "radar:remove_pattern": [
        act("/radar/technologies/own-tool/patterns/{own-tool}/remove/", note="own team's"),
        architects_act(
            "/radar/technologies/other-tool/patterns/{other-tool}/remove/", note="another team's"
        ),
    ],
    # evaluations
    "radar:evaluations": [page("/evaluations/"), page("/evaluations/?format=csv")],
    "radar:new_evaluation": [page("/evaluations/new/"), act("/evaluations/new/", WRONG)],
    "radar:evaluation": [page("/evaluations/{evaluation}/"), page("/evaluations/{submitted}/")],
    "radar:edit_evaluation": [
        page("/evaluations/{own_evaluation}/edit/", note="own"),
        architects("/evaluations/{drafted}/edit/", note="somebody else's"),
        act("/evaluations/{own_evaluation}/edit/", WRONG, note="own"),
        architects_act("/evaluations/{drafted}/edit/", WRONG, note="somebody else's"),
    ],
    "radar:evaluation_report": [
        page("/evaluations/{submitted}/report/"),
        Row("/evaluations/{evaluation}/report/", SIGN_IN, *[MISSING] * 4, note="sealed"),
    ],
    "radar:score": [
        page("/evaluations/{own_evaluation_open}/score/", note="invited"),
        Row("/evaluations/{evaluation}/score/", SIGN_IN, NO, NO, NO, NO, note="not invited"),
        act("/evaluations/{own_evaluation_open}/score/", note="invited"),
        act("/evaluations/{evaluation}/score/", NO, note="not invited"),
    ],
    "radar:open_evaluation": [architects_act("/evaluations/{drafted}/open/")],
    "radar:invite": [
        act("/evaluations/{own_evaluation}/invite/", data={"person": "somebody"}, note="own"),
        architects_act(
            "/evaluations/{drafted}/invite/", data={"person": "somebody"}, note="somebody else's"
        ),
    ],
    "radar:uninvite": [
        act("/evaluations/{own_evaluation}/uninvite/", data={"person": "somebody"}, note="own"),
        architects_act(
            "/evaluations/{drafted}/uninvite/", data={"person": "somebody"}, note="somebody else's"
        ),
    ],
    "radar:submit_evaluation": [architects_act("/evaluations/{evaluation}/submit/")],
    "radar:review_evaluation": [
        architects_act("/evaluations/{submitted}/review/", data={"ring": "hold", "reason": "Old."})
    ],
    "radar:close_evaluation": [
        act("/evaluations/{own_evaluation}/close/", data={"reason": "Not now."}, note="own draft"),
        architects_act("/evaluations/{evaluation}/close/", data={"reason": "Not now."}),
    ],
    "radar:schemes": [page("/evaluations/schemes/")],
    "radar:new_scheme": [
        architects("/evaluations/schemes/new/"),
        architects_act("/evaluations/schemes/new/", WRONG),
    ],
    "radar:edit_scheme": [
        architects("/evaluations/schemes/security/"),
        architects_act("/evaluations/schemes/security/", WRONG),
    ],
    # jobs
    "jobs:list": [page("/jobs/")],
    "jobs:job": [page("/jobs/{job}/")],
    # operations
    "operations:home": [admins("/operations/")],
    "operations:remove_sample": [admins_act("/operations/sample/remove/")],
    "operations:health_live": [public("/health/live")],
    "operations:health_ready": [public("/health/ready")],
    "operations:metrics": [
        public("/metrics", host="localhost", note="on this machine"),
        public("/metrics", NO, note="from elsewhere"),
    ],
    # API
    "api_docs": [page("/api/docs")],
    "api:openapi-json": [public("/api/v1/openapi.json")],
    "api:api-root": [public("/api/v1/", MISSING)],
    "api:me": [api_get("/me")],
    "api:my_tokens": [api_get("/me/tokens")],
    "api:people": [api_get("/people")],
    "api:person": [api_get("/people/somebody")],
    "api:jobs": [api_get("/jobs")],
    "api:job": [api_get("/jobs/{job}")],
    "api:services": [api_get("/services")],
    "api:service": [api_get("/services/other-service")],
    "api:teams": [api_get("/teams")],
    "api:team": [api_get("/teams/other")],
    "api:facts": [api_get("/facts")],
    "api:service_facts": [api_get("/services/other-service/facts")],
    "api:results": [api_get("/results")],
    "api:standings": [api_get("/services/other-service/standings")],
    "api:scorecards": [api_get("/scorecards")],
    "api:refresh": [
        Row("/api/v1/services/own-service/refresh", 401, 202, 202, 202, 202, method="post"),
        Row("/api/v1/services/other-service/refresh", 401, NO, 202, NO, 202, method="post"),
    ],
    "api:radars": [api_get("/radars")],
    "api:radar": [api_get("/radars/company")],
    "api:editions": [api_get("/radars/company/editions")],
    "api:blips": [api_get("/radars/company/blips")],
    "api:technologies": [api_get("/technologies")],
    "api:technology": [api_get("/technologies/own-tool")],
    "api:proposals": [api_get("/radars/company/proposals")],
    "api:propose": [Row(PROPOSALS, 401, 201, 201, 201, 201, method="post", data=WISH)],
    "api:accept": [
        Row(f"{PROPOSALS}/{{proposal}}/accept", 401, NO, OK, NO, OK, method="post"),
        Row(f"{PROPOSALS}/{{own_proposal}}/accept", 401, NO, NO, NO, NO, method="post"),
    ],
    "api:decline": [
        Row(f"{PROPOSALS}/{{proposal}}/decline", 401, NO, OK, NO, OK, method="post", data=NAY),
        Row(f"{PROPOSALS}/{{own_proposal}}/decline", 401, NO, NO, NO, NO, method="post", data=NAY),
    ],
    "api:evaluation_schemes": [api_get("/evaluation-schemes")],
    "api:evaluations": [api_get("/evaluations")],
    "api:draft_evaluation": [
        everybodys_call("/evaluations", 201, data=PLAN | {"radar": "company"}),
    ],
    "api:evaluation": [api_get("/evaluations/{evaluation}")],
    "api:change_evaluation": [
        everybodys_call("/evaluations/{own_evaluation}", method="put", data=PLAN, note="own"),
        architects_call("/evaluations/{drafted}", method="put", data=PLAN, note="another's"),
    ],
    "api:invite_scorers": [
        everybodys_call("/evaluations/{own_evaluation}/scorers", data=SCORERS, note="own"),
        architects_call("/evaluations/{drafted}/scorers", data=SCORERS, note="another's"),
    ],
    "api:uninvite_scorer": [
        architects_call("/evaluations/{evaluation}/scorers/somebody", TAKEN, method="delete"),
    ],
    "api:open_evaluation": [architects_call("/evaluations/{drafted}/open", WRONG)],
    "api:submit_evaluation": [architects_call("/evaluations/{evaluation}/submit")],
    "api:accept_evaluation": [
        architects_call("/evaluations/{submitted}/accept", data={"ring": "hold", "reason": "Old."})
    ],
    "api:close_evaluation": [
        everybodys_call("/evaluations/{own_evaluation}/close", data=NAY, note="own draft"),
        architects_call("/evaluations/{evaluation}/close", data=NAY),
    ],
    "api:own_sheets": [api_get("/evaluations/{evaluation}/sheets")],
    "api:save_sheet": [
        everybodys_call(OWN_SHEET, method="put", data=EMPTY_SHEET, note="invited"),
        nobodys_call(SHEET, method="put", data=EMPTY_SHEET, note="not invited"),
    ],
    "api:hand_in_sheet": [
        everybodys_call(f"{OWN_SHEET}/hand-in", WRONG, note="invited, empty"),
        nobodys_call(f"{SHEET}/hand-in", note="not invited"),
    ],
    "api:take_back_sheet": [
        everybodys_call(f"{OWN_SHEET}/take-back", TAKEN, note="invited, not handed in"),
        nobodys_call(f"{SHEET}/take-back", note="not invited"),
    ],
    "api:evaluation_results": [
        api_get("/evaluations/{submitted}/results"),
        api_get("/evaluations/{evaluation}/results", TAKEN),
    ],
}
ROWS = [(name, row) for name, rows in TABLE.items() for row in rows]


def named_urls(
    resolver: URLResolver | None = None, namespace: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from named_urls(pattern, inner)
        else:
            yield f"{namespace}{pattern.name}", pattern


def test_every_url_has_its_row():
    urls = {name for name, _ in named_urls()}

    assert urls - set(TABLE) == set(), "add rows to TABLE: who may use these?"
    assert set(TABLE) - urls == set(), "these URLs are gone"


def test_every_operation_of_the_api_has_its_row():
    asked = set()
    for name, row in ROWS:
        if name.startswith("api:"):
            path = re.sub(r"\{\w+\}", "1", row.url.partition("?")[0])
            route = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", resolve(path).route)
            asked.add((row.method, f"/{route}"))
    offered = {
        (method, path)
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method in methods
    }

    assert offered - asked == set()


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    """Things of somebody else, which the rows name; the asker's own are made per role."""
    somebody = make_person(key="somebody")
    other = make_team("other", members=(somebody,))
    token, _ = actions.create_token(
        by=somebody, person=somebody, name="ci", scopes=["read"], days=1, now=timezone.now()
    )
    service = make_service("other-service", owner=other)
    for noun, key in ((System, "shop"), (Domain, "sales"), (API, "orders"), (Resource, "ledger")):
        noun.objects.create(key=key, name=key)
    now = timezone.now()
    scorecard = make_scorecard("ready")
    make_check(scorecard, "repo.has_readme", slug="has-readme")
    Standing.objects.create(service=service, scorecard=scorecard, evaluated_at=now)
    run = ImportRun.objects.create(source="pasted", created_at=now)
    make_person(Role.ADMIN)  # so that nobody here is the last admin
    radar = make_radar("company")
    tool = make_technology("other-tool", owner=other)
    make_technology("own-tool")
    make_edition(radar, {"other-tool": (0, 1), "own-tool": (1, 1)}, day=date(2026, 1, 5))
    make_edition(radar, {"other-tool": (0, 0), "own-tool": (1, 1)})
    proposal = make_proposal(radar, make_technology("new-tool"), by=somebody)
    patterns = {}
    for known in (tool, Technology.objects.get(slug="own-tool")):
        make_entry(radar, known, next_review_on=date(2026, 4, 5))
        pattern = Pattern.objects.create(technology=known, kind="tag", name="tool", added_at=now)
        patterns[known.slug] = pattern.pk
    radar_import = RadarImport.objects.create(radar_slug="company", text="x", created_at=now)
    security = make_scheme("security")
    open_one = make_evaluation(radar, "other-tool", owner=somebody, scorers=[somebody])
    submitted = make_evaluation(radar, "own-tool", owner=somebody, state="submitted")
    for evaluation in (open_one, submitted):
        make_sheet(evaluation, somebody, 4)
    drafted = make_evaluation(radar, "Gleam", owner=somebody, state="draft", scheme=security)
    return {
        "evaluation": open_one.pk,
        "submitted": submitted.pk,
        "drafted": drafted.pk,
        "job": make_job().pk,
        "other_token": token.pk,
        "run": run.pk,
        "proposal": proposal.pk,
        "radar_import": radar_import.pk,
        **patterns,
    }


def enter(asker: str, world: dict[str, Any]) -> Client:
    """A client of the asker, whose own things join the world."""
    client = Client()
    if asker == NOBODY:
        world["own_token"] = world["own_proposal"] = 0
        world["own_evaluation"] = world["own_evaluation_open"] = 0
        return client
    person = make_person(asker, key="asker")
    team = make_team("own", members=(person,))
    make_service("own-service", owner=team)
    Technology.objects.filter(slug="own-tool").update(owner=team)
    world["own_proposal"] = make_proposal(Radar.objects.get(), by=person).pk
    token, _ = actions.create_token(
        by=person, person=person, name="ci", scopes=["read"], days=1, now=timezone.now()
    )
    world["own_token"] = token.pk
    radar = Radar.objects.get()
    world["own_evaluation"] = make_evaluation(radar, "Zig", owner=person, state="draft").pk
    world["own_evaluation_open"] = make_evaluation(radar, "Ruby", scorers=[person]).pk
    client.force_login(person)
    return client


def status_of(response: Any) -> int:
    """The status, where being sent to sign in is told apart from any other redirect."""
    to_sign_in = str(response.headers.get("Location", "")).startswith("/sign-in/?next=")
    return SIGN_IN if response.status_code == 302 and to_sign_in else response.status_code


@pytest.mark.parametrize("asker", ASKERS)
@pytest.mark.parametrize(("name", "row"), ROWS, ids=[str(row) for _, row in ROWS])
def test_who_may(world: dict[str, Any], name: str, row: Row, asker: str):
    client = enter(asker, world)
    events = Event.objects.count()

    is_json = row.method in {"post", "put"} and row.url.startswith("/api/")
    response = getattr(client, row.method)(
        row.url.format(**world),
        row.data,
        headers={"host": row.host},
        **({"content_type": "application/json"} if is_json else {}),
    )

    assert status_of(response) == getattr(row, asker)
    if getattr(row, asker) in {SIGN_IN, 401, NO}:
        assert Event.objects.count() == events, "what was refused was written all the same"


def test_role_is_asked_anew_by_every_request(world: dict[str, Any]):
    client = enter(Role.ADMIN, world)
    assert client.get("/accounts/").status_code == OK

    Person.objects.filter(key="asker").update(role=Role.LEAD)

    assert client.get("/accounts/").status_code == NO
