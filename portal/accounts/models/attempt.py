from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils.crypto import salted_hmac

WINDOW = timedelta(minutes=15)
FREE_FAILURES = 5  # of an account from an address
FREE_OF_ADDRESS = 100  # of all accounts from an address, where a whole company may sit behind one


def attempt_key(email: str, address: str) -> str:
    """What stands for an account and an address, so that nothing typed is kept readably.

    No account stands for all of them.
    """
    text = f"{email.strip().lower()}\n{address}"
    return salted_hmac("portal.accounts.attempt", text, algorithm="sha256").hexdigest()


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def counting(self, key: str, now: datetime) -> Self:
        """The attempts that count against a key."""
        return self.filter(key=key, at__gt=now - WINDOW)


class Attempt(models.Model):
    """A sign-in that was begun. Success removes the row, so what stays are failures.

    The row is written before the password is looked at: of any number of attempts at once, over
    any number of processes, no more than the free ones reach the password.
    """

    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects = AttemptQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["key", "at"], name="accounts_attempt_key"),
            models.Index(fields=["at"], name="accounts_attempt_at"),
        ]

    def __str__(self) -> str:
        return f"{self.key[:8]} at {self.at:%Y-%m-%d %H:%M:%S}"
