import hashlib
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from portal.accounts.models.person import Person


class Purpose(models.TextChoices):
    FIRST_ADMIN = "first_admin", "Create the first admin"
    PASSWORD = "password", "Choose a password"


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class OneTimeLinkQuerySet(models.QuerySet["OneTimeLink"]):
    def usable(self, now: datetime) -> Self:
        return self.filter(used_at=None, expires_at__gt=now)

    def use(self, pk: int, now: datetime) -> bool:
        """Spend a link; exactly one of any number of callers gets True."""
        return self.usable(now).filter(pk=pk).update(used_at=now) == 1


class OneTimeLink(models.Model):
    """A link that works once: it creates the first admin, or lets a person choose a password.

    Only the SHA-256 of its secret is kept.
    """

    purpose = models.CharField(max_length=16, choices=Purpose)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="links"
    )
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = OneTimeLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose="first_admin", person=None)
                | Q(purpose="password", person__isnull=False),
                name="accounts_link_person_by_purpose",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} until {self.expires_at:%Y-%m-%d %H:%M} UTC"
