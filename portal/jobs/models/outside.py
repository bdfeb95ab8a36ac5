"""What all processes share about outside services: breakers, bulkheads, quotas, ETags."""

from django.db import models


class Breaker(models.Model):
    """A circuit breaker by service name; `portal.lib.http` decides, this row remembers."""

    name = models.CharField(max_length=100, unique=True)
    state = models.CharField(max_length=10, default="closed")  # closed, open, half_open
    failures = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)
    watched_at = models.DateTimeField(null=True, blank=True)
    trial_until = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class BulkheadSlot(models.Model):
    """One call in flight or waiting; rows left by a dead process expire."""

    name = models.CharField(max_length=100)
    holder = models.CharField(max_length=64, unique=True)
    is_waiting = models.BooleanField()
    since = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["name", "is_waiting"], name="jobs_slot_name")]

    def __str__(self) -> str:
        return f"{self.name} {self.holder}"


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
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
