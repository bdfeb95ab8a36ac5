"""Append-only events: who did what to what, before and after.

Rows keep the actor as id and name without a foreign key, so that they outlive people. UPDATE and
DELETE are refused by triggers (migration `0002_triggers`), except for deleting sample rows.
"""

from django.db import models


class Event(models.Model):
    at = models.DateTimeField()
    actor_id = models.CharField(max_length=64, blank=True, default="")
    actor_name = models.CharField(max_length=200)
    verb = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=300)
    subject_title = models.CharField(max_length=300)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=64, blank=True, default="")
    is_sample = models.BooleanField(default=False)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_key", "-id"], name="audit_event_subject"),
            models.Index(fields=["actor_id", "-id"], name="audit_event_actor"),
            models.Index(fields=["verb", "-id"], name="audit_event_verb"),
            models.Index(fields=["at"], name="audit_event_at"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["is_sample", "previous_hash"], name="audit_event_one_successor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.subject_kind}:{self.subject_key}"
