"""When a service began and ceased to use technologies, from what was seen before and now. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from radar.components import (
    HELM,
    IMAGE,
    LANGUAGE,
    PACKAGE,
    TAGS,
    TERRAFORM,
    Component,
)
from radar.matching import MOST_EVIDENCE

Evidence = dict[str, str]

_FACTS = {
    LANGUAGE: "repo.languages",
    PACKAGE: "stack.packages",
    IMAGE: "stack.images",
    TERRAFORM: "stack.terraform_providers",
    HELM: "stack.helm_charts",
}
_SPECIAL = {"githubactions": "repo.ci_workflows", "kubernetes": "stack.images"}


@dataclass(frozen=True, slots=True)
class State:
    """A use as it is kept: see `radar.models.Use`."""

    technology_id: int
    evidence: list[Evidence]
    began_at: datetime | None
    first_seen_at: datetime
    gone_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a service. `known` are the facts that tell now, `known_before` those that told
    at the last look (None: this is the first); `has_same_rules`: by the same matching table, of
    files read by the same rules."""

    known: frozenset[str]
    known_before: frozenset[str] | None
    has_same_rules: bool
    at: datetime

    def began_at(self, components: Sequence[Component]) -> datetime | None:
        """Now, if it would have been seen at the last look; else nobody knows."""
        could_be_seen = self.known_before is not None and any(
            component.fact in self.known_before for component in components
        )
        return self.at if could_be_seen and self.has_same_rules else None


def changed(
    before: Mapping[int, State],
    matches: Mapping[int, Sequence[Component]],
    evidence: Mapping[int, list[Evidence]],
    look: Look,
) -> list[State]:
    """The uses that have to be written, by technology. `evidence` says what shows each match.

    A use whose facts can't be told now stays as it is.
    """
    found = []
    for technology_id, components in matches.items():
        state = before.get(technology_id)
        shown = evidence[technology_id]
        if state is None:
            began = look.began_at(components)
            found.append(State(technology_id, shown, began, look.at))
            continue
        shown = [*shown, *_untold(state.evidence, look.known)][:MOST_EVIDENCE]
        if state.gone_at is not None:
            began = look.began_at(components)
            found.append(State(technology_id, shown, began, state.first_seen_at))
        elif shown != state.evidence:
            found.append(State(technology_id, shown, state.began_at, state.first_seen_at))
    for technology_id, state in before.items():
        is_there = technology_id in matches or state.gone_at is not None
        if not is_there and not _untold(state.evidence, look.known):
            found.append(
                State(technology_id, state.evidence, state.began_at, state.first_seen_at, look.at)
            )
    return found


def _untold(evidence: Sequence[Mapping[str, Any]], known: frozenset[str]) -> list[Evidence]:
    """What the present look can't tell anything about."""
    return [dict(one) for one in evidence if fact_of(one) not in known]


def fact_of(evidence: Mapping[str, Any]) -> str:
    """The fact that a piece of evidence comes from."""
    special = _SPECIAL.get(str(evidence.get("ecosystem", "")))
    return special or _FACTS.get(str(evidence.get("kind", "")), TAGS)


def evidence_of(component: Component, url: str) -> Evidence:
    return {
        "kind": component.kind,
        "ecosystem": component.ecosystem,
        "name": component.name,
        "version": component.version,
        "where": component.where,
        "url": url,
    }
