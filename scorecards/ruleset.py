"""Everything an evaluation needs to know besides the services, loaded once for a whole run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from portal.catalog.models import Service
from portal.lib.registry import FactSpec
from portal.lib.registry import facts as fact_registry
from scorecards.expressions import Expression, ExpressionError, compile_expression, namespaces_of
from scorecards.models import Check, CheckVersion, Scorecard, Snapshot
from scorecards.service_facts import view_of
from scorecards.sources.base import Source, sources
from scorecards.verdicts import Rule, SourceView


@dataclass(frozen=True)
class ActiveCheck:
    pk: int
    title: str
    version: int
    weight: int
    rank: int
    rule: Rule


@dataclass(frozen=True)
class ActiveScorecard:
    pk: int
    title: str
    levels: tuple[str, ...]  # keys, from the lowest
    applies: Expression | None
    fault: str  # why its filter can't be used: then it is about no service
    checks: tuple[ActiveCheck, ...]

    def level_at(self, rank: int) -> str:
        return self.levels[rank - 1] if rank else ""

    def rank_of(self, level: str) -> int:
        return self.levels.index(level) + 1 if level in self.levels else 0


@dataclass(frozen=True)
class KnownSource:
    source: Source
    is_on: bool
    is_sample: bool
    measures: str


@dataclass(frozen=True)
class Ruleset:
    scorecards: tuple[ActiveScorecard, ...]
    specs: tuple[FactSpec, ...]  # of the facts that some rule reads
    namespaces: frozenset[str]
    sources: tuple[KnownSource, ...]

    @property
    def faults(self) -> list[str]:
        """What is wrong with scorecards that are about no service because of it."""
        return [f"{card.title}: {card.fault}" for card in self.scorecards if card.fault]

    def views(self, service: Service, snapshots: Mapping[str, Snapshot]) -> list[SourceView]:
        """What every source that may measure this service says about it, in their order."""
        found = [view_of(service)]
        for known in self.sources:
            if known.is_sample != service.is_sample:
                continue
            source, snapshot = known.source, snapshots.get(known.source.key)
            found.append(
                SourceView(
                    key=source.key,
                    title=source.title,
                    measures=known.measures,
                    facts=snapshot.facts if snapshot else {},
                    is_on=known.is_on,
                    applies=source.applies_to(service),
                    last_success_at=snapshot.last_success_at if snapshot else None,
                    failing_since=snapshot.failing_since if snapshot else None,
                )
            )
        return found


def load_ruleset(now: datetime | None = None) -> Ruleset:
    """The rules in force and the sources that are connected, with two queries; a third where a
    version waits for its day."""
    known = frozenset(spec.key for spec in fact_registry)
    checks: dict[int, list[Check]] = {}
    active = list(Check.objects.active())
    keep_until_due(active, now or timezone.now())
    for check in active:
        checks.setdefault(check.scorecard_id, []).append(check)
    scorecards = tuple(
        _scorecard(row, checks.get(row.pk, []), known) for row in Scorecard.objects.active()
    )
    read = {
        name
        for card in scorecards
        for expression in _expressions(card)
        for name in expression.facts
    }
    return Ruleset(
        scorecards=scorecards,
        specs=tuple(spec for spec in fact_registry if spec.key in read),
        namespaces=namespaces_of(known),
        sources=known_sources(),
    )


def keep_until_due(checks: Iterable[Check], now: datetime) -> None:
    """Until the day of a new version the one before it stays in force. A check whose first
    version waits has no other: it does not apply yet."""
    waiting = {
        check.pk: check
        for check in checks
        if check.current and check.current.effective_from and check.current.effective_from > now
    }
    if not waiting:
        return
    due = CheckVersion.objects.filter(Q(effective_from=None) | Q(effective_from__lte=now))
    for version in due.filter(check_row__in=waiting).order_by("number"):
        waiting[version.check_row_id].current = version


def known_sources() -> tuple[KnownSource, ...]:
    return tuple(
        KnownSource(
            source=source,
            is_on=not source.why_off(),
            is_sample=is_sample_source(source),
            measures=source.key.removeprefix("sample-") if is_sample_source(source) else source.key,
        )
        for source in sources
    )


def is_sample_source(source: Source) -> bool:
    """Whether a source stands in for a real one, for sample services only."""
    return bool(getattr(source, "is_sample", False))


def rule_of(version: CheckVersion, known: frozenset[str]) -> Rule:
    """The rule of a version; one that does not compile any more says so in every verdict about
    a service that it applies to."""
    applies: Expression | None = None
    try:
        applies = compile_expression(version.filter, known) if version.filter else None
        expression = compile_expression(version.expression, known)
    except ExpressionError as error:
        return Rule(
            expression=None,
            applies=applies,
            effective_from=version.effective_from,
            fault=error.message,
        )
    return Rule(expression=expression, applies=applies, effective_from=version.effective_from)


def filter_of(scorecard: Scorecard, known: frozenset[str]) -> tuple[Expression | None, str]:
    """Which services a scorecard is about (None: all), or why that can't be told."""
    if not scorecard.filter:
        return None, ""
    try:
        return compile_expression(scorecard.filter, known), ""
    except ExpressionError as error:
        return None, (
            f"Its filter can't be used: {error.message}. It is about no service until the filter "
            "is repaired."
        )


def _scorecard(row: Scorecard, checks: Iterable[Check], known: frozenset[str]) -> ActiveScorecard:
    applies, fault = filter_of(row, known)
    return ActiveScorecard(
        pk=row.pk,
        title=row.title,
        levels=tuple(level["key"] for level in row.levels),
        applies=applies,
        fault=fault,
        checks=tuple(
            ActiveCheck(
                pk=check.pk,
                title=check.current.title,
                version=check.current.number,
                weight=check.current.weight,
                rank=max(1, row.rank_of(check.current.level)),
                rule=rule_of(check.current, known),
            )
            for check in checks
            if check.current is not None
        ),
    )


def _expressions(card: ActiveScorecard) -> list[Expression]:
    found = [card.applies]
    for check in card.checks:
        found += [check.rule.expression, check.rule.applies]
    return [expression for expression in found if expression is not None]
