"""The source "radar": which technologies a service uses, and which of those are on hold.

It measures nothing outside: it holds what other sources told against the matching table, keeps
the uses as rows, and reports facts for checks. One look at all services is cheap where nothing
moved: what each was made of is remembered as a mark.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count

from portal.catalog.models import Service
from portal.lib.registry import FactSpec, facts
from radar.components import components_of
from radar.matching import Table
from radar.models import Technology, Use
from radar.patterns import load_table, mark_of
from radar.use import Held, company_radar, holds
from radar.use_inputs import Inputs, load_inputs
from radar.use_rules import Look, State, changed, evidence_of
from radar.use_words import words
from scorecards.models import Snapshot
from scorecards.sample import has_history
from scorecards.sources.base import Measured, Outcome, Previous, Reading, Unmeasured, sources
from scorecards.sources.checkout import ANNOTATION as CHECKOUT

KEY, SAMPLE_KEY = "radar", "sample-radar"
CHUNK = 500
NOT_TOLD = "no source has told yet what the service is built with"
_WRITTEN = ["evidence", "began_at", "last_seen_at", "gone_at"]

TECHNOLOGIES, ON_HOLD, AFTER_MOVE = (
    *("radar.technologies", "radar.on_hold", "radar.hold_began_after_move"),
)
SPECS = [
    FactSpec(
        key=key,
        type="list",
        title=title,
        help=text,
        sources=(KEY,),
        stale_after=timedelta(hours=48),
        order=order,
    )
    for order, (key, title, text) in enumerate(
        (
            (TECHNOLOGIES, "Technologies in use", "By the last part of their addresses."),
            (ON_HOLD, "Technologies on hold", "Those in use that the first radar holds back."),
            (
                AFTER_MOVE,
                "Technologies begun on hold",
                "Those on hold whose use began after they were moved there.",
            ),
        )
    )
]


@dataclass(frozen=True)
class Rules:
    """The matching table and the company's holds, loaded once for a run."""

    table: Table
    table_mark: str
    holds: Mapping[int, Held]
    slugs: Mapping[int, str]

    @property
    def mark(self) -> str:
        return mark_of([self.table_mark, sorted(self.holds.items())])


def load_rules(*, is_sample: bool = False) -> Rules:
    """Six queries at most."""
    table, mark = load_table()
    radar = company_radar(is_sample=is_sample)
    held = holds(radar) if radar is not None else {}
    return Rules(table, mark, held, dict(Technology.objects.values_list("pk", "slug")))


@dataclass
class RadarSource:
    """Two of them: real services and those of the sample organisation are measured apart."""

    key: str = KEY
    title: str = "Technologies"
    order: int = 200  # after those whose facts it reads
    every: timedelta = timedelta(hours=12)
    is_sample: bool = False

    def why_off(self) -> str:
        return ""

    def applies_to(self, service: Service) -> bool:
        if service.is_sample != self.is_sample:
            return False
        return bool(service.repository or service.annotations.get(CHECKOUT) or service.tags)

    def measure(
        self,
        services: Sequence[Service],
        previous: Mapping[int, Previous],
        *,
        now: datetime,
        report: Callable[[Iterable[Outcome]], None],
        note: Callable[[str], None],
        job_id: int | None = None,
    ) -> None:
        rules = load_rules(is_sample=self.is_sample)
        touched: set[int] = set()
        for start in range(0, len(services), CHUNK):
            chunk = services[start : start + CHUNK]
            run = Looking(rules, now, previous)
            run.look(chunk)
            touched |= run.touched
            report(run.outcomes)
        count_uses(touched)


