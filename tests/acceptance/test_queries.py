"""Every list page asks at most twelve queries, and no more of 20,000 services than of 100."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from portal.accounts.models import Membership, Person, Role, Team
from portal.audit.actions import Entry, record_many
from portal.audit.actions import System as Actor
from portal.catalog.models import Domain, Service, System
from portal.jobs.models import Job
from scorecards.models import Check, Result, Scorecard, Standing
from tests.acceptance.radar_world import PROPOSAL, RadarWorld
from tests.browser.pages import NO_PAGES, ONE_TIME, page_names
from tests.factories import make_check, make_person, make_scorecard, make_team
from tests.queries import queries_of

pytestmark = pytest.mark.django_db

MOST = 12
SMALL, LARGE = 100, 20_000
BATCH = 2_000

LISTS = {
    "desk": "/",
    "services": "/services/",
    "services, narrowed": "/services/?q=service-000&owner=company&sort=-level&checks=failing",
    "services, last page": "/services/?page=4",
    "teams": "/teams/",
    "team": "/teams/big/",
    "team of teams": "/teams/company/",
    "person": "/people/in-big/",
    "systems": "/systems/",
    "system": "/systems/system-0/",
    "domain": "/domains/selling/",
    "jobs": "/jobs/",
    "jobs, narrowed": "/jobs/?state=done&sort=-duration",
    "audit": "/audit/",
    "audit, narrowed": "/audit/?subject=service",
    "scorecards": "/scorecards/",
    "scorecards by team": "/scorecards/?group=team",
    "scorecards, narrowed": "/scorecards/?team=company&tier=2&sort=-level",
    "scorecard": "/scorecards/readiness/",
    "check": "/scorecards/checks/readme/",
    "check in a team": "/scorecards/checks/readme/?team=company",
    "service": "/services/service-00007/",
    "search": "/search/?q=service-000",
    "tokens": "/me/tokens/",
    "radars": "/radar/",
    "radar": "/radar/company/",
    "radar, narrowed": "/radar/company/?team=big&movement=changed&q=tech&blip=tech-003",
    "radar of a day": "/radar/company/?on=2026-08-01&team=big&blip=tech-003",
    "radar, one sector": "/radar/company/?view=sector&sector=tools",
    "radar, as a list": "/radar/company/?view=list",
    "radar, draft": "/radar/company/?edition=draft",
    "editions": "/radar/company/editions/",
    "comparison": "/radar/company/compare/?from=e-0&to=draft",
    "comparison of days": "/radar/company/compare/?from_on=2026-02-03&to_on=2026-08-01",
    "proposals": "/radar/company/proposals/",
    "proposals, narrowed": "/radar/company/proposals/?state=accepted&q=tech&sort=-at",
    "proposal": f"/radar/company/proposals/{PROPOSAL}/",
    "reviews": "/radar/company/review/",
    "reviews, narrowed": "/radar/company/review/?owner=mine&due=overdue&q=tech",
    "on hold": "/radar/company/hold/",
    "proposing": "/radar/company/propose/?technology=tech-003",
    "radar's formats": "/radar/company/export/",
    "technologies": "/radar/technologies/",
    "technologies, narrowed": "/radar/technologies/?where=company/hold&owner=big&tag=go&q=tech",
    "technology": "/radar/technologies/tech-003/",
    "evaluations": "/evaluations/",
    "evaluations, narrowed": "/evaluations/?state=overdue&q=tech&mine=to_score&radar=company",
    "evaluation with results": "/evaluations/1/",
    "evaluation to score": "/evaluations/2/",
    "evaluation, draft": "/evaluations/3/",
    "report on an evaluation": "/evaluations/1/report/",
    "score sheet": "/evaluations/2/score/",
    "drafting an evaluation": "/evaluations/new/?technology=tech-003",
    "schemes": "/evaluations/schemes/",
    "signs of a technology": "/radar/technologies/tech-003/patterns/",
}
FOR_ADMINS = {
    "people": "/accounts/",
    "people, narrowed": "/accounts/?q=person&role=lead",
    "one of the people": "/accounts/people/in-big/",
    "import": "/services/import/",
    "operations": "/operations/",
    "publishing a radar": "/radar/company/editions/publish/",
    "radar's settings": "/radar/company/settings/",
    "importing a radar": "/radar/company/import/",
    "editing an evaluation": "/evaluations/3/edit/",
    "editing a technology": "/radar/technologies/tech-003/edit/",
}
# Pages about one thing that grows with nothing, or forms.
NO_LISTS = {
    "shell:gallery",
    "accounts:sign_in",
    "accounts:me",
    "accounts:new_person",
    "api_docs",
    "catalog:api",
    "catalog:resource",
    "catalog:import_run",
    "jobs:job",
    "scorecards:service_scorecard",
    "radar:new",
    "radar:import_run",
    "radar:new_scheme",
    "radar:edit_scheme",
}
CASES = [
    *[(name, who) for name in LISTS for who in ("nobody's engineer", "lead", "admin")],
    *[(name, "admin") for name in FOR_ADMINS],
]
ADDRESSES = LISTS | FOR_ADMINS
Asked = dict[tuple[str, str], list[list[str]]]


@pytest.fixture(scope="module")
def asked(django_db_setup: None, django_db_blocker: Any) -> Iterator[Asked]:
    """The statements of every page, first with few of everything and then with many."""
    found: Asked = {case: [] for case in CASES}
    with django_db_blocker.unblock(), transaction.atomic():
        world = _World(timezone.now())
        people = world.start()
        for size in (SMALL, LARGE):
            world.grow(size)
            _settle()
            for name, who in CASES:
                found[name, who].append(_statements(people[who], ADDRESSES[name]))
        yield found
        transaction.set_rollback(True)


def _settle() -> None:
    """What PostgreSQL would do over time: check the references, learn how many rows there are."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _statements(person: Person, address: str) -> list[str]:
    client = Client()
    client.force_login(person)
    cache.clear()
    assert client.get(address).status_code == 200  # fills what the frame keeps
    return queries_of(partial(client.get, address))


