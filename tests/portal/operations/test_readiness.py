"""Alive and ready: what machines are told, and how soon."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from portal.lib.registry import ReadinessProbe, readiness_probes
from portal.operations import readiness
from portal.operations.readiness import Probes, database_problem, migrations_problem


@pytest.fixture
def probe() -> Iterator[Callable[..., None]]:
    """`probe("key", check)` registers one for the test."""
    added: list[str] = []

    def add(key: str, check: Callable[[], str | None]) -> None:
        readiness_probes.add(ReadinessProbe(key=key, check=check, order=99))
        added.append(key)

    yield add
    for key in added:
        readiness_probes.remove(key)


def test_live_asks_no_database(client: Client) -> None:
    response = client.get("/health/live")  # without the db fixture a query would fail the test
    assert response.status_code == 200
    assert response.json() == {"status": "alive"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_ready_when_every_probe_is_fine(client: Client) -> None:
    response = client.get("/health/ready")
    body = response.json()
    assert (response.status_code, body["status"]) == (200, "ready")
    assert {"database", "migrations", "broker"} <= set(body["checks"])
    assert body["checks"]["database"]["ok"] is True


@pytest.mark.django_db(transaction=True)
def test_not_ready_says_what_is_wrong(client: Client, probe: Any) -> None:
    probe("moon", lambda: "The moon is in the wrong phase.")
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["status"] == "not ready"
    assert response.json()["checks"]["moon"]["problem"] == "The moon is in the wrong phase."
    assert response.json()["checks"]["database"]["ok"] is True


@pytest.mark.django_db(transaction=True)
def test_probe_that_raises_is_a_problem_of_its_own(client: Client, probe: Any) -> None:
    def broken() -> None:
        raise RuntimeError("not plugged in")

    probe("broken", broken)
    checks = client.get("/health/ready").json()["checks"]
    assert checks["broken"]["problem"] == "The probe itself failed: not plugged in"


@pytest.mark.django_db(transaction=True)
def test_probe_that_hangs_costs_at_most_two_seconds(client: Client, probe: Any) -> None:
    calls: list[int] = []
    released = threading.Event()

    def hanging() -> None:
        calls.append(1)
        released.wait(30)

    probe("hanging", hanging)
    for _ in range(2):
        started = time.monotonic()
        response = client.get("/health/ready")
        assert time.monotonic() - started < 2
        assert response.json()["checks"]["hanging"]["problem"] == "No answer within 1.5 s."
    assert calls == [1]  # a probe that hangs is not started again
    released.set()


def test_probe_that_recovered_is_asked_again(probe: Any) -> None:
    answers = iter(["Away.", None])
    probe("flapping", lambda: next(answers))
    probes = Probes()
    assert probes.run()["flapping"].problem == "Away."
    assert probes.run()["flapping"].problem is None


def test_database_away_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused\n\tIs the server running?")

    monkeypatch.setattr(connection, "cursor", refuse)
    assert database_problem() == "The database does not answer: connection refused"
    assert str(migrations_problem()).startswith("The database does not say")


@pytest.mark.django_db
def test_missing_migration_is_named_with_the_command_that_helps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert migrations_problem() is None
    needed = readiness._needed_migrations() | {("jobs", "0099_later"), ("jobs", "0100_last")}
    monkeypatch.setattr(readiness, "_needed_migrations", lambda: needed)
    assert migrations_problem() == (
        "The migration jobs.0099_later and 1 more is not applied: run `python manage.py migrate`."
    )


@pytest.mark.django_db
def test_migrations_take_one_query(django_assert_num_queries: Any) -> None:
    migrations_problem()
    with django_assert_num_queries(2):  # whether the table exists, and its rows
        migrations_problem()


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_machines_can_only_read(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
