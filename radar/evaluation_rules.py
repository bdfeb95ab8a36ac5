"""What scores add up to, and what a total means. Pure.

A sheet maps criteria to scores of 1 to 5 with their evidence. Nothing is added up before every
criterion has its score. The panel's score of a criterion is the lower median of the complete
sheets, its total the sum of these: whole numbers both, whatever the number of scorers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

SMALLEST_SCORE, LARGEST_SCORE = 1, 5
SCORES = range(SMALLEST_SCORE, LARGEST_SCORE + 1)
FEWEST_CRITERIA, MOST_CRITERIA = 2, 20
MOST_BANDS = 6
MEANINGS = ("adopt", "trial", "assess", "hold")
HOLD = "hold"
DISAGREE_FROM = 2  # so far apart, two people saw different things

Scores = Mapping[str, Mapping[str, Any]]  # {criterion: {"score": 1 to 5 or None, "evidence"}}


@dataclass(frozen=True)
class Criterion:
    """`anchors` say what each score from 1 to 5 means."""

    key: str
    group: str
    title: str
    question: str
    anchors: tuple[str, ...]


@dataclass(frozen=True)
class Band:
    """Totals from `start` up to the next band. `ring` is the meaning of the ring that is proposed:
    adopt, trial, assess, hold; empty for none."""

    start: int
    verdict: str
    title: str
    ring: str


@dataclass(frozen=True)
class KnockOut:
    """Something is wrong where a criterion (any, where `criterion` is empty) has so low a score."""

    criterion: str
    at_most: int


@dataclass(frozen=True)
class Scale:
    """A scheme: its criteria, its bands from the highest down, and its knock-outs."""

    criteria: tuple[Criterion, ...]
    bands: tuple[Band, ...]
    knock_outs: tuple[KnockOut, ...]

    @classmethod
    def read(
        cls,
        criteria: Sequence[Mapping[str, Any]],
        bands: Sequence[Mapping[str, Any]],
        knock_outs: Sequence[Mapping[str, Any]],
    ) -> "Scale":
        """The scheme from its JSON, which `problems()` found nothing wrong with."""
        return cls(
            criteria=tuple(
                Criterion(
                    row["key"], row["group"], row["title"], row["question"], tuple(row["anchors"])
                )
                for row in criteria
            ),
            bands=tuple(
                sorted(
                    (Band(row["from"], row["verdict"], row["title"], row["ring"]) for row in bands),
                    key=lambda band: -band.start,
                )
            ),
            knock_outs=tuple(KnockOut(row["criterion"], row["at_most"]) for row in knock_outs),
        )

    def written(self) -> dict[str, list[dict[str, Any]]]:
        """The JSON that `read` makes it of: criteria, bands and knock_outs."""
        bands = [
            {"from": row.start, "verdict": row.verdict, "title": row.title, "ring": row.ring}
            for row in self.bands
        ]
        criteria = [asdict(row) | {"anchors": list(row.anchors)} for row in self.criteria]
        knock_outs = [asdict(row) for row in self.knock_outs]
        return {"criteria": criteria, "bands": bands, "knock_outs": knock_outs}

    @property
    def smallest(self) -> int:
        """The smallest total that there is."""
        return SMALLEST_SCORE * len(self.criteria)

    @property
    def largest(self) -> int:
        return LARGEST_SCORE * len(self.criteria)

    @property
    def groups(self) -> tuple[tuple[str, tuple[Criterion, ...]], ...]:
        """The groups in their order, each with its criteria."""
        found: dict[str, list[Criterion]] = {}
        for criterion in self.criteria:
            found.setdefault(criterion.group, []).append(criterion)
        return tuple((title, tuple(rows)) for title, rows in found.items())

    def band(self, key: str) -> Band | None:
        """The band of a verdict's key."""
        return next((band for band in self.bands if band.verdict == key), None)

    def verdict(self, total: int) -> Band:
        """What a total means; raises `ValueError` where no complete sheet can have it."""
        if not self.smallest <= total <= self.largest:
            raise ValueError(f"no total of this scheme: {total}")
        return next(band for band in self.bands if total >= band.start)


@dataclass(frozen=True)
class Heard:
    """One criterion over the complete sheets: the scores in the order of the sheets."""

    criterion: Criterion
    scores: tuple[int, ...]
    median: int
    spread: int

    @property
    def is_disputed(self) -> bool:
        return self.spread >= DISAGREE_FROM


@dataclass(frozen=True)
class Flag:
    """A knock-out that struck, with the sentence that says so."""

    criterion: Criterion
    score: int
    sentence: str


@dataclass(frozen=True)
class Outcome:
    """What the panel says of a candidate. Flags stand beside the verdict and don't change it."""

    heard: tuple[Heard, ...]
    totals: tuple[int, ...]  # of each sheet, in the order of the sheets
    total: int
    band: Band
    flags: tuple[Flag, ...]

    @property
    def disputed(self) -> tuple[Heard, ...]:
        """Criteria over which people disagree, the widest spread first."""
        found = (row for row in self.heard if row.is_disputed)
        return tuple(sorted(found, key=lambda row: -row.spread))


def score_of(scores: Scores, key: str) -> int | None:
    score = scores.get(key, {}).get("score")
    return score if isinstance(score, int) else None


def missing(scores: Scores, scale: Scale) -> tuple[Criterion, ...]:
    """The criteria that have no score yet."""
    return tuple(row for row in scale.criteria if score_of(scores, row.key) is None)


def is_complete(scores: Scores, scale: Scale) -> bool:
    return not missing(scores, scale)


