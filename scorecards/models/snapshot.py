from django.db import models

from portal.catalog.models import Service


class Snapshot(models.Model):
    """What one source says about one service: its facts, and how asking went.

    `facts` maps a fact's name to {"value", "evidence", "url", "measured_at"} or, where this one
    fact could not be measured, to {"error", "measured_at"}. A failing source leaves `facts` as
    they were: their age tells.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="snapshots")
    source = models.CharField(max_length=30)  # github, prometheus, checkout, probe
    facts = models.JSONField(default=dict)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)  # None: the last try went well
    failure_reason = models.CharField(max_length=500, blank=True, default="")
    state = models.JSONField(default=dict)  # what the source wants to remember: node id, pushedAt
    # The refresh that is asking right now; it ends by itself at `leased_until`
    leased_by = models.CharField(max_length=64, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "source"], name="scorecards_snapshot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source} on {self.service_id}"


class SourceState(models.Model):
    """How asking one source went lately, over all services: one row a source."""

    source = models.CharField(max_length=30, unique=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    failure_reason = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return self.source
