"""Clients on the double, with a clock that sleeping moves."""

from datetime import datetime, timedelta
from typing import Any

from portal.lib.github import Auth, Connection, GitHub, LocalMemory, TokenAuth
from portal.lib.http import LocalState, Outside
from tests.github_double.server import TOKEN, Double
from tests.github_double.world import NOW


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self, now: datetime = NOW) -> None:
        self.at = now
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


def client(
    double: Double,
    *,
    memory: LocalMemory | None = None,
    auth: Auth | None = None,
    clock: Clock | None = None,
    **options: Any,
) -> GitHub:
    clock = clock or Clock()
    connection = Connection(
        Outside("github", state=LocalState(), base_url=double.url, sleep=lambda seconds: None),
        auth=auth or TokenAuth(TOKEN),
        memory=memory or LocalMemory(),
        now=clock.now,
        sleep=clock.sleep,
        **options,
    )
    return double.clients.enter_context(GitHub(connection, base_url=double.url))
