"""A clock that tests move by hand: seconds, moments, and sleeps that take no time."""

from datetime import UTC, datetime, timedelta


class Clock:
    def __init__(self) -> None:
        self.started = datetime(2026, 5, 4, 12, tzinfo=UTC)
        self.seconds = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.started + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
