"""What the catalogue itself knows about a service, as facts: always fresh, absent where not set."""

from typing import Any

from portal.catalog.models import Service
from portal.lib.registry import FactSpec
from scorecards.sources.checkout import ANNOTATION as CHECKOUT
from scorecards.verdicts import SourceView

CATALOGUE = "catalogue"
_TITLES = {
    "key": ("string", "Key"),
    "name": ("string", "Name"),
    "type": ("string", "Type"),
    "lifecycle": ("string", "Lifecycle"),
    "tier": ("int", "Tier"),
    "owner": ("string", "Owner"),
    "system": ("string", "System"),
    "tags": ("list", "Tags"),
    "link_types": ("list", "Types of its links"),
    "links": ("int", "Links"),
    "has_owner": ("bool", "Has an owner that exists"),
    "has_description": ("bool", "Has a description"),
    "has_system": ("bool", "Is part of a system"),
    "has_repository": ("bool", "Has a repository"),
    "has_on_call": ("bool", "Has somebody on call"),
    "has_tier": ("bool", "Has a tier"),
}

SPECS = [
    FactSpec(
        key=f"service.{name}",
        type=kind,
        title=title,
        sources=(CATALOGUE,),
        order=index,
        help="From the catalogue.",
    )
    for index, (name, (kind, title)) in enumerate(_TITLES.items())
]


def view_of(service: Service) -> SourceView:
    """The catalogue's facts about a service; owner and system must be selected with it."""
    owner, system = service.owner, service.system
    values: dict[str, Any] = {
        "key": service.key,
        "name": service.name,
        "type": service.type,
        "lifecycle": service.lifecycle,
        "tier": service.tier,
        "owner": owner.key if owner else None,
        "system": system.key if system else None,
        "tags": service.tags,
        "link_types": sorted({link["type"] for link in service.links if link.get("type")}),
        "links": len(service.links),
        "has_owner": owner is not None,
        "has_description": bool(service.description.strip()),
        "has_system": system is not None,
        "has_repository": bool(_repository(service)),
        "has_on_call": bool(service.on_call),
        "has_tier": service.tier is not None,
    }
    evidence = {
        "has_owner": str(owner) if owner else service.owner_ref,
        "has_repository": _repository(service),
        "has_on_call": service.on_call,
        "has_system": str(system) if system else "",
        "has_tier": f"tier {service.tier}" if service.tier else "",
    }
    return SourceView(
        key=CATALOGUE,
        title="Catalogue",
        facts={
            f"service.{name}": {"value": value, "evidence": evidence.get(name, "")}
            for name, value in values.items()
            if value not in (None, "")
        },
    )


def _repository(service: Service) -> str:
    """Where the code is: on GitHub, or in a checkout beside the portal."""
    checkout = str(service.annotations.get(CHECKOUT) or "").strip()
    return service.repository or (f"local checkout {checkout}" if checkout else "")
