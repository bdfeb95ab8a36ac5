"""Entities as their files say them, kept whole, and the relations between them."""

from django.db import models

from portal.catalog.models.fields import OrderedJSONField


class SourceKind(models.TextChoices):
    FILE = "file", "File"
    FOLDER = "folder", "Folder"
    CHECKOUT = "checkout", "Git checkout"
    GITHUB = "github", "GitHub"
    ADDRESS = "address", "Address"
    PAGE = "page", "Pasted text"


class CatalogSource(models.Model):
    """Where documents come from: a folder, a file, a checkout, an organisation, the page."""

    key = models.CharField(max_length=500, unique=True)
    kind = models.CharField(max_length=20, choices=SourceKind)
    title = models.CharField(max_length=500)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    failure_reason = models.TextField(blank=True, default="")
    is_sample = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.title


class Document(models.Model):
    """One entity exactly as its file says it; unknown keys and unknown kinds included."""

    kind = models.CharField(max_length=63)  # lower-cased; the body has it as written
    key = models.CharField(max_length=130)  # lower-cased, "namespace:name" outside default
    body = OrderedJSONField()
    digest = models.CharField(max_length=64)  # of the body and of what its references hold
    source = models.ForeignKey(CatalogSource, on_delete=models.PROTECT, related_name="documents")
    path = models.CharField(max_length=1000, blank=True, default="")
    line = models.PositiveIntegerField(default=1)
    is_sample = models.BooleanField(default=False)
    seen_at = models.DateTimeField()
    vanished_at = models.DateTimeField(null=True, blank=True)
    # Another place that claims the same name: {"source", "path", "line", "seen_at"}
    conflict = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "key"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="catalog_document_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class Relation(models.Model):
    """An edge as declared by a document; the target may not exist (then it dangles).

    `type` is the forward type of the field that declared it: ownedBy, partOf, providesApi,
    consumesApi, dependsOn, dependencyOf, subcomponentOf, childOf, parentOf, memberOf, hasMember.
    """

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="relations")
    type = models.CharField(max_length=40)
    from_kind = models.CharField(max_length=63)  # lower-cased
    from_key = models.CharField(max_length=130)
    to_kind = models.CharField(max_length=63)
    to_key = models.CharField(max_length=130)
    is_sample = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["from_key", "from_kind"], name="catalog_relation_from"),
            models.Index(fields=["to_key", "to_kind"], name="catalog_relation_to"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "type", "to_kind", "to_key"],
                name="catalog_relation_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_kind}:{self.from_key} {self.type} {self.to_kind}:{self.to_key}"
