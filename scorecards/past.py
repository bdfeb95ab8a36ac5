"""How services stood at a past moment, read from result events alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from portal.catalog.models import Service
from scorecards.evaluation import CHUNK, chunks
from scorecards.history import PastEvent, replay
from scorecards.models import ResultEvent, Scorecard
from scorecards.scoring import Score


@dataclass(frozen=True)
class PastStanding:
    service: Service
    scorecard: Scorecard
    score: Score


def standings_at(services: QuerySet[Service], moment: datetime) -> Iterator[PastStanding]:
    """The standing of each service on each scorecard at a moment, in the services' order; two
    queries for every 200 services."""
    scorecards = {row.pk: row for row in Scorecard.objects.all()}
    for ids in chunks(list(services.values_list("pk", flat=True)), CHUNK):
        by_id = Service.objects.in_bulk(ids)
        events = _events(ids, moment)
        for service_id in ids:
            for scorecard_id, found in sorted(events.get(service_id, {}).items()):
                scorecard = scorecards[scorecard_id]
                points = list(replay(found, len(scorecard.levels)))
                score = points[-1][1]
                if score.high is not None:  # a check applied then
                    yield PastStanding(by_id[service_id], scorecard, score)


def _events(ids: Sequence[int], moment: datetime) -> dict[int, dict[int, list[PastEvent]]]:
    events = ResultEvent.objects.filter(service__in=ids, at__lte=moment).in_order()
    rows: QuerySet[ResultEvent, tuple[Any, ...]] = events.values_list(
        "service_id", "check_row__scorecard_id", "at", "check_row_id", "state", "weight", "rank"
    )
    found: dict[int, dict[int, list[PastEvent]]] = {}
    for service, scorecard, *rest in rows:
        found.setdefault(service, {}).setdefault(scorecard, []).append(PastEvent(*rest))
    return found
