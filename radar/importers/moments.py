"""The ring changes that files tell of, held against those that are known."""

from collections.abc import Sequence
from datetime import date, datetime

from radar.importers.document import Moment
from radar.models import Edition, Placement, Radar, Ring, RingChange


class History:
    """What is known of a radar's technologies over time, read once, when it is first needed."""

    def __init__(self, radar: Radar) -> None:
        self._radar = radar
        self._moments: dict[int, set[datetime]] = {}
        self._days: set[tuple[int, date | None, int]] = set()
        self._is_read = False

    def missing(
        self,
        radar: Radar,
        placement: Placement,
        moments: Sequence[tuple[Moment, Ring]],
        *,
        skip_newest: bool,
    ) -> list[RingChange]:
        """The changes among `moments` (newest first) that nobody knows.

        Known is what happened at that very moment, and what an edition of that day says.
        """
        self._read()
        technology = placement.technology
        known = self._moments.setdefault(technology.pk, set()) if technology.pk else set()
        found = []
        for number, (moment, ring) in enumerate(moments):
            day = (technology.pk or 0, moment.at.date(), ring.pk or 0)
            if moment.at in known or day in self._days or (skip_newest and number == 0):
                continue
            known.add(moment.at)
            older = moments[number + 1][1] if number + 1 < len(moments) else None
            found.append(
                RingChange(
                    radar=radar,
                    technology=technology,
                    at=moment.at,
                    from_ring=older,
                    to_ring=ring,
                    sector=placement.sector,
                    reason=moment.description,
                    origin=Edition.Origin.IMPORT,
                    is_sample=radar.is_sample,
                )
            )
        return found

    def _read(self) -> None:
        if self._is_read or self._radar.pk is None:
            return
        self._is_read = True
        changes = RingChange.objects.filter(radar=self._radar)
        for technology, at in changes.values_list("technology_id", "at"):
            self._moments.setdefault(technology, set()).add(at)
        placed = Placement.objects.filter(
            edition__radar=self._radar, edition__state=Edition.State.PUBLISHED
        )
        self._days = set(placed.values_list("technology_id", "edition__date", "ring_id"))
