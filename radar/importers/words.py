"""Words for rings and sectors, however a file spells them. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from radar.importers.document import Named

_BETWEEN = re.compile(r"[\s_\-\u2010-\u2015/]+")

STANDARD_RINGS = (
    Named("adopt", "Adopt"),
    Named("trial", "Trial"),
    Named("assess", "Assess"),
    Named("hold", "Hold"),
)
HOLD_ALIASES = ("caution",)  # what Thoughtworks calls it since volume 34
STANDARD_SECTORS = (
    Named("techniques", "Techniques"),
    Named("platforms", "Platforms"),
    Named("tools", "Tools"),
    Named("languages-and-frameworks", "Languages & Frameworks"),
)
UNSORTED = Named("unsorted", "Unsorted")

_MEANINGS = ("adopt", "trial", "assess", "hold")
_KNOWN = {
    "adopt": "adopt use standard recommended core keep invest default mainstream accepted",
    "trial": "trial try pilot explore experiment emerging test",
    "assess": "assess evaluate investigate consider research watch",
    "hold": "hold caution stop retire avoid deprecated deprecate drop endure contain sunset "
    "tolerate migrate eliminate legacy",
}
_MEANING_OF = {word: meaning for meaning, words in _KNOWN.items() for word in words.split()}
_USUAL = {*_MEANINGS, *HOLD_ALIASES}
_SLIPS, _SLIPS_SHARE = 5, 0.05  # so few rows of an unknown ring, or such a part, are slips


@dataclass(frozen=True, slots=True)
class RingPlan:
    """A ring of a radar to be: from the centre outwards."""

    title: str
    meaning: str
    description: str = ""
    aliases: tuple[str, ...] = ()


def fold(words: str) -> str:
    """What spellings of one name share: case, `&` and `and`, hyphens and blanks do not count."""
    return _BETWEEN.sub(" ", words.replace("&", " and ").casefold()).strip()


def is_ring_word(word: str) -> bool:
    """Whether everybody knows it as a ring."""
    return fold(word) in _MEANING_OF


def meaning_of(word: str) -> str:
    """What a ring called so means; empty where the word says nothing."""
    return _MEANING_OF.get(fold(word), "")


def plan_rings(declared: Sequence[Named], written: Iterable[str], most: int) -> list[RingPlan]:
    """The rings of a radar that is made from a file.

    Those it declares. Else the four that everybody has, where the rows use more of them than of
    other words, and the others only here and there: what is not among them is a slip then. Else
    what the rows use. One ring, or more than `most`, give the four; known words of a history that
    changed its rings become other names of these.
    """
    if declared:
        return _with_meanings([(ring.title, ring.description) for ring in declared[:most]])
    rows: Counter[str] = Counter()
    titles: dict[str, str] = {}
    for word in written:
        rows[fold(word)] += 1
        titles.setdefault(fold(word), word)
    if "hold" in titles:
        titles = {word: title for word, title in titles.items() if word not in HOLD_ALIASES}
    usual = [word for word in titles if word in _USUAL]
    own = [word for word in titles if word not in _USUAL]
    known = [word for word in own if word in _MEANING_OF]
    has_usual = len(own) <= len(usual)
    if has_usual:
        fewest = max(_SLIPS, rows.total() * _SLIPS_SHARE)
        own = [word for word in own if rows[word] >= fewest]
    if not own or not 2 <= len(usual) + len(own) <= most:
        return _standard(known if len(usual) + len(known) > most else [])
    words = [word for word in titles if word in usual or word in own]
    written_as = [titles[word] for word in _from_the_centre(words, has_usual=has_usual)]
    return _with_meanings([(title[:1].upper() + title[1:], "") for title in written_as])


def _from_the_centre(words: Sequence[str], *, has_usual: bool) -> list[str]:
    """Rings in order: numbers by their size; known words by meaning, and a few that nobody knows
    after them; as they appear where most are unknown."""
    if all(word.isdecimal() for word in words):
        return sorted(words, key=int)
    if not has_usual and any(word not in _MEANING_OF for word in words):
        return list(words)
    return sorted(words, key=lambda word: (*_MEANINGS, "").index(meaning_of(word)))


def _standard(own: Iterable[str]) -> list[RingPlan]:
    """The usual four, with words of the same meaning as their other names."""
    plans = _with_meanings([(ring.title, ring.description) for ring in STANDARD_RINGS])
    return [
        replace(
            plan,
            aliases=(*plan.aliases, *(word for word in own if _MEANING_OF[word] == plan.meaning)),
        )
        for plan in plans
    ]


def _with_meanings(rings: Sequence[tuple[str, str]]) -> list[RingPlan]:
    """Meanings by word, else by position between the centre and the edge."""
    plans = []
    for order, (title, description) in enumerate(rings):
        scaled = round(order * (len(_MEANINGS) - 1) / max(len(rings) - 1, 1))
        meaning = meaning_of(title) or _MEANINGS[scaled]
        others = {fold(other) for other, _ in rings}
        free = tuple(alias for alias in HOLD_ALIASES if alias not in others)
        aliases = free if fold(title) == "hold" else ()
        plans.append(RingPlan(_titled(title), meaning, description, aliases))
    return plans


def _titled(title: str) -> str:
    """`ADOPT` as `Adopt`; anything else as it is."""
    return title.capitalize() if title.isupper() and len(title) > 2 else title


def plan_sectors(
    declared: Sequence[Named], written: Iterable[str], fewest: int, most: int
) -> list[Named]:
    """The sectors of a radar that is made from a file: declared ones, else the usual four where
    all rows fit them, else what the rows name in the order of their appearance, or of their size
    where they are numbers.

    Where there are too many, the last is `Unsorted`; where too few, usual ones fill up.
    """
    if declared:
        found = {fold(sector.key): sector for sector in declared}
    else:
        found = {}
        for word in written:
            if word.strip():
                found.setdefault(fold(word), Named("", word.strip()))
        usual = {fold(sector.title) for sector in STANDARD_SECTORS}
        if set(found) <= usual:
            return list(STANDARD_SECTORS)
        if all(word.isdecimal() for word in found):
            found = {word: found[word] for word in sorted(found, key=int)}
    sectors = list(found.values())
    if len(sectors) > most:
        return [*sectors[: most - 1], UNSORTED]
    titles = {fold(sector.title) for sector in sectors}
    for sector in (*STANDARD_SECTORS, UNSORTED):
        if len(sectors) < fewest and fold(sector.title) not in titles:
            sectors.append(sector)
    return sectors
