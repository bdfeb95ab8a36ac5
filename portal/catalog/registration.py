"""Everything that the catalogue offers to the rest of the portal, in one place."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Model

from portal.accounts.models import Person, Team
from portal.catalog import import_jobs, sample, search, starting
from portal.catalog.models import API, Domain, Resource, Service, System
from portal.jobs.queue import job_kinds
from portal.jobs.schedules import schedules
from portal.lib import registry

AUDIT_SENTENCES = {
    "catalog.created": "{actor} added {subject} from {after[source]}",
    "catalog.changed": "{actor} changed {subject} as {after[source]} says",
    "catalog.reappeared": "{actor} found {subject} again in {after[source]}",
    "catalog.vanished": "{actor} no longer finds {subject} in {before[source]}",
    "catalog.import_checked": "{actor} asked what importing {subject} would do",
    "catalog.import_confirmed": "{actor} imported {subject}",
    "link.added": "{actor} linked {subject} to {after[to]}",
    "link.removed": "{actor} removed the link from {subject} to {before[to]}",
}

_TARGETS: tuple[tuple[str, str, type[Model]], ...] = (
    ("service", "Service", Service),
    ("system", "System", System),
    ("domain", "Domain", Domain),
    ("api", "API", API),
    ("resource", "Resource", Resource),
    ("team", "Team", Team),
    ("person", "Person", Person),
)


def register() -> None:
    for verb, sentence in AUDIT_SENTENCES.items():
        registry.audit_sentences.add(registry.AuditSentence(key=verb, sentence=sentence))
    for order, (kind, title, model) in enumerate(_TARGETS):
        registry.link_targets.add(
            registry.LinkTarget(key=kind, title=title, resolve=_resolver(model), order=order)
        )
    registry.navigation.add(
        registry.NavItem(
            key="services",
            title="Services",
            url_name="catalog:services",
            icon="services",
            group=1,
            order=10,
            dock=True,
            count=count_services,
        )
    )
    for source in search.SOURCES:
        registry.search_sources.add(source)
    registry.starting_content.add(
        registry.StartingContent(key="portal-itself", load=starting.load_portal_itself, order=20)
    )
    registry.sample_content.add(
        registry.SampleContent(key="catalogue", load=sample.load, remove=sample.remove, order=10)
    )
    job_kinds.add(import_jobs.IMPORT)
    for schedule in import_jobs.schedules():
        schedules.add(schedule)


def count_services() -> int:
    """The number beside "Services" in the rail."""
    return Service.objects.filter(vanished_at=None).count()


def _resolver(model: type[Model]) -> Callable[[Iterable[str]], Mapping[str, tuple[str, str]]]:
    def resolve(keys: Iterable[str]) -> Mapping[str, tuple[str, str]]:
        rows: Iterable[Any] = model._default_manager.filter(key__in=list(keys))
        return {row.key: (str(row), row.url) for row in rows}

    return resolve
