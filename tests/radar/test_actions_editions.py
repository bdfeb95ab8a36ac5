"""Drafts and editions: opened once, thrown away with a word, published for good."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import close_old_connections, connection

from portal.accounts.models import Person
from portal.audit.models import Event
from portal.lib.errors import Conflict, Forbidden, Invalid
from radar.actions import accept, discard_draft, open_draft, publish
from radar.models import Edition, Entry, Proposal, Radar, RingChange, Technology
from radar.state import default_edition
from tests.factories import (
    make_edition,
    make_entry,
    make_person,
    make_proposal,
    make_radar,
    make_technology,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = NOW.date()
DAY = date(2026, 10, 1)


@pytest.fixture
def radar():
    radar = make_radar("tech")
    make_edition(radar, {"Go": (3, 1), "Kafka": (1, 2), "Perl": (3, 3)}, day=DAY)
    return radar


@pytest.fixture
def architect():
    return make_person("architect")


def known(name: str) -> Technology:
    return Technology.objects.get(name=name)


def accepted(radar: Radar, by: Person, name: str, ring: int | None, sector: int = 3) -> RingChange:
    found = Technology.objects.filter(name=name).first() or make_technology(name)
    proposal = make_proposal(radar, found, ring=ring, sector=sector)
    return accept(by=by, proposal=proposal, now=NOW)


def test_a_draft_is_a_copy_of_the_latest_edition(radar, architect):
    published = radar.editions.get()
    row = dict(published.placements.values("technology", "sector", "ring", "slot").first())

    draft = open_draft(by=architect, radar=radar, now=NOW)

    assert (draft.key, draft.title, draft.geometry) == ("draft", "Draft", published.geometry)
    assert draft.placements.filter(**row).exists()
    assert set(draft.placements.values_list("movement", flat=True)) == {"unchanged"}
    assert Event.objects.get().verb == "edition.opened"


def test_the_first_draft_of_a_radar_is_empty_and_laid_out(architect):
    radar = make_radar("empty")

    draft = open_draft(by=architect, radar=radar, now=NOW)

    assert draft.geometry["sectors"] == 4
    with pytest.raises(Conflict, match="The draft is empty"):
        publish(by=architect, radar=radar, title="Q4 2026", day=TODAY, now=NOW)


def test_there_is_one_draft(radar, architect):
    open_draft(by=architect, radar=radar, now=NOW)

    with pytest.raises(Conflict, match="has a draft already"):
        open_draft(by=architect, radar=radar, now=NOW)


@pytest.mark.parametrize("role", ["engineer", "lead"])
def test_only_architects_and_admins_work_on_editions(radar, role):
    person = make_person(role)

    with pytest.raises(Forbidden):
        open_draft(by=person, radar=radar, now=NOW)
    with pytest.raises(Forbidden):
        discard_draft(by=person, radar=radar)
    with pytest.raises(Forbidden):
        publish(by=person, radar=radar, title="Q4", day=TODAY, now=NOW)


def test_publishing_freezes_the_draft_under_its_title(radar, architect):
    accepted(radar, architect, "Go", 0)

    edition = publish(
        by=architect, radar=radar, title="Q4 2026", day=TODAY, note="Go is in.", now=NOW
    )

    edition.refresh_from_db()
    assert (edition.key, edition.title, edition.date) == ("2026-q4", "Q4 2026", TODAY)
    assert (edition.state, edition.origin, edition.is_frozen) == ("published", "portal", True)
    assert (edition.published_at, edition.published_by) == (NOW, architect.name)
    assert default_edition(radar) == edition
    assert radar.editions.count() == 2
    event = Event.objects.get(verb="edition.published")
    assert (event.subject_key, event.after["blips"]) == ("tech/2026-q4", 3)


def test_publishing_renews_the_reviews_of_what_changed(radar, architect):
    due = date(2026, 12, 1)
    for name in ("Go", "Kafka", "Perl"):
        make_entry(radar, known(name), next_review_on=due, reviewed_by="Before")
    accepted(radar, architect, "Go", 0)
    accepted(radar, architect, "Perl", None)
    accepted(radar, architect, "Zig", 2)

    publish(by=architect, radar=radar, title="Q4 2026", day=TODAY, now=NOW)

    rows = Entry.objects.values_list("technology__name", "next_review_on", "reviewed_by")
    assert sorted(rows) == [
        ("Go", date(2027, 2, 24), architect.name),
        ("Kafka", due, "Before"),
        ("Perl", None, "Before"),
        ("Zig", date(2027, 2, 24), architect.name),
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"day": DAY - timedelta(days=1)}, "day"),
        ({"day": TODAY + timedelta(days=1)}, "day"),
        ({"note": "x" * 20_001}, "note"),
    ],
)
def test_an_edition_that_breaks_a_rule_is_not_published(radar, architect, fields, field):
    open_draft(by=architect, radar=radar, now=NOW)

    with pytest.raises(Invalid) as error:
        publish(by=architect, radar=radar, now=NOW, **({"title": "Q4", "day": TODAY} | fields))

    assert list(error.value.context["fields"]) == [field]
    assert radar.editions.filter(state="draft").exists()


def test_two_editions_of_one_title_get_keys_of_their_own(radar, architect):
    for _ in range(2):
        open_draft(by=architect, radar=radar, now=NOW)
        publish(by=architect, radar=radar, title="Q4 2026", day=TODAY, now=NOW)

    keys = set(radar.editions.values_list("key", flat=True))
    assert keys == {DAY.isoformat(), "2026-q4", "2026-q4-2"}


def test_publishing_twice_is_refused(radar, architect):
    open_draft(by=architect, radar=radar, now=NOW)
    publish(by=architect, radar=radar, title="Q4 2026", day=TODAY, now=NOW)

    with pytest.raises(Conflict, match="no draft: everything in it is published"):
        publish(by=architect, radar=radar, title="Q4 2026", day=TODAY, now=NOW)


def test_a_draft_that_changed_since_it_was_looked_at_is_not_published(radar, architect):
    seen = open_draft(by=architect, radar=radar, now=NOW - timedelta(hours=1)).updated_at
    accepted(radar, architect, "Go", 0)

    with pytest.raises(Conflict, match="changed since you looked"):
        publish(by=architect, radar=radar, title="Q4", day=TODAY, now=NOW, seen_at=seen)

    seen = radar.editions.get(state="draft").updated_at
    publish(by=architect, radar=radar, title="Q4", day=TODAY, now=NOW, seen_at=seen)


def test_discarding_a_draft_says_what_is_lost(radar, architect):
    change = accepted(radar, architect, "Go", 0)
    accepted(radar, architect, "Zig", 2)

    lost = discard_draft(by=architect, radar=radar)

    assert (lost.changes, lost.reopened) == (2, 2)
    assert not Edition.objects.filter(state="draft").exists()
    assert not RingChange.objects.filter(pk=change.pk).exists()
    assert set(Proposal.objects.values_list("state", "decided_by_name")) == {("open", "")}
    event = Event.objects.get(verb="edition.discarded")
    assert sorted(event.before["changes"]) == ["Go: Trial to Adopt", "Zig: nowhere to Assess"]
    with pytest.raises(Conflict, match="no draft"):
        discard_draft(by=architect, radar=radar)


def test_after_a_discarded_draft_its_proposal_can_be_accepted_again(radar, architect):
    change = accepted(radar, architect, "Go", 0)
    proposal = Proposal.objects.get(change=change)
    discard_draft(by=architect, radar=radar)
    proposal.refresh_from_db()

    accept(by=architect, proposal=proposal, now=NOW + timedelta(minutes=1))

    assert RingChange.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_is_told(radar, architect):
    open_draft(by=architect, radar=radar, now=NOW)

    def go(number: int) -> str:
        try:
            publish(by=architect, radar=radar, title=f"Q{number} 2026", day=TODAY, now=NOW)
        except Conflict as conflict:
            return conflict.message
        finally:
            close_old_connections()
            connection.close()
        return "published"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(go, (1, 2, 3, 4)))

    assert answers == ["Tech has no draft: everything in it is published."] * 3 + ["published"]
    assert radar.editions.published().count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_proposals_accepted_at_once_share_one_draft(radar, architect):
    proposals = [make_proposal(radar, make_technology(f"T{number}")) for number in range(4)]

    def go(proposal: Proposal) -> None:
        try:
            accept(by=architect, proposal=proposal, now=NOW)
        finally:
            close_old_connections()
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(go, proposals))

    draft = radar.editions.get(state="draft")
    assert draft.placements.count() == 3 + 4
    slots = draft.placements.values_list("sector", "ring", "slot")
    assert len(set(slots)) == len(slots)