@pytest.mark.parametrize(("name", "who"), CASES)
def test_list_page_asks_few_queries_whatever_the_size(asked: Asked, name: str, who: str) -> None:
    few, many = asked[name, who]

    assert len(many) <= MOST, "\n".join(many)
    assert len(few) == len(many), "\n".join([*few, "--", *many])


def test_no_list_page_is_forgotten() -> None:
    visited = {resolve(address.partition("?")[0]).view_name for address in ADDRESSES.values()}

    assert page_names() - NO_PAGES - ONE_TIME - NO_LISTS == visited


class _World:
    """A company that grows: half of its services belong to one team, which is part of all."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.services = 0

    def start(self) -> dict[str, Person]:
        """The few things there is one of, and who looks at the pages."""
        self.company = make_team("company")
        self.big = make_team("big", parent=self.company)
        self.domain = Domain.objects.create(key="selling", name="selling", owner=self.company)
        self.radar = RadarWorld(self.now, self.big)
        self.card = make_scorecard("readiness")
        for slug in ("readme", "licence", "coverage"):
            make_check(self.card, "repo.has_readme", slug)
        make_scorecard("quality")
        lead = make_person(Role.LEAD)
        inside = make_person(key="in-big", name="Ines Big")
        Membership.objects.bulk_create(
            Membership(team=self.big, person=person) for person in (lead, inside)
        )
        people = {
            "nobody's engineer": make_person(Role.ENGINEER),
            "lead": lead,
            "admin": make_person(Role.ADMIN),
        }
        self.radar.scorers = list(people.values())
        return people

    def grow(self, services: int) -> None:
        """Up to so many services, and of everything else what comes with them."""
        first, self.services = self.services, services
        added = range(first, services)
        teams = self._teams(range(first // 40, services // 40))
        self._people(range(first // 5, services // 5), teams)
        systems = self._systems(range(first // 20, services // 20), teams)
        rows = Service.objects.bulk_create(
            (self._service(number, teams, systems) for number in added), batch_size=BATCH
        )
        self._judge(rows)
        self.radar.grow(40 if services == SMALL else 320, rows)
        Job.objects.bulk_create((self._job(number) for number in added), batch_size=BATCH)
        record_many(
            (
                Entry(verb="catalog.created", subject=("service", row.key, row.name), at=self.now)
                for row in rows
            ),
            by=Actor(),
        )

    def _teams(self, numbers: range) -> list[Team]:
        return Team.objects.bulk_create(
            Team(key=f"team-{number}", name=f"team-{number}", parent=self.company)
            for number in numbers
        )

    def _people(self, numbers: range, teams: list[Team]) -> None:
        people = Person.objects.bulk_create(
            Person(
                key=f"someone-{number}",
                name=f"Someone {number}",
                email=f"someone-{number}@example.com",
                role=list(Role)[number % len(Role)],
                password="!",
            )
            for number in numbers
        )
        Membership.objects.bulk_create(
            Membership(person=person, team=teams[index % len(teams)])
            for index, person in enumerate(people)
        )

    def _systems(self, numbers: range, teams: list[Team]) -> list[System]:
        return System.objects.bulk_create(
            System(
                key=f"system-{number}",
                name=f"system-{number}",
                owner=teams[number % len(teams)],
                domain=self.domain,
            )
            for number in numbers
        )

    def _service(self, number: int, teams: list[Team], systems: list[System]) -> Service:
        name = f"service-{number:05}"
        return Service(
            key=name,
            name=name,
            type="service",
            lifecycle="production",
            tier=number % 4 + 1,
            owner=teams[number % len(teams)] if number % 2 else self.big,
            system=systems[number % len(systems)],
            tags=["go"],
        )

    def _judge(self, services: list[Service]) -> None:
        cards, checks = list(Scorecard.objects.all()), list(Check.objects.all())
        states = ("pass", "fail", "unknown")
        Result.objects.bulk_create(
            (
                Result(
                    service=service,
                    check_row=check,
                    version=1,
                    state=states[(service.pk + check.pk) % 3],
                    changed_at=self.now,
                    evaluated_at=self.now,
                )
                for service in services
                for check in checks
            ),
            batch_size=BATCH,
        )
        Standing.objects.bulk_create(
            (
                Standing(
                    service=service,
                    scorecard=card,
                    score=service.pk % 101,
                    level_rank=service.pk % 4,
                    failed=1,
                    level_changed_at=self.now if service.pk % 2 else None,
                    evaluated_at=self.now,
                )
                for service in services
                for card in cards
            ),
            batch_size=BATCH,
        )

    def _job(self, number: int) -> Job:
        at = self.now - timedelta(minutes=number)
        ended = {"state": "done", "started_at": at, "finished_at": at}
        job = Job(kind="refresh", title="Refresh", created_at=at, not_before=at)
        for field, value in (ended if number % 50 else {}).items():
            setattr(job, field, value)
        return job
