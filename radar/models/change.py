"""Ring changes, and the proposals they come from. People are kept by id and name, so that what
was said stays when an account goes."""

from django.db import models

from radar.models.edition import Edition
from radar.models.radar import Radar, Ring, Sector
from radar.models.technology import Technology


class RingChange(models.Model):
    """A technology came onto a radar, changed its ring, or left (`to_ring` None) at a moment.

    `because_kind` and `because_key` name the evaluation or decision behind it, as a link target.
    `edition` is the draft it went into; None where a file tells of it (`origin` import).
    """

    radar = models.ForeignKey(Radar, on_delete=models.CASCADE, related_name="changes")
    technology = models.ForeignKey(Technology, on_delete=models.PROTECT, related_name="changes")
    edition = models.ForeignKey(
        Edition, null=True, blank=True, on_delete=models.SET_NULL, related_name="changes"
    )
    at = models.DateTimeField()
    from_ring = models.ForeignKey(
        Ring, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    to_ring = models.ForeignKey(
        Ring, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sector = models.ForeignKey(Sector, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, default="")  # Markdown
    because_kind = models.CharField(max_length=40, blank=True, default="")
    because_key = models.CharField(max_length=300, blank=True, default="")
    by_id = models.CharField(max_length=64, blank=True, default="")  # empty: the portal, a file
    by_name = models.CharField(max_length=200, blank=True, default="")
    origin = models.CharField(
        max_length=10, choices=Edition.Origin.choices, default=Edition.Origin.PORTAL
    )
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["radar", "technology", "at"], name="radar_change_once"),
        ]
        indexes = [models.Index(fields=["technology", "at"], name="radar_change_technology")]

    def __str__(self) -> str:
        return f"change {self.pk}"


class Proposal(models.Model):
    """A wish to put a technology somewhere: known by its number.

    `technology` None: one that is not known yet, `name` says how it is called. `ring` None: it
    shall leave the radar.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    radar = models.ForeignKey(Radar, on_delete=models.CASCADE, related_name="proposals")
    technology = models.ForeignKey(
        Technology, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals"
    )
    name = models.CharField(max_length=200)
    sector = models.ForeignKey(Sector, on_delete=models.PROTECT, related_name="+")
    ring = models.ForeignKey(
        Ring, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField()  # Markdown
    because_kind = models.CharField(max_length=40, blank=True, default="")
    because_key = models.CharField(max_length=300, blank=True, default="")
    by_id = models.CharField(max_length=64)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by_id = models.CharField(max_length=64, blank=True, default="")
    decided_by_name = models.CharField(max_length=200, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True, default="")
    change = models.OneToOneField(
        RingChange, null=True, blank=True, on_delete=models.SET_NULL, related_name="proposal"
    )
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "radar"], name="radar_proposal_state")]

    def __str__(self) -> str:
        return f"proposal {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Comment(models.Model):
    """Something said about a proposal."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="comments")
    at = models.DateTimeField()
    by_id = models.CharField(max_length=64)
    by_name = models.CharField(max_length=200)
    text = models.TextField()  # Markdown
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"comment {self.pk}"
