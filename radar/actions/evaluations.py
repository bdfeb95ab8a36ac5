"""What people do with evaluations until scores are in: draft, invite, open; and closing them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from portal.accounts.actions import By
from portal.accounts.models import Person
from portal.accounts.roles import Permission, require
from portal.audit.actions import record
from portal.lib.errors import Conflict
from radar import fields
from radar.models import Candidate, Evaluation, Invitation, Radar, Scheme, Sheet, Technology
from radar.models.technology import name_key
from radar.subjects import evaluation_subject

MOST_ALTERNATIVES = 6
MOST_SCORERS = 30
LONGEST_QUESTION = 500
_State = Evaluation.State


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a draft says. `name` is the technology in question, known or not; `starts_on` and
    `ends_on` are the time box; without a scheme it is the built-in one, without an owner whoever
    drafts it."""

    name: str
    question: str
    success_criteria: str = ""
    alternatives: Sequence[str] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    quorum: int = 1
    scheme: Scheme | None = None
    owner: Person | None = None


@transaction.atomic
def draft_evaluation(*, by: By, radar: Radar, plan: Plan, now: datetime) -> Evaluation:
    """Begin an evaluation. Raises `Invalid` with messages by field."""
    require(by, Permission.DRAFT_EVALUATION)
    by_id = str(by.pk) if by.pk else ""
    evaluation = Evaluation(
        radar=radar,
        owner_id=by_id,
        owner_name=by.name,
        by_id=by_id,
        by_name=by.name,
        at=now,
        scheme=plan.scheme or Scheme.objects.built_in(),
        is_sample=radar.is_sample,
    )
    _write(evaluation, plan)
    evaluation.save()
    _name_candidates(evaluation, plan)
    subject = evaluation_subject(evaluation)
    record("evaluation.drafted", by=by, subject=subject, after=_told(evaluation))
    return evaluation


@transaction.atomic
def edit_evaluation(
    *, by: By, evaluation: Evaluation, plan: Plan, revision: int, now: datetime
) -> Evaluation:
    """Change what a draft says. `revision` is the one that the editor began with.

    Raises `Conflict` where somebody else saved meanwhile: its context has the `revision` to go on
    from and `differences`, by field what is `saved` and what is `yours`. Nothing is written then.
    """
    evaluation = locked_evaluation(evaluation)
    require(by, Permission.EDIT_EVALUATION, evaluation)
    if not evaluation.is_draft:
        raise Conflict("Scoring has opened, so what is asked can't be changed any more.")
    before = _told(evaluation)
    if evaluation.revision != revision:
        _refuse_stale(evaluation, before, _asked(evaluation, plan))
    _write(evaluation, plan)
    evaluation.revision += 1
    evaluation.save()
    evaluation.candidates.all().delete()
    _name_candidates(evaluation, plan)
    subject = evaluation_subject(evaluation)
    after = _told(evaluation)
    record("evaluation.changed", by=by, subject=subject, before=before, after=after)
    return evaluation


@transaction.atomic
def invite(
    *, by: By, evaluation: Evaluation, people: Iterable[Person], now: datetime
) -> list[Invitation]:
    """Ask people to score, before or while scoring is open; who is invited already stays so."""
    evaluation = locked_evaluation(evaluation)
    require(by, Permission.EDIT_EVALUATION, evaluation)
    _refuse_late_invitations(evaluation)
    invited = set(evaluation.invitations.values_list("person_id", flat=True))
    new = {person.pk: person for person in people if person.pk not in invited}
    for person in new.values():
        if not person.is_active:
            fields.refuse("people", f"{person.name}'s account is switched off.")
    if len(invited) + len(new) > MOST_SCORERS:
        fields.refuse("people", f"An evaluation has at most {MOST_SCORERS} scorers.")
    made = [
        Invitation(
            evaluation=evaluation,
            person=person,
            at=now,
            by_name=by.name,
            is_sample=evaluation.is_sample,
        )
        for person in new.values()
    ]
    Invitation.objects.bulk_create(made)
    if made:
        names = ", ".join(person.name for person in new.values())
        subject = evaluation_subject(evaluation)
        record("evaluation.invited", by=by, subject=subject, after={"people": names})
    return made


