"""Imports of a radar asked for on the page: first checked, then taken over."""

from django.db import models

from portal.jobs.models import Job


class RadarImport(models.Model):
    """One import by a person. The radar is named by its slug: it may not be there yet.

    `counts` is `{kind: {"created": n, …}}`; `rows` and `problems` are what the page lists, cut at
    a length a page can show.
    """

    radar_slug = models.SlugField(max_length=80)
    format = models.CharField(max_length=40, blank=True, default="")  # empty: guessed
    source = models.CharField(max_length=500, blank=True, default="")  # an address, or empty
    file_name = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True, default="")
    edition_title = models.CharField(max_length=120, blank=True, default="")
    edition_date = models.DateField(null=True, blank=True)
    requested_by_id = models.CharField(max_length=64)
    requested_by_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    rows = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    failure = models.TextField(blank=True, default="")
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="radar_imports"
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"radar import {self.pk}"
