"""The sample organisation's evaluations: one that people score now, one whose panel disagrees, and
one behind a ring change of the sample radar."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from portal.accounts.models import Person
from radar import evaluation_schemes
from radar.evaluation_results import count
from radar.models import (
    Candidate,
    Evaluation,
    Invitation,
    Radar,
    RingChange,
    Scheme,
    Sheet,
    Technology,
)
from radar.models.technology import name_key
from radar.sample_radar import SLUG

_ARCHITECT = "jun"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Scored:
    """Somebody's scores of a candidate, a digit a criterion; `evidence` by the criterion's key."""

    candidate: int
    who: str
    digits: str
    evidence: Mapping[str, str] = field(default_factory=dict)
    is_handed_in: bool = True


@dataclass(frozen=True)
class _Story:
    name: str
    question: str
    success_criteria: str
    alternatives: Sequence[str]
    owner: str
    scorers: Sequence[str]
    quorum: int
    sheets: Sequence[_Scored]


OPEN = _Story(
    "Valkey",
    "Can Valkey take over the basket and the session cache from Redis 6?",
    "- A failover loses no basket.\n- p95 of a read stays under 2 ms at 8,000 reads a second.\n"
    "- Clients change an address and nothing else.",
    ("Redis 6",),
    "mara",
    ("mara", "ilse", "jun", "priya"),
    3,
    (
        _Scored(0, "ilse", "4543444344", {
            "performance": "p95 1.4 ms at 8,000 reads a second on three nodes.",
            "risk": "Seven companies behind it, and the licence is an open one.",
        }),
        _Scored(1, "ilse", "3543113223", {"maintenance": "No fixes since spring."}),
        _Scored(0, "mara", "45-3------", {
            "problem": "Two failovers, no basket lost.",
        }, is_handed_in=False),
    ),
)  # fmt: skip
SUBMITTED = _Story(
    "Quarkus",
    "Should new Java services start with Quarkus instead of Spring Boot?",
    "- The payout service starts in under a second.\n- Its memory falls by a third.\n"
    "- Two people who did not know it fix a bug within a day.",
    ("Spring Boot",),
    "priya",
    ("mara", "ilse", "priya", "jun"),
    2,
    (
        _Scored(0, "mara", "4352433324", {
            "performance": "Starts in 0.4 s instead of 6 s; memory 210 MB instead of 480 MB.",
            "learning": "Configuration at build time surprised everybody twice.",
        }),
        _Scored(0, "ilse", "4252432222", {
            "integration": "Our tracing library knows Spring only.",
            "risk": "One company decides where it goes.",
        }),
        _Scored(0, "priya", "5454454335", {
            "learning": "The second person had her fix after half a day.",
            "cost": "Eleven services with half the memory.",
        }),
        _Scored(1, "mara", "3525533335"),
        _Scored(1, "ilse", "4525533345"),
        _Scored(1, "priya", "2424533335"),
    ),
)  # fmt: skip
CLOSED = _Story(
    "HTMX",  # came to another ring in the latest edition
    "Can the consent pages do without a build of their own?",
    "- The consent flow passes its browser tests.\n- A page weighs less than 60 KB.",
    (),
    "ilse",
    ("mara", "ilse", "priya"),
    3,
    (
        _Scored(0, "mara", "4435443433", {"time_to_market": "Written in a week, not in three."}),
        _Scored(0, "ilse", "5435443334", {"problem": "All 41 browser tests pass; 38 KB a page."}),
        _Scored(0, "priya", "4434443333"),
    ),
)
REVIEWED = "Only the consent pages have it; another team tries it before everybody adopts it."


@transaction.atomic
def load(now: datetime, told: Callable[[int, str], None]) -> None:
    """Write the evaluations on the sample radar; where they are there, nothing."""
    if Evaluation.objects.filter(is_sample=True).exists():
        return
    evaluation_schemes.load()
    writer = _Writer(Radar.objects.get(slug=SLUG))
    change = writer.radar.changes.filter(technology__name_key=name_key(CLOSED.name)).latest("at")
    began = change.at - 30 * _DAY  # so that it ended a week before the ring changed
    writer.close(writer.write(CLOSED, began), change, began + 13 * _DAY)
    writer.submit(writer.write(SUBMITTED, now - 20 * _DAY), now - 7 * _DAY)
    writer.write(OPEN, now - 9 * _DAY)


def remove() -> None:
    """Delete the sample's evaluations with their sheets."""
    Evaluation.objects.filter(is_sample=True).delete()