@transaction.atomic
def uninvite(*, by: By, evaluation: Evaluation, person: Person) -> None:
    """Take an invitation back, with what the person saved. Raises `Conflict` where they handed a
    sheet in: then it counts."""
    evaluation = locked_evaluation(evaluation)
    require(by, Permission.EDIT_EVALUATION, evaluation)
    _refuse_late_invitations(evaluation)
    sheets = Sheet.objects.of(person).filter(candidate__evaluation=evaluation)
    if sheets.handed_in().exists():
        raise Conflict(f"{person.name} has handed a sheet in, and what was handed in counts.")
    if not evaluation.invitations.filter(person=person).delete()[0]:
        raise Conflict(f"{person.name} is not invited.")
    sheets.delete()
    subject = evaluation_subject(evaluation)
    record("evaluation.uninvited", by=by, subject=subject, after={"people": person.name})


@transaction.atomic
def open_scoring(*, by: By, evaluation: Evaluation, now: datetime) -> Evaluation:
    """Let people score: from here on question, success criteria, candidates and quorum stand.

    Raises `Invalid`, by field, where something of it is missing.
    """
    require(by, Permission.RUN_EVALUATION, evaluation)
    evaluation = locked_evaluation(evaluation)
    if not evaluation.is_draft:
        raise Conflict(f"{_upper(evaluation)} is {_words(evaluation)}, so it can't be opened.")
    _refuse_unready(evaluation, now)
    evaluation.state, evaluation.opened_at = _State.OPEN, now
    evaluation.save(update_fields=["state", "opened_at"])
    after = {"quorum": evaluation.quorum, "ends_on": str(evaluation.ends_on)}
    record("evaluation.opened", by=by, subject=evaluation_subject(evaluation), after=after)
    return evaluation


@transaction.atomic
def close_evaluation(
    *, by: By, evaluation: Evaluation, reason: str = "", now: datetime
) -> Evaluation:
    """End it: after the review, or before with a reason; then no ring is proposed.

    Whoever may edit a draft may close it; later, architects and admins.
    """
    evaluation = locked_evaluation(evaluation)
    needed = Permission.EDIT_EVALUATION if evaluation.is_draft else Permission.RUN_EVALUATION
    require(by, needed, evaluation)
    if evaluation.state == _State.CLOSED:
        raise Conflict(f"{_upper(evaluation)} is closed already.")
    is_early = evaluation.state != _State.REVIEWED
    missing = "Say why it ends before its review." if is_early else ""
    reason = fields.text("reason", reason, what="A reason", missing=missing)
    evaluation.state, evaluation.closed_at = _State.CLOSED, now
    evaluation.closed_by, evaluation.close_reason = by.name, reason
    evaluation.save(update_fields=["state", "closed_at", "closed_by", "close_reason"])
    after = {"reason": reason}
    record("evaluation.closed", by=by, subject=evaluation_subject(evaluation), after=after)
    return evaluation


def locked_evaluation(evaluation: Evaluation) -> Evaluation:
    """The evaluation as it is now; whoever else changes it waits for this transaction's end."""
    rows = Evaluation.objects.select_for_update(of=("self",)).select_related("radar", "scheme")
    return rows.get(pk=evaluation.pk)


def _write(evaluation: Evaluation, plan: Plan) -> None:
    """Put a plan's fields, cleaned, on a draft that is not saved yet."""
    evaluation.name = fields.name("name", plan.name, what="A technology's name")
    evaluation.technology = Technology.objects.filter(name_key=name_key(evaluation.name)).first()
    if evaluation.technology is not None:
        evaluation.name = evaluation.technology.name
    evaluation.question = fields.name(
        "question", plan.question, what="A question", longest=LONGEST_QUESTION
    )
    evaluation.success_criteria = fields.text(
        "success_criteria", plan.success_criteria, what="Success criteria"
    )
    if plan.starts_on and plan.ends_on and plan.ends_on < plan.starts_on:
        fields.refuse("ends_on", "The time box ends before it begins; choose a later day.")
    if not 1 <= plan.quorum <= MOST_SCORERS:
        fields.refuse("quorum", f"The quorum is 1 to {MOST_SCORERS} complete sheets.")
    evaluation.starts_on, evaluation.ends_on = plan.starts_on, plan.ends_on
    evaluation.quorum = plan.quorum
    if plan.scheme is not None:
        evaluation.scheme = plan.scheme
    if plan.owner is not None:
        evaluation.owner_id, evaluation.owner_name = str(plan.owner.pk), plan.owner.name


