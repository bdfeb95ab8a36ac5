"""The sample organisation comes in through the importer, and goes without a trace."""

from collections.abc import Callable
from datetime import datetime

from portal.accounts.models import Person, Team
from portal.audit.actions import System as Portal
from portal.catalog.importers.places import TextPlace
from portal.catalog.importers.run import import_place
from portal.catalog.models import (
    API,
    CatalogSource,
    Document,
    Domain,
    Link,
    Relation,
    Resource,
    Service,
    System,
)
from portal.catalog.sample_organisation import PEOPLE, entities
from portal.lib.yaml import dump_documents


class SamplePlace(TextPlace):
    """The organisation as one file that belongs to the portal."""

    key = "sample"
    title = "Sample organisation"
    name = "sample.yaml"


def load(now: datetime, told: Callable[[int, str], None]) -> None:
    """Import the organisation and give its people their roles."""
    place = SamplePlace("".join(dump_documents(entities())))
    result = import_place(place, by=Portal(), now=now, is_sample=True)
    if result.has_refusals:
        raise ValueError(f"the sample organisation is broken: {result.problems[0]}")
    for key, _, role, _ in PEOPLE:
        Person.objects.filter(key=key, is_sample=True).update(role=role)


def remove() -> None:
    """Delete the rows of the sample; where real rows pointed at them, nobody is named there."""
    Link.objects.filter(is_sample=True).delete()
    for noun in (Service, API, Resource, System, Domain):
        noun._default_manager.filter(is_sample=True).delete()
    Relation.objects.filter(is_sample=True).delete()
    Document.objects.filter(is_sample=True).delete()
    CatalogSource.objects.filter(is_sample=True).delete()
    Person.objects.filter(is_sample=True).delete()
    Team.objects.filter(is_sample=True).delete()
