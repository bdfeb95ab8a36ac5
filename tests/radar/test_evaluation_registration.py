"""What the rest of the portal hears of evaluations."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils.html import strip_tags

from portal.audit.models import Event
from radar.actions import (
    Plan,
    accept_evaluation,
    close_evaluation,
    draft_evaluation,
    edit_evaluation,
    hand_in,
    invite,
    open_scoring,
    save_sheet,
    submit_evaluation,
    take_back,
    uninvite,
)
from radar.evaluation_registration import count_open
from tests.factories import built_in_scheme, make_evaluation, make_person, make_radar, scores_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WAY = [
    "Archie drafted {0}: Can it?",
    "Archie changed the draft of {0}",
    "Archie invited Anna, Ben to score {0}",
    "Archie took the invitation of Ben to {0} back",
    "Archie opened {0} for scoring until 2026-11-27",
    "Anna handed in a sheet of Temporal for {0}",
    "Anna took the sheet of Temporal for {0} back",
    "Anna handed in a sheet of Temporal for {0}",
    "Archie submitted {0}: 40 points, Strong adopt candidate",
    "Archie made proposal {1}, Temporal: Adopt on Tech",
    "Archie accepted {0}: Adopt",
    "Archie closed {0}",
]


def test_the_audit_tells_the_whole_way_and_no_score(sign_in):
    built_in_scheme()
    radar = make_radar("tech")
    archie = make_person("architect", name="Archie")
    anna, ben = make_person(name="Anna"), make_person(name="Ben")
    plan = Plan(
        name="Temporal",
        question="Can it?",
        success_criteria="It can.",
        ends_on=NOW.date() + timedelta(days=3),
    )
    made = draft_evaluation(by=archie, radar=radar, plan=plan, now=NOW)
    edit_evaluation(by=archie, evaluation=made, plan=plan, revision=1, now=NOW)
    invite(by=archie, evaluation=made, people=[anna, ben], now=NOW)
    uninvite(by=archie, evaluation=made, person=ben)
    open_scoring(by=archie, evaluation=made, now=NOW)
    candidate = made.candidates.get()
    save_sheet(by=anna, candidate=candidate, scores=scores_of(made, 4), revision=0, now=NOW)
    hand_in(by=anna, candidate=candidate, now=NOW)
    take_back(by=anna, candidate=candidate)
    hand_in(by=anna, candidate=candidate, now=NOW)
    about_sheets = Event.objects.filter(actor_name="Anna").values_list("before", "after")
    assert list(about_sheets) == [(None, {"candidate": "Temporal"})] * 3
    submit_evaluation(by=archie, evaluation=made, now=NOW)
    ring, sector = radar.rings.get(key="adopt"), radar.sectors.first()
    done = accept_evaluation(by=archie, evaluation=made, ring=ring, sector=sector, now=NOW)
    close_evaluation(by=archie, evaluation=done, now=NOW)

    text = unescape(strip_tags(sign_in().get("/audit/").content.decode()))
    words = " ".join(text.split())
    for line in WAY:
        assert line.format(made, done.proposal_id) in words


def test_the_rail_counts_what_is_open_for_scoring():
    for state in ("draft", "open", "open", "submitted"):
        make_evaluation(state=state)

    assert count_open() == 2
