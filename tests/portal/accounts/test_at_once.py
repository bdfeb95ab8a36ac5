"""Several at once: what must hold over processes is tried with threads on the real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from portal.accounts import actions, links, sign_in
from portal.accounts.models import OneTimeLink, Person, Purpose, Role
from portal.accounts.models.attempt import FREE_FAILURES
from portal.lib.errors import PortalError
from tests.factories import make_person

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act answered or raised, all begun at the same moment."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return act()
        except PortalError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_no_more_than_the_free_attempts_reach_the_password(monkeypatch):
    checked, lock = [], Lock()

    def check(request: Any, *, username: str, password: str) -> None:
        with lock:
            checked.append(password)

    monkeypatch.setattr(sign_in, "authenticate", check)

    def attempt() -> Person:
        return sign_in.by_password(
            RequestFactory().post("/sign-in/"),
            email="ada@example.com",
            password="guess",
            address="10.0.0.9",
            now=timezone.now(),
        )

    at_once(*[attempt] * 12)

    assert len(checked) <= FREE_FAILURES


def test_two_admins_who_demote_each_other_leave_one():
    one, two = make_person(Role.ADMIN), make_person(Role.ADMIN)

    at_once(
        lambda: actions.change_role(by=one, person=two, role="lead"),
        lambda: actions.change_role(by=two, person=one, role="lead"),
    )

    assert Person.objects.real_admins().count() == 1


def test_a_link_is_spent_by_one_of_many():
    now = timezone.now()
    link = links.find(Purpose.FIRST_ADMIN, links.make(Purpose.FIRST_ADMIN, now=now), now=now)

    spent = at_once(*[lambda: OneTimeLink.objects.use(link.pk, now)] * 6)

    assert spent.count(True) == 1
