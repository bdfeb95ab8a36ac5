from django.db import models


class ScheduleRun(models.Model):
    """When a schedule last came due: the row that keeps two beats from doing it twice."""

    key = models.CharField(max_length=100, unique=True)
    ran_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} at {self.ran_at}"
