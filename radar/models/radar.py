"""A radar with its own sectors and rings."""

from django.db import models

RESERVED_SLUGS = frozenset({"technologies", "new"})  # pages of their own below /radar/
FEWEST_SECTORS, MOST_SECTORS = 3, 8
FEWEST_RINGS, MOST_RINGS = 2, 6


class Radar(models.Model):
    """A radar: 3 to 8 sectors, 2 to 6 rings, and its editions."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")  # Markdown
    review_months = models.PositiveSmallIntegerField(default=3)  # between two reviews of a blip
    order = models.PositiveSmallIntegerField(default=0)  # the first is the company's own
    created_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["order", "title"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(slug__in=sorted(RESERVED_SLUGS)), name="radar_slug_not_reserved"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Sector(models.Model):
    """A slice of a radar, numbered clockwise from the top left."""

    radar = models.ForeignKey(Radar, on_delete=models.CASCADE, related_name="sectors")
    key = models.SlugField(max_length=80)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["radar", "order"]
        constraints = [
            models.UniqueConstraint(fields=["radar", "key"], name="radar_sector_key_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Meaning(models.TextChoices):
    """What a ring means, whatever a radar calls it: its colour, its shape, and what hold asks."""

    ADOPT = "adopt", "Adopt"
    TRIAL = "trial", "Trial"
    ASSESS = "assess", "Assess"
    HOLD = "hold", "Hold"


class Ring(models.Model):
    """A ring of a radar, numbered from the centre; `aliases` are other names of it in files."""

    radar = models.ForeignKey(Radar, on_delete=models.CASCADE, related_name="rings")
    key = models.SlugField(max_length=80)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    order = models.PositiveSmallIntegerField()
    meaning = models.CharField(max_length=10, choices=Meaning.choices)
    aliases = models.JSONField(default=list)

    class Meta:
        ordering = ["radar", "order"]
        constraints = [
            models.UniqueConstraint(fields=["radar", "key"], name="radar_ring_key_once"),
        ]

    def __str__(self) -> str:
        return self.title
