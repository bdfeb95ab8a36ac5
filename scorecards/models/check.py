from django.db import models

from portal.accounts.models import Team
from portal.lib.addresses import address_of


class ScorecardQuerySet(models.QuerySet["Scorecard"]):
    def active(self) -> "ScorecardQuerySet":
        return self.filter(retired_at=None)


class Scorecard(models.Model):
    """A set of checks with levels. `levels` is ordered from the lowest: [{"key", "title"}]."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    levels = models.JSONField()
    filter = models.TextField(blank=True, default="")  # CEL over service.*; empty means all
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="scorecards"
    )  # None: company-wide
    pack = models.CharField(max_length=80, blank=True, default="")  # the YAML file it ships in
    pack_digest = models.CharField(max_length=64, blank=True, default="")
    order = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        ordering = ["order", "title"]

    def __str__(self) -> str:
        return self.title

    @property
    def url(self) -> str:
        """The address of its page."""
        return address_of("scorecards:scorecard", self.slug)

    def level_title(self, rank: int) -> str:
        """The title of the level of a rank; "None" for 0."""
        return self.levels[rank - 1]["title"] if 0 < rank <= len(self.levels) else "None"

    def rank_of(self, level: str) -> int:
        """The rank of a level by its key, from 1; 0 for one that does not exist."""
        keys = [item["key"] for item in self.levels]
        return keys.index(level) + 1 if level in keys else 0


class CheckQuerySet(models.QuerySet["Check"]):
    def active(self) -> "CheckQuerySet":
        """Those that count now, with the version in force."""
        found = self.filter(retired_at=None, scorecard__retired_at=None, current__isnull=False)
        return found.select_related("current")


class Check(models.Model):
    """A rule under a stable name; what it says is in its versions."""

    slug = models.SlugField(max_length=80, unique=True)
    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="checks")
    current = models.ForeignKey(
        "CheckVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    objects = CheckQuerySet.as_manager()

    class Meta:
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def url(self) -> str:
        """The address of its page."""
        return address_of("scorecards:check", self.slug)


class CheckVersion(models.Model):
    """One edition of a check. Never changed once made."""

    check_row = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    expression = models.TextField()
    filter = models.TextField(blank=True, default="")
    weight = models.PositiveSmallIntegerField()
    level = models.CharField(max_length=40)
    why = models.TextField()
    fix = models.TextField()
    fix_link = models.CharField(max_length=500, blank=True, default="")
    fix_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    effective_from = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["check_row", "number"], name="scorecards_version_number"
            ),
            models.CheckConstraint(
                condition=models.Q(weight__gte=1), name="scorecards_version_weight"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"
