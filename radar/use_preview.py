"""How many services a sign would match, tried before it is kept."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.catalog.models import Service
from radar.components import components_of
from radar.matching import Sign, Table
from radar.use_inputs import load_inputs
from radar.use_rules import evidence_of
from radar.use_words import piece

LOOKED_AT = 2_000  # services; more would keep a page waiting
SHOWN = 10
_CHUNK = 500


@dataclass(frozen=True)
class Preview:
    """`found` of `looked_at` services have the sign; `all_services` are there."""

    found: int
    looked_at: int
    all_services: int
    shown: list[tuple[Service, str]]


def preview(sign: Sign) -> Preview:
    """Try one sign on the services there are, in the order of their keys."""
    table = Table([sign])
    services = Service.objects.filter(vanished_at=None).order_by("key")
    count = services.count()
    looked_at = list(services[:LOOKED_AT])
    found = 0
    shown: list[tuple[Service, str]] = []
    for service, evidence in _matches(table, looked_at):
        found += 1
        if len(shown) < SHOWN:
            shown.append((service, evidence))
    return Preview(found, len(looked_at), count, shown)


def _matches(table: Table, services: list[Service]) -> Iterable[tuple[Service, str]]:
    for start in range(0, len(services), _CHUNK):
        chunk = services[start : start + _CHUNK]
        inputs = load_inputs(chunk)
        for service in chunk:
            told = inputs[service.pk]
            for components in table.matches(components_of(told.values, told.tags)).values():
                yield service, piece(evidence_of(components[0], ""))
