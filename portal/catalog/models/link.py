from django.db import models


class Link(models.Model):
    """A link between things of any two kinds; a target that is gone is shown as dangling."""

    from_kind = models.CharField(max_length=40)
    from_key = models.CharField(max_length=300)
    to_kind = models.CharField(max_length=40)
    to_key = models.CharField(max_length=300)
    role = models.CharField(max_length=40)
    is_sample = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["from_kind", "from_key"], name="catalog_link_from"),
            models.Index(fields=["to_kind", "to_key"], name="catalog_link_to"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["from_kind", "from_key", "to_kind", "to_key", "role"],
                name="catalog_link_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_kind}:{self.from_key} {self.role} {self.to_kind}:{self.to_key}"
