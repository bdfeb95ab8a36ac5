"""Rows at the size that DESIGN calls ordinary, made from the sample organisation's shapes."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone

from portal.accounts.models import Membership, Person, Role, Team
from portal.audit.actions import GENESIS, event_hash
from portal.audit.models import Event
from portal.catalog.models import CatalogSource, Document, Relation, Service, System
from portal.catalog.sample_organisation import SERVICES as SHAPES
from scorecards.models import Snapshot
from scorecards.sources.base import Measured, Reading
from scorecards.sources.sample import Moment, live_readings, probe_readings, repository_readings
from tests.bench.radar import generate_radar

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    services: int = 20_000
    teams: int = 500
    systems: int = 1_200
    people: int = 4_000
    audit_events: int = 2_000_000

    def scaled(self, factor: float) -> "Size":
        return Size(**{name: max(4, int(value * factor)) for name, value in vars(self).items()})


def generate(size: Size, now: datetime) -> None:
    """Fill an empty, migrated database. Deterministic for a size and a moment."""
    with transaction.atomic():
        teams = _teams(size)
        _people(size, teams)
        services = _services(size, teams, now)
    _audit(size.audit_events, services, now)
    generate_radar(teams, now)  # its events follow those
    with transaction.atomic():
        _snapshots(services, timezone.now())  # last: facts turn stale while rows are written


def _insert(model: type[M], rows: Iterator[M], batch: int = 2_000) -> None:
    while part := list(islice(rows, batch)):
        model._default_manager.bulk_create(part)


def _teams(size: Size) -> list[Team]:
    departments = max(1, size.teams // 20)
    Team.objects.bulk_create(
        Team(key=f"department-{n}", name=f"department-{n}", title=f"Department {n}")
        for n in range(departments)
    )
    parents = list(Team.objects.order_by("id"))
    Team.objects.bulk_create(
        Team(key=f"team-{n}", name=f"team-{n}", title=f"Team {n}", parent=parents[n % departments])
        for n in range(size.teams - departments)
    )
    return list(Team.objects.filter(parent__isnull=False).order_by("id"))


def _people(size: Size, teams: list[Team]) -> None:
    roles = list(Role)
    Person.objects.bulk_create(
        Person(
            key=f"person-{n}",
            name=f"Person {n}",
            email=f"person-{n}@bench.example",
            role=roles[n % 4],
            password="!",
        )
        for n in range(size.people)
    )
    people = list(Person.objects.order_by("id"))
    Membership.objects.bulk_create(
        Membership(person=person, team=teams[index % len(teams)])
        for index, person in enumerate(people)
    )


def _services(size: Size, teams: list[Team], now: datetime) -> list[Service]:
    source = CatalogSource.objects.create(
        key="bench", kind="folder", title="Bench", last_success_at=now
    )
    System.objects.bulk_create(
        System(key=f"system-{n}", name=f"system-{n}", owner=teams[n % len(teams)])
        for n in range(size.systems)
    )
    systems = list(System.objects.order_by("id"))
    _insert(Document, (_document(n, source, now) for n in range(size.services)))
    documents = list(Document.objects.only("id", "key").order_by("id"))
    _insert(Service, (_service(n, documents, teams, systems) for n in range(size.services)))
    chosen = random.Random("relations")
    _insert(
        Relation,
        (
            Relation(
                document=documents[n],
                type="dependsOn",
                from_kind="component",
                from_key=_name(n),
                to_kind="component",
                to_key=_name(target),
            )
            for n in range(size.services)
            for target in {chosen.randrange(size.services) for _ in range(3)}
        ),
    )
    return list(Service.objects.order_by("id"))


def _name(n: int) -> str:
    return f"{SHAPES[n % len(SHAPES)][0]}-{n}"


def _document(n: int, source: CatalogSource, now: datetime) -> Document:
    body = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": _name(n)},
        "spec": {"type": "service", "lifecycle": "production", "owner": "bench"},
    }
    digest = hashlib.sha256(_name(n).encode()).hexdigest()
    return Document(
        kind="Component", key=_name(n), body=body, digest=digest, source=source, seen_at=now
    )


def _service(
    n: int, documents: list[Document], teams: list[Team], systems: list[System]
) -> Service:
    _, _, _, tier, kind, language, description, _ = SHAPES[n % len(SHAPES)]
    team = teams[n % len(teams)]
    return Service(
        key=_name(n),
        name=_name(n),
        description=description,
        type=kind,
        lifecycle="production" if n % 9 else "experimental",
        tier=tier,
        owner=team,
        owner_ref=f"group:default/{team.key}",
        system=systems[n % len(systems)],
        tags=[language.lower()],
        repository=f"bench/{_name(n)}",
        links=[{"url": f"https://runbooks.bench.example/{n}", "title": "Runbook"}],
        document=documents[n],
    )


def facts_as_json(readings: dict[str, Reading]) -> dict[str, Any]:
    """Readings as a snapshot keeps them."""
    kept: dict[str, Any] = {}
    for name, reading in readings.items():
        at = reading.measured_at.isoformat()
        if isinstance(reading, Measured):
            kept[name] = {
                "value": reading.value,
                "evidence": reading.evidence,
                "url": reading.url,
                "measured_at": at,
            }
        else:
            kept[name] = {"error": reading.error, "measured_at": at}
    return kept


def _snapshots(services: list[Service], now: datetime) -> None:
    sources = {
        "github": repository_readings,
        "prometheus": live_readings,
        "probe": probe_readings,
    }

    def rows() -> Iterator[Snapshot]:
        for service in services:
            moment = Moment(service.name, _tag(service), service.tier or 4, now)
            for source, read in sources.items():
                yield Snapshot(
                    service=service,
                    source=source,
                    facts=facts_as_json(read(moment)),
                    last_success_at=now,
                )

    _insert(Snapshot, rows())


def _tag(service: Service) -> str:
    return str(service.tags[0]).replace("c#", "csharp")


def _audit(count: int, services: list[Service], now: datetime) -> None:
    """A chain of events as a year of work leaves it."""
    previous = GENESIS
    start = now - timedelta(days=365)
    verbs = ("service.refresh_requested", "catalog.changed", "accounts.signed_in")

    def rows() -> Iterator[Event]:
        nonlocal previous
        for n in range(count):
            service = services[n % len(services)]
            event = Event(
                at=start + (now - start) * (n / count),
                actor_id=str(n % 4_000),
                actor_name=f"Person {n % 4_000}",
                verb=verbs[n % 3],
                subject_kind="service",
                subject_key=service.key,
                subject_title=service.name,
                request_id=f"{n:016x}",
                previous_hash=previous,
            )
            event.hash = previous = event_hash(event)
            yield event

    _insert(Event, rows(), batch=5_000)
