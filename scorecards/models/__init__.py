"""Measured facts, the rules over them, and what came out."""

from scorecards.models.check import Check, CheckVersion, Scorecard
from scorecards.models.result import Result, ResultEvent, ResultState, Standing
from scorecards.models.snapshot import Snapshot

__all__ = [
    "Check",
    "CheckVersion",
    "Result",
    "ResultEvent",
    "ResultState",
    "Scorecard",
    "Snapshot",
    "Standing",
]
