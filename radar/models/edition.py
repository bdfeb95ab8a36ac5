"""Editions: what a radar said on a day."""

from datetime import date

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from radar.models.radar import Radar, Ring, Sector
from radar.models.technology import Technology

_IS_DRAFT = models.Case(
    models.When(state="draft", then=Value(1)),
    default=Value(0),
    output_field=models.IntegerField(),
)


class EditionQuerySet(models.QuerySet["Edition"]):
    def published(self) -> "EditionQuerySet":
        """Published editions, oldest first."""
        return self.filter(state=Edition.State.PUBLISHED).order_by("date", "pk")

    def drafts_last(self) -> "EditionQuerySet":
        """The newest published edition first, the draft after all of them."""
        return self.order_by(_IS_DRAFT, "-date", "-pk")

    def drafts_first(self) -> "EditionQuerySet":
        """The draft first, then published editions from the newest on."""
        return self.order_by(_IS_DRAFT.desc(), "-date", "-pk")

    def newest(self) -> "EditionQuerySet":
        """The newest published edition of each radar."""
        published = Edition.objects.filter(radar=OuterRef("radar")).published().reverse()
        return self.filter(pk=Subquery(published.values("pk")[:1]))

    def with_before(self) -> "EditionQuerySet":
        """With `before_id`: the published edition that each one is compared with."""
        day = Coalesce(OuterRef("date"), Value(date.max))  # a draft follows them all
        earlier = Edition.objects.filter(
            Q(date__lt=day) | Q(date=day, pk__lt=OuterRef("pk")),
            radar=OuterRef("radar"),
            state=Edition.State.PUBLISHED,
        )
        newest = earlier.order_by("-date", "-pk").values("pk")[:1]
        return self.annotate(before_id=Subquery(newest))


class Edition(models.Model):
    """A snapshot of a radar: one draft at most, and everything that was published.

    An edition published here is frozen: the database refuses to change its placements. One that
    was imported is a record of what somebody else published, and another import may correct it.
    `geometry` is what `radar.geometry` laid out; an edition takes it over from the one before it,
    so that blips stay where they are, until a segment overflows: then it is laid out anew, and
    `is_repacked` says so.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    class Origin(models.TextChoices):
        PORTAL = "portal", "Published here"
        IMPORT = "import", "Imported"

    radar = models.ForeignKey(Radar, on_delete=models.CASCADE, related_name="editions")
    key = models.SlugField(max_length=80)  # "2026-q4", "2023-09-27", "draft"
    title = models.CharField(max_length=120)
    date = models.DateField(null=True, blank=True)  # the day it counts from; None: draft
    state = models.CharField(max_length=10, choices=State.choices)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.PORTAL)
    source = models.CharField(max_length=500, blank=True, default="")  # the file, where imported
    note = models.TextField(blank=True, default="")  # Markdown: what the edition is about
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.CharField(max_length=200, blank=True, default="")
    updated_at = models.DateTimeField()
    geometry = models.JSONField(default=dict)
    is_repacked = models.BooleanField(default=False)
    is_sample = models.BooleanField(default=False)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["radar", models.F("date").desc(nulls_first=True), "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["radar", "key"], name="radar_edition_key_once"),
            models.UniqueConstraint(
                fields=["radar"], condition=models.Q(state="draft"), name="radar_one_draft"
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft", date=None, published_at=None)
                | models.Q(state="published", date__isnull=False, published_at__isnull=False),
                name="radar_edition_dated_when_published",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_frozen(self) -> bool:
        return not self.is_draft and self.origin == self.Origin.PORTAL


class Movement(models.TextChoices):
    """How a blip came to be where it is, against the edition before."""

    NEW = "new", "New"
    MOVED_IN = "moved_in", "Moved in"
    MOVED_OUT = "moved_out", "Moved out"
    UNCHANGED = "unchanged", "Unchanged"


class Placement(models.Model):
    """One technology in one edition. `movement` is what the edition's source says, else what
    comparing with the edition before says."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="placements")
    technology = models.ForeignKey(Technology, on_delete=models.PROTECT, related_name="placements")
    sector = models.ForeignKey(Sector, on_delete=models.PROTECT, related_name="placements")
    ring = models.ForeignKey(Ring, on_delete=models.PROTECT, related_name="placements")
    slot = models.PositiveSmallIntegerField(default=0)  # its place in the segment's lattice
    movement = models.CharField(max_length=10, choices=Movement.choices, default=Movement.UNCHANGED)
    remark = models.CharField(max_length=200, blank=True, default="")  # "legacy only"
    description = models.TextField(blank=True, default="")  # Markdown; why it is there
    related = models.JSONField(default=list)  # names of technologies
    is_featured = models.BooleanField(default=True)  # False: in the list, not in the picture
    extra = models.JSONField(default=dict)  # what one format carries and no other: kept for export
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "technology"], name="radar_placement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.technology_id} in {self.edition_id}"
