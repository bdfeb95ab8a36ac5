from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import ExpressionWrapper, F, Q

from portal.jobs.words import length_words, summary_words


class JobState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class JobQuerySet(models.QuerySet["Job"]):
    def active(self) -> Self:
        """Those that wait or run."""
        return self.filter(state__in=[JobState.QUEUED, JobState.RUNNING])

    def with_duration(self) -> Self:
        """Adds `duration`, how long a finished job took, to sort by."""
        return self.annotate(
            duration=ExpressionWrapper(
                F("finished_at") - F("started_at"), output_field=models.DurationField()
            )
        )


class Job(models.Model):
    """A piece of work. The row is the truth; a broker message is only a hint to look at it."""

    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=300)
    subject_kind = models.CharField(max_length=40, blank=True, default="")
    subject_key = models.CharField(max_length=300, blank=True, default="")
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    dedupe_key = models.CharField(max_length=300, blank=True, default="")
    requested_by_id = models.CharField(max_length=64, blank=True, default="")
    requested_by_name = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    holder = models.CharField(max_length=64, blank=True, default="")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    current = models.CharField(max_length=300, blank=True, default="")
    # {"done": n, "unchanged": n, "skipped": n, "failed": [{"item", "reason"}], "notes": [str]}
    summary = models.JSONField(default=dict)
    reason = models.TextField(blank=True, default="")

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "not_before"], name="jobs_job_state_due"),
            models.Index(fields=["kind", "-id"], name="jobs_job_kind"),
            models.Index(fields=["subject_kind", "subject_key", "-id"], name="jobs_job_subject"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"],
                condition=Q(state__in=["queued", "running"]) & ~Q(dedupe_key=""),
                name="jobs_job_one_active",
            ),
            models.CheckConstraint(
                condition=Q(state__in=JobState.values), name="jobs_job_known_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_over(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED)

    @property
    def took(self) -> timedelta | None:
        """How long the last attempt took, or None while it is not over."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at

    @property
    def percent(self) -> int | None:
        """How far it is, or None while nobody knows."""
        return min(100, self.done * 100 // self.total) if self.total else None

    @property
    def failures(self) -> list[dict[str, str]]:
        """What failed and why, of a job that ended: `{"item", "reason"}`."""
        failed: list[dict[str, str]] = self.summary.get("failed", [])
        return failed

    @property
    def notes(self) -> list[str]:
        found: list[str] = self.summary.get("notes", [])
        return found

    @property
    def took_words(self) -> str:
        return "" if self.took is None else length_words(self.took)

    @property
    def ending(self) -> str:
        """How it ended, in one sentence."""
        if self.state == JobState.FAILED:
            return self.reason
        return summary_words(self.summary)
