import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from portal.accounts.models.person import Person

PREFIX = "cc_"
SHOWN = len(PREFIX) + 6
LONGEST = timedelta(days=365)
USE_STEP = timedelta(minutes=1)


class Scope(models.TextChoices):
    """What a token may be used for; the role of its person still decides on top of that."""

    READ = "read", "Read everything"
    REFRESH = "refresh", "Refresh services now"
    WRITE = "write", "Change things"


def new_secret() -> str:
    """A token's secret: 256 random bits under a prefix that secret scanners can find."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a secret. Random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class TokenQuerySet(models.QuerySet["Token"]):
    def usable(self, now: datetime) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=now, person__is_active=True)

    def find(self, secret: str, *, now: datetime) -> "Token | None":
        """The usable token of a secret, with its person; one query by the unique digest."""
        if not secret.startswith(PREFIX):
            return None
        return self.usable(now).select_related("person").filter(digest=digest(secret)).first()


class Token(models.Model):
    """A personal API token: only its SHA-256 is kept, it expires, and it has scopes."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="accounts_token_lives"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.person}"

    def has_scope(self, scope: str) -> bool:
        return scope in self.scopes

    def is_usable(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now

    def note_use(self, now: datetime) -> None:
        """Remember the moment, at most once a minute, so that reading stays reading."""
        if self.last_used_at is not None and now - self.last_used_at < USE_STEP:
            return
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_STEP)
        Token.objects.filter(stale, pk=self.pk).update(last_used_at=now)
        self.last_used_at = now
