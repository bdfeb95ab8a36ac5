"""Real use: by which signs a technology is recognised, and which services use it."""

from django.db import models

from portal.catalog.models import Service
from radar.models.technology import Technology


class PatternKind(models.TextChoices):
    LANGUAGE = "language", "Language"
    PACKAGE = "package", "Package"
    IMAGE = "image", "Container image"
    TERRAFORM = "terraform", "Terraform provider"
    HELM = "helm", "Helm chart"
    TAG = "tag", "Catalogue tag"


class PatternQuerySet(models.QuerySet["Pattern"]):
    def in_force(self) -> "PatternQuerySet":
        return self.filter(removed_at=None)


class Pattern(models.Model):
    """A row of the matching table: services that have such a component use the technology.

    `name` is a glob over the component's name (`react`, `@angular/*`, `hashicorp/aws`); `ecosystem`
    narrows packages (`pypi`, `npm`, `maven`, `golang`, `nuget`, `gem`, `composer`, `cargo`: the
    types of package URLs); `version` is a range such as `>=18` or `<7`, empty for any. A built-in
    row that somebody took out stays with `removed_at`, so that the next start leaves it out too.
    """

    technology = models.ForeignKey(Technology, on_delete=models.CASCADE, related_name="patterns")
    kind = models.CharField(max_length=10, choices=PatternKind.choices)
    ecosystem = models.CharField(max_length=20, blank=True, default="")
    name = models.CharField(max_length=200)
    version = models.CharField(max_length=100, blank=True, default="")
    is_builtin = models.BooleanField(default=False)
    added_by = models.CharField(max_length=200, blank=True, default="")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    objects = PatternQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "ecosystem", "name", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["technology", "kind", "ecosystem", "name", "version"],
                name="radar_pattern_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class UseQuerySet(models.QuerySet["Use"]):
    def current(self) -> "UseQuerySet":
        """Uses that are there now, by services that are."""
        return self.filter(gone_at=None, service__vanished_at=None)


class Use(models.Model):
    """A service uses a technology. `began_at` None: it did already when the service was first
    looked at, so nobody knows since when."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="uses")
    technology = models.ForeignKey(Technology, on_delete=models.CASCADE, related_name="uses")
    # [{"kind", "ecosystem", "name", "version", "where", "url"}]
    evidence = models.JSONField(default=list)
    began_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    objects = UseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "technology"], name="radar_use_once"),
        ]
        indexes = [models.Index(fields=["technology", "gone_at"], name="radar_use_technology")]

    def __str__(self) -> str:
        return f"{self.service_id} uses {self.technology_id}"
