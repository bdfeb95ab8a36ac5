from django.db import models


class Lease(models.Model):
    """The right to do something alone until `expires_at`; only its holder releases it."""

    name = models.CharField(max_length=200, unique=True)
    holder = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} held by {self.holder}"