@dataclass
class Looking:
    """One look at a few hundred services, in one transaction: writes uses, answers outcomes."""

    rules: Rules
    now: datetime
    previous: Mapping[int, Previous]
    load: Callable[[Sequence[Service]], Mapping[int, Inputs]] = load_inputs
    outcomes: list[Outcome] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    rows: list[Use] = field(default_factory=list)

    @transaction.atomic
    def look(self, services: Sequence[Service]) -> None:
        inputs = self.load(services)
        marks = {service.pk: inputs[service.pk].mark() for service in services}
        moved = [service for service in services if self._has_moved(service, marks[service.pk])]
        before = _uses_of(moved)
        for service in services:
            if service not in before:
                self.outcomes.append(Outcome(service_id=service.pk, at=self.now, is_unchanged=True))
        for service in moved:
            self._look_at(service, inputs[service.pk], marks[service.pk], before[service])
        Use.objects.bulk_create(
            self.rows,
            update_conflicts=True,
            unique_fields=["service", "technology"],
            update_fields=_WRITTEN,
            batch_size=500,
        )
        seen = Use.objects.filter(service__in=services, gone_at=None)
        seen.exclude(last_seen_at__gte=self.now).update(last_seen_at=self.now)

    def _has_moved(self, service: Service, mark: str) -> bool:
        known = self.previous.get(service.pk)
        state = known.state if known is not None else {}
        return (state.get("inputs"), state.get("rules")) != (mark, self.rules.mark)

    def _look_at(
        self, service: Service, inputs: Inputs, mark: str, before: dict[int, State]
    ) -> None:
        matches = self.rules.table.matches(components_of(inputs.values, inputs.tags))
        evidence = {
            technology_id: [evidence_of(one, inputs.address(one)) for one in components]
            for technology_id, components in matches.items()
        }
        known = self.previous.get(service.pk)
        state = known.state if known is not None else {}
        before_known = state.get("known")
        reading = inputs.reading or state.get("reading")
        look = Look(
            known=inputs.known,
            known_before=frozenset(before_known) if isinstance(before_known, list) else None,
            has_same_rules=(state.get("table"), state.get("reading"))
            == (self.rules.table_mark, reading),
            at=self.now,
        )
        written = changed(before, matches, evidence, look)
        for use in written:
            self.rows.append(self._row(service, use))
        now_used = before | {use.technology_id: use for use in written}
        present = [use for use in now_used.values() if use.gone_at is None]
        self.outcomes.append(
            Outcome(
                service_id=service.pk,
                at=self.now,
                readings=self._readings(inputs, present),
                state={
                    "inputs": mark,
                    "rules": self.rules.mark,
                    "table": self.rules.table_mark,
                    "reading": reading,
                    "known": sorted(inputs.known),
                },
            )
        )

    def _row(self, service: Service, use: State) -> Use:
        self.touched.add(use.technology_id)
        return Use(
            service=service,
            technology_id=use.technology_id,
            evidence=use.evidence,
            began_at=use.began_at,
            first_seen_at=use.first_seen_at,
            last_seen_at=self.now,
            gone_at=use.gone_at,
            is_sample=service.is_sample,
        )

    def _readings(self, inputs: Inputs, present: Sequence[State]) -> dict[str, Reading]:
        if not inputs.has_files:  # languages alone tell too little to say what is not used
            gap = Unmeasured(error=NOT_TOLD, measured_at=self.now)
            return dict.fromkeys((spec.key for spec in SPECS), gap)
        held = [use for use in present if use.technology_id in self.rules.holds]
        after = [use for use in held if self._began_after(use)]
        return {
            TECHNOLOGIES: self._reading(present, inputs.unread),
            ON_HOLD: self._reading(held, inputs.unread, with_evidence=True),
            AFTER_MOVE: self._reading(after, inputs.unread, with_evidence=True),
        }

    def _began_after(self, use: State) -> bool:
        moved_at = self.rules.holds[use.technology_id].moment
        return use.began_at is not None and use.began_at > moved_at

    def _reading(
        self, uses: Sequence[State], unread: str, *, with_evidence: bool = False
    ) -> Measured:
        slugs = {self.rules.slugs[use.technology_id]: use for use in uses}
        shown = [
            f"{slug} ({words(slugs[slug].evidence)})" if with_evidence else slug
            for slug in sorted(slugs)
        ]
        text = "; ".join(filter(None, (", ".join(shown[:5]) or "none", unread)))
        return Measured(value=sorted(slugs), measured_at=self.now, evidence=text)


def _uses_of(services: Sequence[Service]) -> dict[Service, dict[int, State]]:
    found: dict[int, dict[int, State]] = {service.pk: {} for service in services}
    rows = Use.objects.filter(service__in=services).values_list(
        "service_id", "technology_id", "evidence", "began_at", "first_seen_at", "gone_at"
    )
    for service_id, *rest in rows:
        state = State(*rest)
        found[service_id][state.technology_id] = state
    return {service: found[service.pk] for service in services}


def count_uses(technology_ids: Iterable[int] | None = None) -> None:
    """Bring `Technology.used_by` up to date; None: of all technologies."""
    technologies = Technology.objects.all()
    uses = Use.objects.current()
    if technology_ids is not None:
        ids = set(technology_ids)
        if not ids:
            return
        technologies, uses = technologies.filter(pk__in=ids), uses.filter(technology__in=ids)
    counts = dict(
        uses.order_by().values("technology").annotate(n=Count("pk")).values_list("technology", "n")
    )
    wrong = []
    for row in technologies.only("pk", "used_by"):
        if row.used_by != counts.get(row.pk, 0):
            row.used_by = counts.get(row.pk, 0)
            wrong.append(row)
    Technology.objects.bulk_update(wrong, ["used_by"], batch_size=500)


def to_look_at(now: datetime) -> Iterator[Service]:
    """The services about which something changed since the last look, or that were not looked at
    for so long that their facts would grow old."""
    for source in (sources.get(KEY), sources.get(SAMPLE_KEY)):
        assert isinstance(source, RadarSource)
        if source.is_sample and not has_history():
            continue  # the sample organisation is being made
        rules = load_rules(is_sample=source.is_sample)
        services = Service.objects.filter(vanished_at=None, is_sample=source.is_sample)
        ids = list(services.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(ids), CHUNK):
            yield from _moved(source, ids[start : start + CHUNK], rules, now)


def _moved(source: RadarSource, ids: Sequence[int], rules: Rules, now: datetime) -> list[Service]:
    services = [one for one in Service.objects.filter(pk__in=ids) if source.applies_to(one)]
    own = {
        service_id: (state, at)
        for service_id, state, at in Snapshot.objects.filter(
            service__in=services, source=source.key
        ).values_list("service_id", "state", "last_success_at")
    }
    inputs = load_inputs(services)
    found = []
    for service in services:
        state, at = own.get(service.pk, ({}, None))
        is_old = at is None or now - at >= source.every
        mark = (inputs[service.pk].mark(), rules.mark)
        if is_old or (state.get("inputs"), state.get("rules")) != mark:
            found.append(service)
    return found


def register() -> None:
    """Called once when Django is ready."""
    sources.add(RadarSource())
    sources.add(RadarSource(SAMPLE_KEY, "Technologies (sample)", 201, is_sample=True))
    for spec in SPECS:
        facts.add(spec)