def total(scores: Scores, scale: Scale) -> int | None:
    """The sum over all criteria; None for a sheet that is not complete."""
    found = [score_of(scores, row.key) for row in scale.criteria]
    known = [score for score in found if score is not None]
    return sum(known) if len(known) == len(found) else None


def verdict(scores: Scores, scale: Scale) -> Band | None:
    """What one sheet says; None for a sheet that is not complete."""
    found = total(scores, scale)
    return None if found is None else scale.verdict(found)


def lower_median(values: Sequence[int]) -> int:
    """The middle value, of an even number the lower of the two in the middle."""
    return sorted(values)[(len(values) - 1) // 2]


def panel(sheets: Sequence[Scores], scale: Scale, *, quorum: int = 1) -> Outcome | None:
    """What the complete ones among the sheets that were handed in say together.

    None where they are fewer than the quorum, or none at all.
    """
    complete = [sheet for sheet in sheets if is_complete(sheet, scale)]
    if len(complete) < max(quorum, 1):
        return None
    heard = tuple(_heard(criterion, complete) for criterion in scale.criteria)
    found = sum(row.median for row in heard)
    return Outcome(
        heard=heard,
        totals=tuple(total(sheet, scale) or 0 for sheet in complete),
        total=found,
        band=scale.verdict(found),
        flags=flags({row.criterion.key: {"score": row.median} for row in heard}, scale),
    )


def _heard(criterion: Criterion, sheets: Sequence[Scores]) -> Heard:
    scores = tuple(score_of(sheet, criterion.key) or 0 for sheet in sheets)
    return Heard(criterion, scores, lower_median(scores), max(scores) - min(scores))


def flags(scores: Scores, scale: Scale) -> tuple[Flag, ...]:
    """The knock-outs that strike, each criterion once, in the criteria's order."""
    found = []
    for criterion in scale.criteria:
        score = score_of(scores, criterion.key)
        limits = [
            rule.at_most for rule in scale.knock_outs if rule.criterion in ("", criterion.key)
        ]
        if score is not None and limits and score <= max(limits):
            said = criterion.anchors[score - SMALLEST_SCORE]
            sentence = f"{criterion.title} has {score} of {LARGEST_SCORE}: {said}"
            found.append(Flag(criterion, score, sentence))
    return tuple(found)


def proposed_meaning(band: Band, *, is_new: bool) -> str:
    """The meaning of the ring that a verdict proposes; empty for no placement.

    What is not on the radar yet is not put there only to be on hold.
    """
    return "" if is_new and band.ring == HOLD else band.ring


def differences(ours: Scores, theirs: Scores, scale: Scale) -> dict[str, dict[str, Any]]:
    """Where two versions of one sheet differ: both entries by criterion, `yours` and `saved`."""
    found = {}
    for criterion in scale.criteria:
        mine, saved = entry(ours, criterion.key), entry(theirs, criterion.key)
        if mine != saved:
            found[criterion.key] = {"yours": mine, "saved": saved}
    return found


def entry(scores: Scores, key: str) -> dict[str, Any]:
    """What a sheet says of a criterion, also where it says nothing."""
    return {
        "score": score_of(scores, key),
        "evidence": str(scores.get(key, {}).get("evidence") or ""),
    }


def is_score(value: object) -> bool:
    """Whether something is a whole number from 1 to 5."""
    return isinstance(value, int) and not isinstance(value, bool) and value in SCORES


def problems(scale: Scale) -> dict[str, str]:
    """What is wrong with a scheme, a sentence by field: criteria, bands, knock_outs."""
    found = {
        "criteria": _criteria_problem(scale.criteria),
        "bands": _bands_problem(scale),
        "knock_outs": _knock_outs_problem(scale),
    }
    return {field: sentence for field, sentence in found.items() if sentence}


def _criteria_problem(criteria: Sequence[Criterion]) -> str:
    if not FEWEST_CRITERIA <= len(criteria) <= MOST_CRITERIA:
        return f"A scheme has {FEWEST_CRITERIA} to {MOST_CRITERIA} criteria."
    if len({row.key for row in criteria}) < len(criteria):
        return "Two criteria have one name; give each its own."
    for row in criteria:
        if not row.title.strip() or not row.group.strip():
            return "Every criterion has a title and a group."
        if len(row.anchors) != len(SCORES) or not all(said.strip() for said in row.anchors):
            return f"{row.title} needs a sentence for every score from 1 to {LARGEST_SCORE}."
    return ""


def _bands_problem(scale: Scale) -> str:
    starts = [band.start for band in scale.bands]
    if not 1 <= len(starts) <= MOST_BANDS:
        return f"A scheme has 1 to {MOST_BANDS} verdicts."
    if len(set(starts)) < len(starts) or len({band.verdict for band in scale.bands}) < len(starts):
        return "Two verdicts start at one total, or have one name; give each its own."
    if starts[-1] > scale.smallest:
        return f"The lowest verdict starts at {scale.smallest} or below: every total has one."
    if starts[0] > scale.largest:
        return f"No total is above {scale.largest}, so no verdict starts at {starts[0]}."
    if not all(band.title.strip() for band in scale.bands):
        return "Every verdict says in words what it means."
    if not all(band.ring in ("", *MEANINGS) for band in scale.bands):
        return f"A verdict proposes {', '.join(MEANINGS)} or no placement."
    return ""


def _knock_outs_problem(scale: Scale) -> str:
    keys = {"", *(row.key for row in scale.criteria)}
    for rule in scale.knock_outs:
        if rule.criterion not in keys:
            return f"There is no criterion {rule.criterion}."
        if not is_score(rule.at_most):
            return f"A criterion knocks out at a score from 1 to {LARGEST_SCORE}."
    return ""
