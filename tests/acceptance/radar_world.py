"""A radar that grows: technologies, editions, proposals, reviews, uses and evaluations."""

from datetime import date, datetime, timedelta

from portal.accounts.models import Person, Team
from portal.catalog.models import Service
from radar.models import (
    Candidate,
    Comment,
    Edition,
    Entry,
    Evaluation,
    Invitation,
    Pattern,
    Proposal,
    Technology,
    Use,
)
from tests.factories import (
    built_in_scheme,
    make_change,
    make_edition,
    make_person,
    make_radar,
    make_sheet,
)

FIRST_DAY = date(2026, 2, 1)
PROPOSAL = 1_000_000  # the number of the first one: none that a sequence comes to


class RadarWorld:
    """One radar with everything on it, and an empty one beside it."""

    def __init__(self, now: datetime, team: Team) -> None:
        self.now, self.team = now, team
        self.size = self.editions = 0
        self.scorers: list[Person] = []  # who looks at the pages: they are invited everywhere
        self.radar = make_radar("company")
        make_radar("empty", order=1)

    def grow(self, size: int, services: list[Service]) -> None:
        """Up to so many technologies, and more editions; `services` use what is new."""
        first, self.size = self.size, size
        added = self._technologies(range(first, size))
        known = [row.name for row in Technology.objects.all()]
        self.radar.editions.filter(state=Edition.State.DRAFT).delete()
        for _ in range(2 if not self.editions else 8):
            self._publish(known)
        make_edition(self.radar, {name: (at % 4, at // 5 % 4) for at, name in enumerate(known)})
        self._use(added, services)
        self._discuss(added)
        self._evaluate(added)

    def _technologies(self, numbers: range) -> list[Technology]:
        return Technology.objects.bulk_create(
            Technology(
                slug=f"tech-{number:03}",
                name=f"Tech {number}",
                name_key=f"tech {number}",
                description="A technology.",
                owner=self.team if number % 3 else None,
                tags=["go"],
                used_by=number,
                created_at=self.now,
            )
            for number in numbers
        )

    def _publish(self, known: list[str]) -> None:
        """An edition in which each third blip stands elsewhere than in the one before."""
        self.editions += 1
        where = {
            name: (at % 4, (at // 4 + (self.editions if at % 3 == 0 else 0)) % 4)
            for at, name in enumerate(known)
        }
        day = FIRST_DAY + timedelta(days=14 * self.editions)
        make_edition(self.radar, where, day=day, key=f"e-{self.editions - 1}")

    def _use(self, technologies: list[Technology], services: list[Service]) -> None:
        today = self.now.date()
        Entry.objects.bulk_create(
            Entry(
                radar=self.radar,
                technology=technology,
                next_review_on=today + timedelta(days=at % 60 - 20),
            )
            for at, technology in enumerate(technologies)
        )
        Use.objects.bulk_create(
            Use(
                service=services[at % len(services)],
                technology=technology,
                first_seen_at=self.now,
                last_seen_at=self.now,
            )
            for at, technology in enumerate(technologies)
        )
        Pattern.objects.bulk_create(
            Pattern(technology=technology, kind="tag", name="go", added_at=self.now)
            for technology in technologies
        )

    def _evaluate(self, technologies: list[Technology]) -> None:
        """Evaluations in every state; the first three are submitted, open and a draft, and the
        first two get more candidates and sheets each time."""
        scheme, known = built_in_scheme(), Evaluation.objects.count()
        states = ["submitted", "open", "draft", *Evaluation.State.values]
        Evaluation.objects.bulk_create(
            Evaluation(
                pk=known + at + 1,
                radar=self.radar,
                scheme=scheme,
                technology=technology,
                name=technology.name,
                name_key=technology.name_key,
                question="Does it do?",
                ends_on=self.now.date() - timedelta(days=1),
                owner_id=str(self.scorers[0].pk),
                owner_name="Somebody",
                by_id="0",
                by_name="Somebody",
                at=self.now,
                state=(state := states[known + at if known + at < 3 else 3 + at % 5]),
                submitted_at=self.now if state in ("submitted", "reviewed", "closed") else None,
            )
            for at, technology in enumerate(technologies)
        )
        for evaluation in Evaluation.objects.filter(pk__in=(1, 2)):
            self._score(evaluation)

    def _score(self, evaluation: Evaluation) -> None:
        """Another candidate, another scorer, and a sheet of each."""
        order = evaluation.candidates.count()
        Candidate.objects.create(
            evaluation=evaluation,
            technology=evaluation.technology,
            name=f"Candidate {order}",
            is_subject=order == 0,
            order=order,
        )
        people = [make_person(), *(self.scorers if order == 0 else ())]
        Invitation.objects.bulk_create(
            Invitation(evaluation=evaluation, person=person, at=self.now, by_name="Somebody")
            for person in people
        )
        for candidate in range(order + 1):
            make_sheet(evaluation, people[0], 4, candidate=candidate)

    def _discuss(self, technologies: list[Technology]) -> None:
        sector, ring = self.radar.sectors.first(), self.radar.rings.last()
        states = list(Proposal.State)
        first = not Proposal.objects.exists()
        proposals = Proposal.objects.bulk_create(
            Proposal(
                pk=PROPOSAL if first and at == 0 else None,
                radar=self.radar,
                technology=technology,
                name=technology.name,
                sector=sector,
                ring=ring,
                reason="It is old.",
                by_id="0",
                by_name="Somebody",
                at=self.now,
                state=states[at % len(states)],
            )
            for at, technology in enumerate(technologies)
        )
        Comment.objects.bulk_create(
            Comment(proposal=proposal, at=self.now, by_id="0", by_name="Else", text="Yes.")
            for proposal in proposals
        )
        if first:
            moved = technologies[3]
            for days in range(1, 4):
                make_change(
                    self.radar, moved, 1 + days % 2, before=0, at=self.now - timedelta(days=days)
                )
