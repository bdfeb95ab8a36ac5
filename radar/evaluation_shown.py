"""What a panel said of every candidate, as pages and reports lay it out."""

from dataclasses import dataclass
from functools import cached_property

from radar import evaluation_rules as rules
from radar.evaluation_results import CandidateResult, Results
from radar.evaluation_rules import Criterion, Heard, Outcome, Scale
from radar.models import Candidate, Sheet


@dataclass(frozen=True)
class Said:
    """What one scorer said about a criterion."""

    name: str
    score: int
    evidence: str


@dataclass(frozen=True)
class Row:
    """A criterion with what everybody gave and saw."""

    number: int
    heard: Heard
    said: tuple[Said, ...]

    @property
    def with_evidence(self) -> tuple[Said, ...]:
        return tuple(one for one in self.said if one.evidence)


@dataclass(frozen=True)
class Shown:
    """What the panel said of a candidate; `outcome` None: too few complete sheets."""

    result: CandidateResult
    scale: Scale

    @property
    def candidate(self) -> Candidate:
        return self.result.candidate

    @property
    def outcome(self) -> Outcome | None:
        return self.result.outcome

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        return self.result.sheets

    @property
    def left_out(self) -> str:
        """Who was asked and handed nothing in."""
        return ", ".join(self.result.missing)

    @property
    def scorers(self) -> list[tuple[str, int]]:
        """Whose sheets count, each with its total."""
        totals = self.outcome.totals if self.outcome else ()
        names = (sheet.person_name for sheet in self.sheets)
        return list(zip(names, totals, strict=False))

    @cached_property
    def rows(self) -> list[Row]:
        if self.outcome is None:
            return []
        return [
            Row(number, heard, tuple(_said(sheet, heard.criterion) for sheet in self.sheets))
            for number, heard in enumerate(self.outcome.heard, 1)
        ]


@dataclass(frozen=True)
class Compared:
    """A criterion with the median of every candidate; None where there is no outcome."""

    number: int
    criterion: Criterion
    medians: tuple[int | None, ...]


def shown(found: Results) -> list[Shown]:
    """One a candidate, in their order."""
    return [Shown(result, found.scale) for result in found.candidates]


def compared(found: Results) -> list[Compared]:
    """All candidates side by side, a row a criterion."""
    outcomes = [result.outcome for result in found.candidates]
    return [
        Compared(
            number,
            criterion,
            tuple(_median(outcome, number - 1) for outcome in outcomes),
        )
        for number, criterion in enumerate(found.scale.criteria, 1)
    ]


def _median(outcome: Outcome | None, at: int) -> int | None:
    return None if outcome is None else outcome.heard[at].median


def _said(sheet: Sheet, criterion: Criterion) -> Said:
    entry = rules.entry(sheet.scores, criterion.key)
    return Said(sheet.person_name, entry["score"], entry["evidence"])
