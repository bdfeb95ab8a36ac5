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


class Cause(models.TextChoices):
    """Why a result or a standing moved, in the words of the pages."""

    SERVICE = "service", "The service changed."
    RULE = "rule", "The rule changed."
    UNMEASURED = "unmeasured", "Not measurable."
    MEASURED = "measured", "Measured again."


class Result(models.Model):
    """What a check says about a service now, with the facts and the version that made it."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="results")
    check_row = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="results")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=14, choices=ResultState)
    reason = models.CharField(max_length=500, blank=True, default="")
    # {name: {"value", "evidence", "url", "source", "measured_at"}}; a fact that could not be used
    # has "error", and keeps its last value where there is one
    facts = models.JSONField(default=dict)
    changed_at = models.DateTimeField()
    evaluated_at = models.DateTimeField()
    # What `scorecards.verdicts.fingerprint` makes of state, reason, version and facts: equal
    # fingerprints mean that there is nothing to write
    fingerprint = models.BigIntegerField(default=0)
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


class ResultEventQuerySet(models.QuerySet["ResultEvent"]):
    def in_order(self) -> "ResultEventQuerySet":
        return self.order_by("at", "pk")

    def last_number(self) -> int:
        """A number that grows whenever any result changes state, reason or version."""
        return self.order_by("-pk").values_list("pk", flat=True).first() or 0


class ResultEvent(models.Model):
    """Written when a result's state, reason or version changes; the history of everything.

    `previous_state` and `previous_version` are those of the result before ("" and 0 for the
    first), so that a list of changes explains itself without reading earlier events; `weight`
    and `rank` (of the level, from 1) are what the version said, so that a past score needs
    nothing but events.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="result_events")
    check_row = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="events")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=14, choices=ResultState)
    reason = models.CharField(max_length=500, blank=True, default="")
    facts = models.JSONField(default=dict)
    previous_state = models.CharField(max_length=14, blank=True, default="")
    previous_version = models.PositiveIntegerField(default=0)
    weight = models.PositiveSmallIntegerField()
    rank = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    is_sample = models.BooleanField(default=False)

    objects = ResultEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["service", "at"], name="scorecards_event_service"),
            models.Index(fields=["at"], name="scorecards_event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.check_row_id} {self.state} at {self.at:%Y-%m-%d}"

    @property
    def cause(self) -> Cause:
        """What made the result change: the rule (a new check counts as one), the service, or
        whether it could be measured."""
        if self.version != self.previous_version:
            return Cause.RULE
        if self.state == ResultState.UNKNOWN:
            return Cause.UNMEASURED
        if self.previous_state == ResultState.UNKNOWN:
            return Cause.MEASURED
        return Cause.SERVICE


class Standing(models.Model):
    """A service's score and level on one scorecard, a read model of its results.

    The `previous_level` and what stands beside it describe the last change of level.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="standings")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="standings")
    score = models.FloatField(null=True, blank=True)  # 0 to 100; None while nothing is known
    low = models.FloatField(null=True, blank=True)  # if every unknown failed
    high = models.FloatField(null=True, blank=True)  # if every unknown passed
    level = models.CharField(max_length=40, blank=True, default="")  # "" is no level
    level_rank = models.PositiveSmallIntegerField(default=0)  # 0 none, 1 lowest …
    held_since = models.DateTimeField(null=True, blank=True)  # level held, not measurable since
    level_waivers = models.PositiveSmallIntegerField(default=0)  # waived checks the level rests on
    previous_level = models.CharField(max_length=40, blank=True, default="")
    previous_rank = models.PositiveSmallIntegerField(default=0)
    level_changed_at = models.DateTimeField(null=True, blank=True)  # None: never since the first
    level_cause = models.CharField(max_length=10, blank=True, default="", choices=Cause)
    passed = models.PositiveSmallIntegerField(default=0)
    failed = models.PositiveSmallIntegerField(default=0)
    unknown = models.PositiveSmallIntegerField(default=0)
    waived = models.PositiveSmallIntegerField(default=0)
    passed_weight = models.PositiveIntegerField(default=0)
    known_weight = models.PositiveIntegerField(default=0)
    total_weight = models.PositiveIntegerField(default=0)  # applicable and unwaived
    level_reason = models.CharField(max_length=300, blank=True, default="")  # what moved it
    evaluated_at = models.DateTimeField()  # when this row was last written
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "scorecard"], name="scorecards_standing_once"
            ),
        ]
        indexes = [
            models.Index(fields=["scorecard", "score"], name="scorecards_standing_score"),
            models.Index(
                fields=["level_changed_at"],
                name="scorecards_standing_moved",
                condition=Q(level_changed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.score}"

    @property
    def level_title(self) -> str:
        """Needs the scorecard selected with the row."""
        return self.scorecard.level_title(self.level_rank)

    @property
    def levels(self) -> int:
        return len(self.scorecard.levels)