def _name_candidates(evaluation: Evaluation, plan: Plan) -> None:
    names = [
        fields.name("alternatives", name, what="An alternative's name")
        for name in plan.alternatives
        if name.strip()
    ]
    if len(names) > MOST_ALTERNATIVES:
        fields.refuse("alternatives", f"At most {MOST_ALTERNATIVES} alternatives are compared.")
    keys = [name_key(name) for name in (evaluation.name, *names)]
    if len(set(keys)) < len(keys):
        fields.refuse("alternatives", "Two candidates have one name; name each once.")
    known = {row.name_key: row for row in Technology.objects.filter(name_key__in=keys)}
    Candidate.objects.bulk_create(
        Candidate(
            evaluation=evaluation,
            technology=known.get(key),
            name=known[key].name if key in known else name,
            name_key=key,
            is_subject=order == 0,
            order=order,
            is_sample=evaluation.is_sample,
        )
        for order, (name, key) in enumerate(zip((evaluation.name, *names), keys, strict=True))
    )


def _told(evaluation: Evaluation) -> dict[str, object]:
    """What a draft says, as the audit and people who meet in it read it."""
    others = evaluation.candidates.filter(is_subject=False)
    return {
        "name": evaluation.name,
        "question": evaluation.question,
        "success_criteria": evaluation.success_criteria,
        "alternatives": ", ".join(others.values_list("name", flat=True)),
        "starts_on": str(evaluation.starts_on or ""),
        "ends_on": str(evaluation.ends_on or ""),
        "quorum": evaluation.quorum,
        "scheme": str(evaluation.scheme),
        "owner": evaluation.owner_name,
    }


def _asked(evaluation: Evaluation, plan: Plan) -> dict[str, object]:
    """What a plan would make of a draft, in the same words."""
    others = (" ".join(name.split()) for name in plan.alternatives)
    return {
        "name": " ".join(plan.name.split()),
        "question": " ".join(plan.question.split()),
        "success_criteria": plan.success_criteria.replace("\r\n", "\n").strip(),
        "alternatives": ", ".join(name for name in others if name),
        "starts_on": str(plan.starts_on or ""),
        "ends_on": str(plan.ends_on or ""),
        "quorum": plan.quorum,
        "scheme": str(plan.scheme or evaluation.scheme),
        "owner": plan.owner.name if plan.owner else evaluation.owner_name,
    }


def _refuse_stale(
    evaluation: Evaluation, saved: dict[str, object], yours: dict[str, object]
) -> None:
    """Raise `Conflict` with both versions of what differs; where nothing does, nothing is lost."""
    differences = {
        field: {"saved": saved[field], "yours": yours[field]}
        for field in saved
        if saved[field] != yours[field]
    }
    if differences:
        raise Conflict(
            "Somebody else has saved this draft since you began. "
            "Compare both, take over what you need, and save again.",
            context={"revision": evaluation.revision, "differences": differences},
        )


def _refuse_late_invitations(evaluation: Evaluation) -> None:
    if evaluation.state not in (_State.DRAFT, _State.OPEN):
        raise Conflict(
            f"{_upper(evaluation)} is {_words(evaluation)}, so its scorers can't be changed."
        )


def _refuse_unready(evaluation: Evaluation, now: datetime) -> None:
    """Raise `Invalid` for the first thing that scoring can't begin without."""
    today = timezone.localdate(now, timezone.get_default_timezone())
    invited = evaluation.invitations.count()
    if not evaluation.success_criteria:
        missing = "Write the success criteria first: they are set before anybody scores."
        fields.refuse("success_criteria", missing)
    if evaluation.ends_on is None:
        fields.refuse("ends_on", "Choose the day on which the time box ends.")
    if evaluation.ends_on < today:
        fields.refuse("ends_on", "The time box is over already; choose a later last day.")
    if not invited:
        fields.refuse("people", "Invite at least one scorer first.")
    if evaluation.quorum > invited:
        fields.refuse(
            "quorum",
            f"The quorum is {evaluation.quorum} sheets, but only {invited} can come in: "
            "invite more people or lower the quorum.",
        )


def _words(evaluation: Evaluation) -> str:
    return _State(evaluation.state).label.lower()


def _upper(evaluation: Evaluation) -> str:
    text = str(evaluation)
    return text[:1].upper() + text[1:]
