from django.db import models
from django.db.models import Q


class JobState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


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
    is_sample = models.BooleanField(default=False)

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
