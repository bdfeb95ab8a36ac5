"""What the desk says of the radar, and to whom."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import Person
from portal.accounts.roles import forget_teams
from portal.lib.registry import DeskItem
from radar import desk
from radar.actions import accept, decline
from radar.models import Evaluation, Technology, Use
from tests.factories import (
    make_change,
    make_edition,
    make_entry,
    make_evaluation,
    make_person,
    make_proposal,
    make_radar,
    make_service,
    make_sheet,
    make_team,
    make_technology,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def radar():
    radar = make_radar("tech", title="Tech radar")
    make_edition(radar, {"Go": (3, 1), "Kafka": (1, 2)}, day=date(2026, 10, 1))
    return radar


def due(radar, name: str, days: int, owner=None) -> Technology:
    technology = make_technology(name, owner=owner)
    make_entry(radar, technology, next_review_on=TODAY + timedelta(days=days))
    return technology


def of_kind(kind: str, person: Person) -> list[DeskItem]:
    return [item for item in desk.waiting(person, NOW) if item.kind == kind]


def titles(items) -> list[str]:
    return [item.title for item in items]


def test_owners_see_what_is_overdue_or_due_within_two_weeks(radar):
    person = make_person()
    team = make_team("payments", members=(person,))
    due(radar, "Late", -3, team)
    due(radar, "Soon", 14, team)
    due(radar, "Later", 15, team)
    due(radar, "Theirs", -3, make_team("other"))
    due(radar, "Nobodys", -3)

    late, soon = of_kind("Reviews", person)

    assert (late.title, late.due_words, late.is_late) == ("Review Late", "due 21 Nov", True)
    assert (soon.title, soon.due_words, soon.is_late) == ("Review Soon", "due 8 Dec", False)
    assert late.url == "/radar/technologies/late/"
    assert [act.url for act in late.acts] == ["/radar/tech/review/"]
    assert late.detail == "Tech radar, owned by payments."
    assert late.due_at is not None
    assert late.due_at < NOW


def test_what_nobody_owns_is_for_architects(radar):
    due(radar, "Nobodys", -3)

    assert titles(of_kind("Reviews", make_person("architect"))) == ["Review Nobodys"]
    assert titles(of_kind("Reviews", make_person("admin"))) == []


def test_many_reviews_are_three_and_a_line_with_one_query(radar):
    for number in range(8):
        due(radar, f"T{number}", number - 5)
    architect = make_person("architect")
    list(of_kind("Reviews", architect))  # the person's teams are known from here on

    with CaptureQueriesContext(connection) as queries:
        items = list(of_kind("Reviews", architect))

    assert titles(items) == [
        "Review T0",
        "Review T1",
        "Review T2",
        "Review 5 more technologies",
    ]
    assert items[-1].detail == "2 reviews overdue."
    assert len(queries) == 1


def test_what_is_on_no_edition_is_not_asked_for(radar):
    make_entry(radar, make_technology(), next_review_on=None)

    assert titles(of_kind("Reviews", make_person("architect"))) == []


@pytest.mark.parametrize(
    ("role", "seen"), [("engineer", 0), ("lead", 0), ("architect", 1), ("admin", 1)]
)
def test_proposals_wait_for_those_who_may_decide(radar, role, seen):
    proposal = make_proposal(radar, Technology.objects.get(name="Go"), ring=0)

    items = list(of_kind("Proposals", make_person(role)))

    assert len(items) == seen
    for item in items:
        assert item.title == "Go to Adopt"
        assert item.url == f"/radar/tech/proposals/{proposal.pk}/"
        assert item.detail == f"{proposal.by_name}: It has proven itself."


def test_a_long_reason_is_told_in_one_line(radar):
    reason = "It is faster. " * 40 + "\n\n# More\n" + "x" * 10_000
    make_proposal(radar, Technology.objects.get(name="Go"), ring=0, reason=reason)

    (item,) = of_kind("Proposals", make_person("architect"))

    assert len(item.detail) < 230
    assert item.detail.endswith(" …")
    assert "#" not in item.detail


def test_nobody_is_asked_about_their_own_or_a_decided_proposal(radar):
    architect = make_person("architect")
    make_proposal(radar, by=architect)
    make_proposal(radar, state="declined")
    make_proposal(radar, Technology.objects.get(name="Kafka"), ring=None)

    assert titles(of_kind("Proposals", architect)) == ["Kafka off the radar"]


def test_moves_of_what_teams_own_or_use_are_told(radar):
    person = make_person()
    team = make_team(members=(person,))
    go, kafka = Technology.objects.get(name="Go"), Technology.objects.get(name="Kafka")
    service = make_service(owner=team)
    Use.objects.create(service=service, technology=kafka, first_seen_at=NOW, last_seen_at=NOW)
    owned = make_technology("Owned", owner=team)
    for number, (technology, to) in enumerate(((go, 0), (kafka, 3), (owned, None))):
        moment = NOW - timedelta(hours=number + 1)
        make_change(radar, technology, to, before=1, at=moment, reason="Because.")

    found = list(desk.changes(person, NOW - timedelta(days=1), 8))

    assert [(row.title, row.before, row.after, row.got_worse) for row in found] == [
        ("Kafka", "Trial", "Hold", True),
        ("Owned", "Trial", "Not on the radar", True),
    ]
    assert (found[0].lead, found[0].detail) == ("Tech radar.", "Because.")
    assert len(list(desk.changes(make_person(), NOW - timedelta(days=1), 8))) == 3
    assert list(desk.changes(person, NOW, 8)) == []


def test_a_use_that_is_over_is_no_use(radar):
    person = make_person()
    team = make_team(members=(person,))
    kafka = Technology.objects.get(name="Kafka")
    use = {"technology": kafka, "first_seen_at": NOW, "last_seen_at": NOW}
    Use.objects.create(service=make_service(owner=team), gone_at=NOW, **use)
    Use.objects.create(service=make_service(owner=team, vanished_at=NOW), **use)
    make_change(radar, kafka, 3, before=1, at=NOW)

    assert list(desk.changes(person, NOW - timedelta(days=1), 8)) == []


def test_what_became_of_the_own_proposals_is_told(radar):
    author, architect = make_person(), make_person("architect", name="Jun")
    make_team(members=(author,))
    go = make_proposal(radar, Technology.objects.get(name="Go"), by=author, ring=0)
    kafka = make_proposal(radar, Technology.objects.get(name="Kafka"), by=author, ring=3)
    accept(by=architect, proposal=go, now=NOW)
    decline(by=architect, proposal=kafka, reason="Too early.", now=NOW + timedelta(minutes=1))
    forget_teams(author)

    found = list(desk.changes(author, NOW - timedelta(days=1), 8))

    assert [(row.title, row.lead, row.detail, row.got_worse) for row in found] == [
        ("Your proposal: Kafka to Hold", "Declined by Jun.", "Too early.", True),
        ("Your proposal: Go to Adopt", "Accepted by Jun.", "", False),
    ]
    assert list(desk.changes(author, NOW + timedelta(hours=1), 8)) == []


def test_changes_cost_one_query(radar):
    person = make_person()
    make_team(members=(person,))
    make_change(radar, Technology.objects.get(name="Go"), 0, before=1, at=NOW)
    list(desk.changes(person, NOW, 8))  # the person's teams are known from here on

    with CaptureQueriesContext(connection) as queries:
        list(desk.changes(person, NOW - timedelta(days=1), 8))

    assert len(queries) == 1


def test_scorers_see_what_they_have_not_handed_in(radar):
    anna, owner = make_person(), make_person(name="Olga")
    fields = {"owner": owner, "at": NOW - timedelta(days=9), "scorers": [anna]}
    first = make_evaluation(radar, "Go", ends_on=TODAY + timedelta(days=1), **fields)
    late = make_evaluation(
        radar, "Kafka", question="Is it?", ends_on=TODAY - timedelta(days=1), **fields
    )
    make_evaluation(radar, "Drafted", state="draft", **fields)
    make_evaluation(radar, "Submitted", state="submitted", **fields)
    two = make_evaluation(radar, "Rust", alternatives=["Zig"], **fields)
    done = make_evaluation(radar, "Done", **fields)
    make_sheet(first, anna, 3, is_handed_in=False)
    make_sheet(two, anna, 3)
    make_sheet(done, anna, 3)

    items = of_kind("Evaluations", anna)

    assert titles(items) == ["Score Kafka", "Score Go", "Score Rust"]
    assert (items[0].detail, items[0].due_words) == ("Olga asks: Is it?", "due yesterday")
    assert [item.is_late for item in items] == [True, False, False]
    assert items[0].url == f"/evaluations/{late.pk}/"
    assert items[0].acts[0].url == f"/evaluations/{late.pk}/score/"
    assert of_kind("Evaluations", make_person("architect")) == []


def test_owners_see_time_boxes_that_are_over(radar):
    owner = make_person()
    fields = {"owner": owner, "at": NOW - timedelta(days=9)}
    make_evaluation(radar, "Go", ends_on=TODAY - timedelta(days=2), **fields)
    make_evaluation(radar, "Kafka", ends_on=TODAY, **fields)
    ended = make_evaluation(radar, "Rust", ends_on=TODAY - timedelta(days=2), **fields)
    Evaluation.objects.filter(pk=ended.pk).update(state="closed")

    (item,) = of_kind("Evaluations", owner)

    assert (item.title, item.is_late) == ("The time box of Go is over", True)
    assert of_kind("Evaluations", make_person()) == []


def test_all_that_waits_is_asked_for_at_once(radar):
    person = make_person("architect")
    due(radar, "Late", -3)
    make_proposal(radar)
    make_evaluation(radar, "Go", owner=person, scorers=[person], at=NOW - timedelta(days=20))
    forget_teams(person)

    with CaptureQueriesContext(connection) as asked:
        found = list(desk.waiting(person, NOW))

    assert [item.kind for item in found] == ["Evaluations", "Evaluations", "Proposals", "Reviews"]
    about_the_radar = [row for row in asked.captured_queries if "radar_" in row["sql"]]
    assert len(about_the_radar) == 1
