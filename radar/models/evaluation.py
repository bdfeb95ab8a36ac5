"""Evaluations of technologies: what is asked, who scores, and what they said.

People other than scorers are kept by id and name, so that what was said stays when an account
goes. A scorer's invitation goes with the account; the sheets that they handed in stay.
"""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from portal.accounts.models import Person
from radar.evaluation_rules import Scale
from radar.models.change import Proposal
from radar.models.radar import Radar, Ring
from radar.models.technology import Technology, name_key


class SchemeQuerySet(models.QuerySet["Scheme"]):
    def current(self) -> "SchemeQuerySet":
        """Those that a new evaluation may take: the newest version of each."""
        return self.filter(is_replaced=False)

    def built_in(self) -> "Scheme":
        """The portal's own, which nobody changes. Raises `DoesNotExist` before the first start."""
        return self.get(is_builtin=True)


class Scheme(models.Model):
    """By what is scored and what a total means; `scale` reads the JSON.

    A scheme that an evaluation was scored by never changes: changing it makes the next version,
    and the old one is replaced.
    """

    slug = models.SlugField(max_length=80)
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")  # Markdown
    criteria = models.JSONField()  # [{"key", "group", "title", "question", "anchors": [5]}]
    bands = models.JSONField()  # [{"from", "verdict", "title", "ring"}], the highest first
    knock_outs = models.JSONField(default=list)  # [{"criterion" ("" is any), "at_most"}]
    is_builtin = models.BooleanField(default=False)
    is_replaced = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200, blank=True, default="")

    objects = SchemeQuerySet.as_manager()

    class Meta:
        ordering = ["-is_builtin", "title", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="radar_scheme_version_once"),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(is_replaced=False), name="radar_scheme_current_once"
            ),
            models.UniqueConstraint(
                fields=["is_builtin"], condition=Q(is_builtin=True), name="radar_scheme_one_builtin"
            ),
        ]

    def __str__(self) -> str:
        return self.title if self.version == 1 else f"{self.title}, version {self.version}"

    @property
    def scale(self) -> Scale:
        """The scheme as the rules read it."""
        return Scale.read(self.criteria, self.bands, self.knock_outs)


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    def with_names(self) -> "EvaluationQuerySet":
        """With what a row of a list names, and `subject_total`, `subject_verdict`."""
        subject = Candidate.objects.filter(evaluation=models.OuterRef("pk"), is_subject=True)
        return self.select_related("radar", "scheme", "technology", "ring").annotate(
            subject_total=models.Subquery(subject.values("total")[:1]),
            subject_verdict=models.Subquery(subject.values("verdict")[:1]),
        )

    def in_full(self) -> "EvaluationQuerySet":
        """With everything that is told of one, except sheets."""
        return self.select_related("radar", "scheme", "technology", "ring").prefetch_related(
            "candidates__technology", "invitations__person"
        )

    def about(self, technology: Technology) -> "EvaluationQuerySet":
        """Those in which a technology is a candidate, also by its name from before it was known."""
        named = Candidate.objects.filter(
            Q(technology=technology) | Q(technology=None, name_key=technology.name_key)
        )
        return self.filter(pk__in=named.values("evaluation"))

    def recognise(self, technology: Technology) -> None:
        """Tie those that named a technology before it was known to it."""
        unknown = {"technology": None, "name_key": technology.name_key}
        self.filter(**unknown).update(technology=technology)
        Candidate.objects.filter(**unknown).update(technology=technology)

    def to_score(self, person: Person) -> "EvaluationQuerySet":
        """Open ones that a person is invited to and has not handed in all sheets of."""
        handed_in = Sheet.objects.filter(
            candidate=models.OuterRef("pk"), person_id=str(person.pk), handed_in_at__isnull=False
        )
        missing = Candidate.objects.filter(
            ~models.Exists(handed_in), evaluation=models.OuterRef("pk")
        )
        invited = Invitation.objects.filter(evaluation=models.OuterRef("pk"), person=person)
        return self.filter(
            models.Exists(invited), models.Exists(missing), state=Evaluation.State.OPEN
        )

    def overdue(self, today: date) -> "EvaluationQuerySet":
        """Open ones whose time box is over."""
        return self.filter(state=Evaluation.State.OPEN, ends_on__lt=today)


