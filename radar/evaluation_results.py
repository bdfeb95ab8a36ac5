"""What a panel said, read from the sheets; nothing of it before the submission."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.lib.errors import Conflict
from radar.evaluation_rules import Band, Outcome, Scale, panel, proposed_meaning
from radar.models import Candidate, Evaluation, Placement, Ring, Sheet
from radar.state import current


@dataclass(frozen=True)
class CandidateResult:
    """`sheets` are those that count, in the order of the outcome's scores; `missing` names those
    who were invited and handed in none. `outcome` is None where they are too few."""

    candidate: Candidate
    sheets: tuple[Sheet, ...]
    missing: tuple[str, ...]
    outcome: Outcome | None


@dataclass(frozen=True)
class Results:
    """The candidates in their order, the one in question first."""

    scale: Scale
    candidates: tuple[CandidateResult, ...]

    @property
    def subject(self) -> CandidateResult:
        return next(row for row in self.candidates if row.candidate.is_subject)


def results(evaluation: Evaluation) -> Results:
    """What everybody may see after the submission; raises `Conflict` before it. Three queries."""
    if not evaluation.has_results:
        raise Conflict(sealed_sentence(evaluation))
    return count(evaluation)


def count(evaluation: Evaluation) -> Results:
    """The sheets that were handed in, added up, whoever asks; only the submission may."""
    scale = evaluation.scheme.scale
    candidates = evaluation.candidates.all()
    invited = {
        str(key): name
        for key, name in evaluation.invitations.values_list("person_id", "person__name")
    }
    found: dict[int, list[Sheet]] = {}
    for sheet in Sheet.objects.handed_in().filter(candidate__evaluation=evaluation):
        found.setdefault(sheet.candidate_id, []).append(sheet)
    rows = [
        _result(candidate, found.get(candidate.pk, []), invited, scale, evaluation.quorum)
        for candidate in candidates
    ]
    return Results(scale, tuple(rows))


def _result(
    candidate: Candidate,
    sheets: Iterable[Sheet],
    invited: dict[str, str],
    scale: Scale,
    quorum: int,
) -> CandidateResult:
    sheets = tuple(sheets)
    there = {sheet.person_id for sheet in sheets}
    missing = tuple(sorted(name for key, name in invited.items() if key not in there))
    outcome = panel([sheet.scores for sheet in sheets], scale, quorum=quorum)
    return CandidateResult(candidate, sheets, missing, outcome)


def sealed_sentence(evaluation: Evaluation) -> str:
    """Why nothing can be seen."""
    if evaluation.state == Evaluation.State.CLOSED:
        return "This evaluation was closed before its scores were submitted, so they stay sealed."
    return "Scores stay sealed until the evaluation is submitted, so that nobody follows another."


def placement_of(evaluation: Evaluation) -> Placement | None:
    """Where the radar has the technology in question now, in its draft if there is one."""
    edition = current(evaluation.radar)
    if edition is None:
        return None
    there = edition.placements.select_related("ring", "sector")
    if evaluation.technology_id is not None:
        return there.filter(technology=evaluation.technology_id).first()
    return there.filter(technology__name_key=evaluation.name_key).first()


def proposed_ring(evaluation: Evaluation, band: Band, *, is_new: bool) -> Ring | None:
    """The radar's ring that a verdict proposes; None for no placement, or where the radar has no
    ring of that meaning."""
    meaning = proposed_meaning(band, is_new=is_new)
    return evaluation.radar.rings.filter(meaning=meaning).first() if meaning else None
