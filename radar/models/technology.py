"""Technologies, and what a radar remembers of one between its editions."""

from typing import Any

from django.db import models

from portal.accounts.models import Team
from radar.models.radar import Radar


def name_key(name: str) -> str:
    """What two spellings of one name share: case and runs of blanks do not count."""
    return " ".join(name.split()).casefold()


class Technology(models.Model):
    """A language, tool, platform, product or technique, known by one name on all radars.

    `description` is what it is, in a sentence or two; what an edition says of it stands with its
    placement there. `used_by` is how many services use it now, kept by the detection.
    """

    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200, unique=True, editable=False)
    description = models.TextField(blank=True, default="")  # Markdown
    owner = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="technologies"
    )
    tags = models.JSONField(default=list)  # of lower-case words
    links = models.JSONField(default=list)  # [{"title", "url"}]
    used_by = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["name_key"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = name_key(self.name)
        super().save(*args, **kwargs)


class Entry(models.Model):
    """A technology on a radar, through all editions: when it was and will be reviewed."""

    radar = models.ForeignKey(Radar, on_delete=models.CASCADE, related_name="entries")
    technology = models.ForeignKey(Technology, on_delete=models.CASCADE, related_name="entries")
    reviewed_on = models.DateField(null=True, blank=True)
    reviewed_by = models.CharField(max_length=200, blank=True, default="")
    next_review_on = models.DateField(null=True, blank=True)  # None: it is on no current edition
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["radar", "technology"], name="radar_entry_once"),
        ]
        indexes = [models.Index(fields=["next_review_on"], name="radar_entry_review")]

    def __str__(self) -> str:
        return f"{self.technology_id} on {self.radar_id}"
