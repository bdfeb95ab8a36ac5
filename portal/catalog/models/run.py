"""Imports asked for on the page: what was read, what it would change, and what it did."""

from django.db import models

from portal.jobs.models import Job


class ImportRun(models.Model):
    """One import by a person: first checked (nothing is written), then taken over.

    `counts` is `{kind: {"created": n, …}}`; `rows` and `problems` are what the page lists, cut at
    a length a page can show.
    """

    source = models.CharField(max_length=500, blank=True, default="")  # empty: the text below
    text = models.TextField(blank=True, default="")
    requested_by_id = models.CharField(max_length=64)
    requested_by_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    rows = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    vanished = models.PositiveIntegerField(default=0)
    failure = models.TextField(blank=True, default="")
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="import_runs"
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"import {self.pk}"