class _Writer:
    """Writes stories on one radar as rows."""

    def __init__(self, radar: Radar) -> None:
        self.radar = radar
        self.scheme = Scheme.objects.built_in()
        keys = {_ARCHITECT, *OPEN.scorers, *SUBMITTED.scorers, *CLOSED.scorers}
        self.people = {row.key: row for row in Person.objects.filter(key__in=keys)}
        self.architect = self.people[_ARCHITECT].name

    def write(self, story: _Story, at: datetime) -> Evaluation:
        """One evaluation, drafted at a moment, opened two days later, twelve days long."""
        owner = self.people[story.owner]
        evaluation = Evaluation.objects.create(
            radar=self.radar,
            scheme=self.scheme,
            technology=Technology.objects.filter(name_key=name_key(story.name)).first(),
            name=story.name,
            question=story.question,
            success_criteria=story.success_criteria,
            starts_on=(at + 2 * _DAY).date(),
            ends_on=(at + 12 * _DAY).date(),
            quorum=story.quorum,
            owner_id=str(owner.pk),
            owner_name=owner.name,
            by_id=str(owner.pk),
            by_name=owner.name,
            at=at,
            opened_at=at + 2 * _DAY,
            state=Evaluation.State.OPEN,
            is_sample=True,
        )
        self._candidates(evaluation, story)
        Invitation.objects.bulk_create(
            Invitation(
                evaluation=evaluation,
                person=self.people[key],
                at=at + _DAY,
                by_name=owner.name,
                is_sample=True,
            )
            for key in story.scorers
        )
        self._sheets(evaluation, story, at + 6 * _DAY)
        return evaluation

    def submit(self, evaluation: Evaluation, at: datetime) -> None:
        """Scoring ended; everybody may read what was said."""
        for row in count(evaluation).candidates:
            if row.outcome is not None:
                row.candidate.total = row.outcome.total
                row.candidate.verdict = row.outcome.band.verdict
                row.candidate.save(update_fields=["total", "verdict"])
        evaluation.state, evaluation.submitted_at = Evaluation.State.SUBMITTED, at
        evaluation.submitted_by = self.architect
        evaluation.save()

    def close(self, evaluation: Evaluation, change: RingChange, at: datetime) -> None:
        """Submitted, reviewed, closed, and the cause of a ring change."""
        self.submit(evaluation, at)
        evaluation.reviewed_at, evaluation.reviewed_by = at + _DAY, self.architect
        evaluation.ring, evaluation.review_reason = change.to_ring, REVIEWED
        evaluation.state, evaluation.closed_at = Evaluation.State.CLOSED, at + 10 * _DAY
        evaluation.closed_by = self.architect
        evaluation.save()
        change.because_kind, change.because_key = "evaluation", str(evaluation.pk)
        change.save(update_fields=["because_kind", "because_key"])

    def _candidates(self, evaluation: Evaluation, story: _Story) -> None:
        names = (story.name, *story.alternatives)
        known = {
            row.name_key: row
            for row in Technology.objects.filter(name_key__in=map(name_key, names))
        }
        Candidate.objects.bulk_create(
            Candidate(
                evaluation=evaluation,
                technology=known.get(name_key(name)),
                name=name,
                name_key=name_key(name),
                is_subject=order == 0,
                order=order,
                is_sample=True,
            )
            for order, name in enumerate(names)
        )

    def _sheets(self, evaluation: Evaluation, story: _Story, at: datetime) -> None:
        candidates = {row.order: row for row in evaluation.candidates.all()}
        keys = [row.key for row in self.scheme.scale.criteria]
        Sheet.objects.bulk_create(
            Sheet(
                candidate=candidates[row.candidate],
                person_id=str(self.people[row.who].pk),
                person_name=self.people[row.who].name,
                scores={
                    key: {
                        "score": int(digit) if digit.isdigit() else None,
                        "evidence": row.evidence.get(key, ""),
                    }
                    for key, digit in zip(keys, row.digits, strict=True)
                },
                revision=1,
                updated_at=at,
                handed_in_at=at if row.is_handed_in else None,
                is_sample=True,
            )
            for row in story.sheets
        )
