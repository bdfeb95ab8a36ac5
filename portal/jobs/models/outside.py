"""What all processes share about outside services: breakers, bulkheads, quotas, ETags."""

from django.db import models
from django.db.models import Q


class Circuit(models.TextChoices):
    CLOSED = "closed", "Closed"
    OPEN = "open", "Open"
    HALF_OPEN = "half_open", "Half-open"


class Breaker(models.Model):
    """A circuit breaker by service name; `portal.lib.resilience` decides, this row remembers."""

    name = models.CharField(max_length=100, unique=True)
    state = models.CharField(max_length=10, choices=Circuit, default=Circuit.CLOSED)
    failures = models.PositiveIntegerField(default=0)  # in a row
    opened_at = models.DateTimeField(null=True, blank=True)
    watched_at = models.DateTimeField(null=True, blank=True)
    trial_until = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=Circuit.values), name="jobs_breaker_known_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class BulkheadSlot(models.Model):
    """A numbered place of a service: made once, then taken and given back by updates.

    A place whose holder died is free again at `expires_at`; a free one has no holder.
    """

    name = models.CharField(max_length=100)
    is_waiting = models.BooleanField()  # a place in the queue, or one of a running call
    number = models.PositiveSmallIntegerField()
    holder = models.CharField(max_length=64, blank=True, default="")
    since = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "is_waiting", "number"]
        constraints = [
            models.UniqueConstraint(fields=["name", "is_waiting", "number"], name="jobs_slot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {'queue' if self.is_waiting else 'slot'} {self.number}"


class Quota(models.Model):
    """What an outside service lets us spend: one row per service and resource."""

    name = models.CharField(max_length=100)  # "github"
    resource = models.CharField(max_length=60)  # "graphql", "core"
    limit = models.PositiveIntegerField()
    remaining = models.PositiveIntegerField()
    resets_at = models.DateTimeField()
    paused_until = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=300, blank=True, default="")
    cost_by_job = models.JSONField(default=dict)  # {"<job id>": points} of the running window
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "resource"]
        constraints = [
            models.UniqueConstraint(fields=["name", "resource"], name="jobs_quota_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.resource}: {self.remaining} of {self.limit}"


class CachedAnswer(models.Model):
    """The last answer of a conditional request, with its ETag."""

    key = models.CharField(max_length=500, unique=True)
    etag = models.CharField(max_length=300)
    body = models.JSONField()
    next_url = models.CharField(max_length=1000, blank=True, default="")
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
