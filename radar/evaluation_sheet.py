"""A score sheet as it is drawn: its criteria with what was scored, and what that adds up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from radar import evaluation_rules as rules
from radar.evaluation_rules import Band, Criterion, Flag, Scale, Scores


@dataclass(frozen=True)
class Line:
    """A criterion with its score; `saved` is what stands in the database where that differs."""

    number: int
    criterion: Criterion
    score: int | None
    evidence: str
    saved: Mapping[str, Any] | None = None

    @property
    def anchors(self) -> list[tuple[int, str]]:
        return list(zip(rules.SCORES, self.criterion.anchors, strict=True))

    @property
    def said(self) -> str:
        """The sentence of the score that was given."""
        return "" if self.score is None else self.criterion.anchors[self.score - 1]


@dataclass(frozen=True)
class Group:
    number: int
    title: str
    lines: tuple[Line, ...]

    @property
    def subtotal(self) -> int:
        return sum(line.score or 0 for line in self.lines)

    @property
    def most(self) -> int:
        return rules.LARGEST_SCORE * len(self.lines)


@dataclass(frozen=True)
class BandShown:
    """A band with the totals that it covers, in words."""

    band: Band
    words: str
    is_reached: bool


@dataclass(frozen=True)
class Sum:
    """What a sheet comes to: nothing before every criterion has its score."""

    scale: Scale
    scores: Scores

    @cached_property
    def total(self) -> int | None:
        return rules.total(self.scores, self.scale)

    @cached_property
    def band(self) -> Band | None:
        return rules.verdict(self.scores, self.scale)

    @cached_property
    def missing(self) -> tuple[Criterion, ...]:
        return rules.missing(self.scores, self.scale)

    @property
    def scored(self) -> int:
        return len(self.scale.criteria) - len(self.missing)

    @cached_property
    def flags(self) -> tuple[Flag, ...]:
        return rules.flags(self.scores, self.scale)

    @property
    def bands(self) -> list[BandShown]:
        return bands_shown(self.scale, self.band)

    @property
    def without_evidence(self) -> list[str]:
        """The titles of criteria that have a score and no word about it."""
        return [
            row.title
            for row in self.scale.criteria
            if (said := rules.entry(self.scores, row.key))["score"] and not said["evidence"]
        ]


def bands_shown(scale: Scale, reached: Band | None) -> list[BandShown]:
    """The bands from the highest down, as "35 up", "25 to 34", "below 15"."""
    found = []
    above: int | None = None
    for at, band in enumerate(scale.bands):
        is_last = at == len(scale.bands) - 1
        if above is None:
            words = "any" if is_last else f"{band.start} up"
        else:
            words = f"below {above}" if is_last else f"{band.start} to {above - 1}"
        found.append(BandShown(band, words, reached is not None and band == reached))
        above = band.start
    return found


def groups(
    scale: Scale, scores: Scores, saved: Mapping[str, Mapping[str, Any]] | None = None
) -> list[Group]:
    """The sheet's criteria in their groups, numbered through; `saved` holds by criterion what
    somebody else (or the same person elsewhere) saved meanwhile."""
    numbers = {row.key: number for number, row in enumerate(scale.criteria, 1)}
    return [
        Group(
            at,
            title,
            tuple(
                Line(
                    numbers[row.key],
                    row,
                    saved=(saved or {}).get(row.key),
                    **rules.entry(scores, row.key),
                )
                for row in rows
            ),
        )
        for at, (title, rows) in enumerate(scale.groups, 1)
    ]
