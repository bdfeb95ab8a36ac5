"""Measured facts, the rules over them, and what came out."""

from scorecards.models.check import Check, CheckVersion, Scorecard
from scorecards.models.result import Cause, Result, ResultEvent, ResultState, Standing
from scorecards.models.snapshot import Snapshot, SourceState

__all__ = [
    "Cause",
    "Check",
    "CheckVersion",
    "Result",
    "ResultEvent",
    "ResultState",
    "Scorecard",
    "Snapshot",
    "SourceState",
    "Standing",
]
