"""A technology's story over editions, changes and proposals."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from radar.history import stories
from radar.models import Technology
from tests.factories import (
    make_change,
    make_edition,
    make_person,
    make_proposal,
    make_radar,
    make_technology,
)

pytestmark = pytest.mark.django_db
DAYS = [date(2025, month, 1) for month in (1, 4, 7, 10)]


@pytest.fixture
def radar():
    return make_radar("tech", order=1)


def written(radar, *rings: int | None) -> Technology:
    """A technology that was in these rings, an edition each."""
    for day, ring in zip(DAYS, rings, strict=False):
        others = {"Other": (0, 0)}
        make_edition(radar, others if ring is None else others | {"Go": (3, ring)}, day=day)
    return Technology.objects.get(name="Go")


def test_neighbours_in_one_ring_are_one_span(radar):
    (story,) = stories(written(radar, 2, 2, 1, 0))

    spans = [
        (span.ring.title if span.ring else None, span.since, span.until) for span in story.segments
    ]
    assert spans == [
        ("Assess", DAYS[0], DAYS[2]),
        ("Trial", DAYS[2], DAYS[3]),
        ("Adopt", DAYS[3], None),
    ]
    assert [(said.ring.title, said.movement) for said in story.said] == [
        ("Adopt", "moved_in"),
        ("Trial", "moved_in"),
        ("Assess", "unchanged"),
        ("Assess", "unchanged"),
    ]
    assert story.now == story.said[0]
    assert story.last_in is None


def test_a_gap_is_a_span_without_a_ring(radar):
    (story,) = stories(written(radar, None, 1, None, 1))

    assert [(str(span.ring), span.since) for span in story.segments] == [
        ("Trial", DAYS[1]),
        ("None", DAYS[2]),
        ("Trial", DAYS[3]),
    ]


def test_what_faded_says_in_which_edition_it_was_last(radar):
    (story,) = stories(written(radar, 1, 1, None))

    assert story.last_in is not None
    assert story.last_in.date == DAYS[1]
    assert story.now is None
    assert story.segments[-1].ring is None


def test_the_draft_is_told_apart(radar):
    technology = written(radar, 1)
    (story,) = stories(technology)
    assert (story.draft, story.has_draft) == (None, False)
    make_edition(radar, {"Go": (3, 0)})

    (story,) = stories(technology)

    assert story.draft is not None
    assert (story.draft.ring.title, story.has_draft) == ("Adopt", True)
    assert story.now is not None
    assert story.now.ring.title == "Trial"


def test_changes_come_newest_first_with_what_they_were_because_of(radar):
    technology = written(radar, 1)
    make_technology("Proof", slug="proof")
    for day, because in ((1, ("technology", "proof")), (2, ("poem", "9")), (3, ("", ""))):
        kind, key = because
        moment = datetime(2025, 2, day, tzinfo=UTC)
        make_change(radar, technology, 1, at=moment, because_kind=kind, because_key=key)

    (story,) = stories(technology, person=make_person())

    assert [told.change.at.day for told in story.changes] == [3, 2, 1]
    assert story.changes[0].because is None
    unknown, known = story.changes[1].because, story.changes[2].because
    assert unknown is not None
    assert known is not None
    assert unknown.is_dangling
    assert (known.title, known.url) == ("Proof", "/radar/technologies/proof/")


def test_every_radar_has_a_story_in_the_radars_order(radar):
    technology = written(radar, 1)
    first = make_radar("first", order=0)
    make_edition(first, {"Go": (3, 3)}, day=DAYS[0])
    only_asked = make_radar("asked", order=2)
    proposal = make_proposal(only_asked, technology)

    found = stories(technology)

    assert [story.radar.slug for story in found] == ["first", "tech", "asked"]
    assert found[2].proposals == (proposal,)
    assert (found[2].said, found[2].segments, found[2].now) == ((), (), None)


def test_a_technology_on_no_radar_has_no_story():
    assert stories(make_technology()) == []


def test_a_story_costs_four_queries_however_long_it_is(radar):
    technology = written(radar, 2, 1, 1, 0)
    for day in range(1, 9):
        make_change(radar, technology, 1, at=datetime(2025, 2, day, tzinfo=UTC))
        make_proposal(radar, technology)

    with CaptureQueriesContext(connection) as queries:
        (story,) = stories(technology)
        assert [str(told.change.to_ring) for told in story.changes] == ["Trial"] * 8
        assert {str(proposal.ring) for proposal in story.proposals} == {"Adopt"}

    assert len(queries) == 4