class Evaluation(models.Model):
    """A question about a technology, known by its number.

    `technology` None: one that is not known yet, `name` says how it is called. Nobody but a sheet's
    author sees scores before `submitted_at`; an evaluation that was closed without it keeps them
    sealed. `ring` None after the review: no placement, or nothing was proposed (`proposal` None).
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        OPEN = "open", "Open for scoring"
        SUBMITTED = "submitted", "Submitted"
        REVIEWED = "reviewed", "Reviewed"
        CLOSED = "closed", "Closed"

    radar = models.ForeignKey(Radar, on_delete=models.CASCADE, related_name="evaluations")
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="evaluations")
    technology = models.ForeignKey(
        Technology, null=True, blank=True, on_delete=models.SET_NULL, related_name="evaluations"
    )
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200, editable=False)
    question = models.TextField()
    success_criteria = models.TextField(blank=True, default="")  # Markdown
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)  # the time box's last day
    quorum = models.PositiveSmallIntegerField(default=1)  # complete sheets that a total needs
    owner_id = models.CharField(max_length=64)
    owner_name = models.CharField(max_length=200)
    by_id = models.CharField(max_length=64)  # who drafted it
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1)  # of the draft
    opened_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.CharField(max_length=200, blank=True, default="")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.CharField(max_length=200, blank=True, default="")
    ring = models.ForeignKey(
        Ring, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    review_reason = models.TextField(blank=True, default="")  # Markdown
    proposal = models.OneToOneField(
        Proposal, null=True, blank=True, on_delete=models.SET_NULL, related_name="evaluation"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True, default="")
    close_reason = models.TextField(blank=True, default="")  # Markdown
    is_sample = models.BooleanField(default=False)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=models.F("starts_on")),
                name="radar_evaluation_box_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "reviewed"]) | Q(submitted_at__isnull=False),
                name="radar_evaluation_submitted_at",
            ),
            models.CheckConstraint(condition=Q(quorum__gte=1), name="radar_evaluation_quorum"),
        ]
        indexes = [
            models.Index(fields=["state", "ends_on"], name="radar_evaluation_state"),
            models.Index(fields=["technology"], name="radar_evaluation_technology"),
        ]

    def __str__(self) -> str:
        return f"evaluation {self.pk}, {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = name_key(self.name)
        super().save(*args, **kwargs)

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_open(self) -> bool:
        """Whether it is open for scoring."""
        return self.state == self.State.OPEN

    @property
    def has_results(self) -> bool:
        """Whether scores, totals and verdicts may be seen by everybody."""
        return self.submitted_at is not None

    def is_overdue(self, today: date) -> bool:
        return self.is_open and self.ends_on is not None and self.ends_on < today


class Candidate(models.Model):
    """What is scored: the one in question, or an alternative to it.

    `total` and `verdict` (a band's key of the scheme) are the panel's, written at submission;
    None and empty before, and where too few complete sheets were handed in.
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="candidates")
    technology = models.ForeignKey(
        Technology, null=True, blank=True, on_delete=models.SET_NULL, related_name="candidates"
    )
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200, editable=False)
    is_subject = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField()  # the one in question is 0
    total = models.PositiveSmallIntegerField(null=True, blank=True)
    verdict = models.CharField(max_length=40, blank=True, default="")
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["evaluation", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "name_key"], name="radar_candidate_name_once"
            ),
            models.UniqueConstraint(
                fields=["evaluation"], condition=Q(is_subject=True), name="radar_candidate_subject"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = name_key(self.name)
        super().save(*args, **kwargs)


class Invitation(models.Model):
    """A person is asked to score all candidates of an evaluation."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "person"], name="radar_invitation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.evaluation_id}"


class SheetQuerySet(models.QuerySet["Sheet"]):
    def handed_in(self) -> "SheetQuerySet":
        return self.filter(handed_in_at__isnull=False)

    def of(self, person: Person) -> "SheetQuerySet":
        return self.filter(person_id=str(person.pk))


class Sheet(models.Model):
    """What one scorer says of one candidate; `revision` grows with every save."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="sheets")
    person_id = models.CharField(max_length=64)
    person_name = models.CharField(max_length=200)
    scores = models.JSONField(default=dict)  # {criterion: {"score": 1 to 5 or None, "evidence"}}
    revision = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()
    handed_in_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    objects = SheetQuerySet.as_manager()

    class Meta:
        ordering = ["person_name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "person_id"], name="radar_sheet_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_name} on {self.candidate_id}"

    @property
    def is_handed_in(self) -> bool:
        return self.handed_in_at is not None
