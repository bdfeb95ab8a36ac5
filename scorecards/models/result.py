from django.db import models
from django.db.models import Q

from portal.catalog.models import Service
from scorecards.models.check import Check, Scorecard


class ResultState(models.TextChoices):
    PASS = "pass", "Pass"
    FAIL = "fail", "Fail"
    UNKNOWN = "unknown", "Unknown"
    WAIVED = "waived", "Waived"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


class Result(models.Model):
    """What a check says about a service now, with the facts and the version that made it."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="results")
    check_row = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="results")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=14, choices=ResultState)
    reason = models.CharField(max_length=500, blank=True, default="")
    facts = models.JSONField(
        default=dict
    )  # {name: {"value", "evidence", "url", "source", "measured_at"}}
    changed_at = models.DateTimeField()
    evaluated_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "check_row"], name="scorecards_result_once"),
            models.CheckConstraint(
                condition=Q(state__in=ResultState.values), name="scorecards_result_state"
            ),
        ]
        indexes = [
            models.Index(fields=["check_row", "state"], name="scorecards_result_by_check"),
        ]

    def __str__(self) -> str:
        return f"{self.check_row_id} {self.state}"


class ResultEvent(models.Model):
    """Written when a result's state, reason or version changes; the history of everything."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="result_events")
    check_row = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="events")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=14, choices=ResultState)
    reason = models.CharField(max_length=500, blank=True, default="")
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["service", "at"], name="scorecards_event_service"),
            models.Index(fields=["at"], name="scorecards_event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.check_row_id} {self.state} at {self.at:%Y-%m-%d}"


class Standing(models.Model):
    """A service's score and level on one scorecard, a read model of its results."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="standings")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="standings")
    score = models.FloatField(null=True)  # 0 to 100; None while nothing is known
    low = models.FloatField(null=True)  # if every unknown failed
    high = models.FloatField(null=True)  # if every unknown passed
    level = models.CharField(max_length=40, blank=True, default="")  # "" is no level
    level_rank = models.PositiveSmallIntegerField(default=0)  # 0 none, 1 lowest …
    held_since = models.DateTimeField(null=True)  # level held, not measurable since
    passed = models.PositiveSmallIntegerField(default=0)
    failed = models.PositiveSmallIntegerField(default=0)
    unknown = models.PositiveSmallIntegerField(default=0)
    waived = models.PositiveSmallIntegerField(default=0)
    passed_weight = models.PositiveIntegerField(default=0)
    known_weight = models.PositiveIntegerField(default=0)
    total_weight = models.PositiveIntegerField(default=0)  # applicable and unwaived
    evaluated_at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "scorecard"], name="scorecards_standing_once"
            ),
        ]
        indexes = [
            models.Index(fields=["scorecard", "score"], name="scorecards_standing_score"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.score}"
