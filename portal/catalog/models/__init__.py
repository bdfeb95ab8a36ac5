"""What the company runs: services, systems, domains, APIs, resources, and how they relate."""

from portal.catalog.models.document import CatalogSource, Document, Relation, SourceKind
from portal.catalog.models.entry import API, Domain, Resource, Service, System
from portal.catalog.models.link import Link
from portal.catalog.models.run import ImportRun

__all__ = [
    "API",
    "CatalogSource",
    "Document",
    "Domain",
    "ImportRun",
    "Link",
    "Relation",
    "Resource",
    "Service",
    "SourceKind",
    "System",
]
