"""Append-only events: who did what to what, before and after.

Rows keep the actor as id and name without a foreign key, so that they outlive people. UPDATE,
DELETE and TRUNCATE are refused by triggers (migration `0002_triggers`), except for deleting
sample rows.
"""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower


class EventQuerySet(models.QuerySet["Event"]):
    def of_actor(self, words: str) -> Self:
        """By the actor's name (any case), or by a person's id where digits are given."""
        if words.isdecimal():
            return self.filter(actor_id=words)
        return self.alias(actor=Lower("actor_name")).filter(actor=Lower(Value(words)))

    def older_than(self, at: datetime, pk: int) -> Self:
        """Events that come after this place on a page with the newest first."""
        return self.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk), at__lte=at)

    def newer_than(self, at: datetime, pk: int) -> Self:
        return self.filter(Q(at__gt=at) | Q(at=at, pk__gt=pk), at__gte=at)


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

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [  # each filter of the page, in the page's order
            models.Index(fields=["at", "id"], name="audit_event_at"),
            models.Index(fields=["verb", "at", "id"], name="audit_event_verb"),
            models.Index(fields=["actor_id", "at", "id"], name="audit_event_actor"),
            models.Index(Lower("actor_name"), "at", "id", name="audit_event_actor_name"),
            models.Index(fields=["subject_kind", "at", "id"], name="audit_event_kind"),
            models.Index(fields=["subject_key", "at", "id"], name="audit_event_subject"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["is_sample", "previous_hash"], name="audit_event_one_successor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.subject_kind}:{self.subject_key}"
