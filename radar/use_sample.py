"""The sample organisation's uses: found by the real rules, in looks weeks apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from portal.catalog.models import Service
from radar.models import Use
from radar.patterns import load_starting_patterns
from radar.use_inputs import Inputs, load_inputs
from radar.use_source import SAMPLE_KEY, Looking, count_uses, load_rules
from scorecards import snapshots
from scorecards.models import Snapshot, SourceState

FIRST_LOOK, SECOND_LOOK = timedelta(weeks=6), timedelta(weeks=2)  # ago
NOT_YET = {
    "order-router": "maven/com.rabbitmq/amqp-client",
    "picking-app": "npm/jquery",
    "experiment-service": "pypi/clickhouse-connect",
}  # packages that came after the first look
_PACKAGES = "stack.packages"


def load(now: datetime, told: Callable[[int, str], None]) -> None:
    """Look at the sample services as they were, then as they are. What is known stays."""
    if Snapshot.objects.filter(source=SAMPLE_KEY, is_sample=True).exists():
        return
    services = list(Service.objects.filter(is_sample=True, vanished_at=None).order_by("pk"))
    load_starting_patterns(now)
    rules = load_rules(is_sample=True)
    by_id = {service.pk: service for service in services}
    for moment, source in (
        (now - FIRST_LOOK, _as_it_was),
        (now - SECOND_LOOK, load_inputs),
        (now, load_inputs),
    ):
        look = Looking(rules, moment, snapshots.previous(SAMPLE_KEY, by_id), load=source)
        look.look(services)
        snapshots.keep(SAMPLE_KEY, look.outcomes, by_id)
    count_uses()


def remove() -> None:
    """What is not about a service of its own goes here; the rest goes with the services."""
    Use.objects.filter(is_sample=True).delete()
    SourceState.objects.filter(source=SAMPLE_KEY).delete()
    count_uses()


def _as_it_was(services: Sequence[Service]) -> Mapping[int, Inputs]:
    found = load_inputs(services)
    for service in services:
        missing = NOT_YET.get(service.name)
        told = found[service.pk]
        packages = told.values.get(_PACKAGES)
        if missing and isinstance(packages, list):
            before = [name for name in packages if not name.startswith(f"{missing}@")]
            found[service.pk] = replace(told, values={**told.values, _PACKAGES: before})
    return found
