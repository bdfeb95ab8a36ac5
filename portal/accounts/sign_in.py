"""Signing in and out: by password with a brake, by one click as a sample person, by a link."""

from datetime import datetime
from math import ceil

from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from portal.accounts.actions import person_subject
from portal.accounts.models import Attempt, Person
from portal.accounts.models.attempt import (
    FREE_FAILURES,
    FREE_OF_ADDRESS,
    WINDOW,
    attempt_key,
)
from portal.audit.actions import System, record
from portal.lib.errors import Conflict, Invalid

BACKEND = "portal.accounts.backends.PersonBackend"
NO_MATCH = "This e-mail address and password do not belong to an account that may sign in."
_NOBODY = ("person", "", "an unknown account")


def by_password(
    request: HttpRequest, *, email: str, password: str, address: str, now: datetime
) -> Person:
    """Sign somebody in, or raise `Invalid` without telling what was wrong.

    Five failures of an account from an address within 15 minutes close that pair until the
    oldest is 15 minutes old (`Conflict`), whether the account exists or not; a hundred of any
    accounts close the address. The attempt is written down before the password is checked, so
    attempts at once do not get past the count.
    """
    email = email.strip().lower()
    attempts = _begin(email, address, now)
    person = authenticate(request, username=email, password=password)
    if not isinstance(person, Person):
        _note_failure(email, address)
        raise Invalid(NO_MATCH)
    own = Q(key=attempt_key(email, address)) | Q(pk__in=[attempt.pk for attempt in attempts])
    Attempt.objects.filter(own).delete()
    return enter(request, person, way="password")


def _begin(email: str, address: str, now: datetime) -> list[Attempt]:
    """Write an attempt down for its account and for its address; raises `Conflict`."""
    limits = (
        (attempt_key(email, address), FREE_FAILURES, "for this account from your address"),
        (attempt_key("", address), FREE_OF_ADDRESS, "from your address"),
    )
    attempts = [Attempt.objects.create(key=key, at=now) for key, _, _ in limits]
    for key, free, whose in limits:
        begun = Attempt.objects.counting(key, now).order_by("at")
        moments = list(begun.values_list("at", flat=True)[: free + 1])
        if len(moments) > free:
            Attempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).delete()
            raise _too_many(whose, moments[0], now)
    return attempts


def _too_many(whose: str, oldest: datetime, now: datetime) -> Conflict:
    minutes = max(1, ceil((oldest + WINDOW - now).total_seconds() / 60))
    wait = "1 minute" if minutes == 1 else f"{minutes} minutes"
    return Conflict(
        f"Too many attempts {whose}. Try again in {wait}.",
        context={"retry_after_minutes": minutes},
    )


@transaction.atomic
def _note_failure(email: str, address: str) -> None:
    """Audit a failure. What was typed is not kept: people type passwords into wrong fields."""
    person = Person.objects.filter(email=email).first()
    record(
        "person.sign_in_failed",
        by=System("Sign-in"),
        subject=person_subject(person) if person else _NOBODY,
        after={"address": address},
    )


@transaction.atomic
def enter(request: HttpRequest, person: Person, *, way: str) -> Person:
    """Begin a session under a new key, with its audit event."""
    login(request, person, backend=BACKEND)
    record("person.signed_in", by=person, subject=person_subject(person), after={"way": way})
    return person


@transaction.atomic
def leave(request: HttpRequest) -> None:
    """End the session."""
    person = request.user
    if isinstance(person, Person):
        record("person.signed_out", by=person, subject=person_subject(person))
    logout(request)
