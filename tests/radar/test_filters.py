from dataclasses import dataclass
from datetime import date

import pytest
from django.http import QueryDict

from radar.filters import Selection


@dataclass
class Seen:
    slug: str
    sector: int = 0
    ring: int = 0
    movement: str = "unchanged"
    tags: tuple[str, ...] = ()
    is_overdue: bool = False
    technology_id: int = 0
    remark: str = ""
    description: str = ""
    owner: str = ""

    @property
    def name(self) -> str:
        return self.slug.capitalize()


@dataclass
class Keyed:
    key: str
    order: int


SECTORS = [Keyed("tools", 0), Keyed("data", 1)]
RINGS = [Keyed("adopt", 0), Keyed("hold", 1)]
BLIPS = [
    Seen("ruff", tags=("python", "lint"), technology_id=1),
    Seen("kafka", sector=1, movement="moved_in", tags=("jvm",), technology_id=2),
    Seen("redis", sector=1, ring=1, movement="moved_out", is_overdue=True, technology_id=3),
    Seen("uv", movement="new", tags=("python",), remark="legacy only", technology_id=4),
]


def fitting(query: str, team: frozenset[int] | None = None) -> list[str]:
    selection = Selection.parse(QueryDict(query))
    found = selection.fitting(BLIPS, sectors=SECTORS, rings=RINGS, team_technologies=team)
    return [blip.slug for blip in found]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["ruff", "kafka", "redis", "uv"]),
        ("q=KAF", ["kafka"]),
        ("q=only legacy", ["uv"]),
        ("q=lint", ["ruff"]),
        ("sector=data", ["kafka", "redis"]),
        ("ring=hold", ["redis"]),
        ("sector=data&ring=adopt", ["kafka"]),
        ("sector=nowhere", []),
        ("movement=new", ["uv"]),
        ("movement=changed", ["kafka", "redis", "uv"]),
        ("movement=sideways", ["ruff", "kafka", "redis", "uv"]),
        ("tag=python&tag=lint", ["ruff"]),
        ("tag=python&tag=lint&tags=any", ["ruff", "uv"]),
        ("tag=Python", ["ruff", "uv"]),
        ("overdue=1", ["redis"]),
        ("overdue=0", ["ruff", "kafka", "redis", "uv"]),
    ],
)
def test_selection_narrows_to_what_fits(query: str, expected: list[str]):
    assert fitting(query) == expected


def test_selection_narrows_to_what_a_team_uses():
    assert fitting("team=payments", frozenset({2, 4})) == ["kafka", "uv"]


def test_selection_of_a_team_that_uses_nothing_is_empty():
    assert fitting("team=payments") == []


def test_selection_without_a_team_ignores_what_teams_use():
    assert fitting("", frozenset({2})) == ["ruff", "kafka", "redis", "uv"]


def test_query_of_a_selection_makes_the_same_selection():
    query = (
        "edition=2026-q3&q=a+b&sector=data&ring=hold&movement=new&tag=x&tag=y&tags=any&team=t"
        "&overdue=1&view=list&blip=redis"
    )
    selection = Selection.parse(QueryDict(query))

    assert selection.query() == f"?{query}"
    assert Selection.parse(QueryDict(selection.query()[1:])) == selection


def test_query_has_only_what_was_chosen():
    assert Selection.parse(QueryDict("q=&sector=&view=none&tags=any&page=3")).query() == "?"


def test_query_changes_one_field_and_keeps_the_others():
    selection = Selection.parse(QueryDict("q=x&blip=kafka&on=2026-03-01"))

    assert selection.query(blip="") == "?on=2026-03-01&q=x"


def test_everything_keeps_the_state_and_the_view():
    selection = Selection.parse(QueryDict("on=2026-03-01&q=x&tag=y&view=list&overdue=1"))

    assert selection.everything().query() == "?on=2026-03-01&view=list"
    assert selection.is_narrowed
    assert not selection.everything().is_narrowed


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "2026-13-01"])
def test_day_that_is_none_is_said_and_chooses_nothing(text: str):
    selection = Selection.parse(QueryDict(f"on={text}"))

    assert selection.on is None
    assert selection.has_bad_date


def test_day_is_read():
    selection = Selection.parse(QueryDict("on=2026-03-01"))

    assert selection.on == date(2026, 3, 1)
    assert not selection.has_bad_date
