"""What the company runs: services, systems, domains, APIs, resources, and how they relate."""

from portal.catalog.models.document import CatalogSource, Document, Relation
from portal.catalog.models.entry import API, Domain, Resource, Service, System
from portal.catalog.models.link import Link

__all__ = [
    "API",
    "CatalogSource",
    "Document",
    "Domain",
    "Link",
    "Relation",
    "Resource",
    "Service",
    "System",
]
