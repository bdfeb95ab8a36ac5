"""Proposals: who may do what, what it leads to, and what comes second."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.audit.models import Event
from portal.lib import registry
from portal.lib.errors import Conflict, Forbidden, Invalid
from radar.actions import accept, comment, decline, propose, withdraw
from radar.models import Placement, Proposal, RingChange, Technology
from tests.factories import make_edition, make_person, make_proposal, make_radar, make_technology

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = date(2026, 10, 1)


@pytest.fixture
def radar():
    radar = make_radar("tech")
    make_edition(radar, {"Go": (3, 1), "Kafka": (1, 2)}, day=DAY)
    return radar


@pytest.fixture
def engineer():
    return make_person("engineer")


@pytest.fixture
def architect():
    return make_person("architect")


def asked(radar, by, name="Go", sector=3, ring: int | None = 0, **fields):
    fields.setdefault("reason", "It is good.")
    return propose(
        by=by,
        radar=radar,
        name=name,
        sector=radar.sectors.get(order=sector),
        ring=None if ring is None else radar.rings.get(order=ring),
        now=NOW,
        **fields,
    )


def where(edition, name: str) -> tuple[str, str, str] | None:
    rows = edition.placements.filter(technology__name=name)
    return rows.values_list("sector__title", "ring__title", "movement").first()


def test_everybody_may_propose(radar):
    for number, role in enumerate(("engineer", "architect", "lead", "admin")):
        proposal = asked(radar, make_person(role), name=f"New {number}")
        assert (proposal.state, proposal.technology) == ("open", None)

    event = Event.objects.filter(verb="proposal.made").latest("id")
    assert event.after == {
        "radar": "Tech",
        "sector": "Languages",
        "ring": "Adopt",
        "reason": "It is good.",
    }


def test_a_proposal_finds_the_technology_whatever_its_case(radar, engineer):
    proposal = asked(radar, engineer, name="  go ")

    assert proposal.technology == Technology.objects.get(name="Go")
    assert proposal.name == "Go"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 20_001}, "reason"),
        ({"because": ("poem", "1")}, "because"),
        ({"because": ("technology", "nope")}, "because"),
    ],
)
def test_a_proposal_that_breaks_a_rule_says_which(radar, engineer, fields, field):
    with pytest.raises(Invalid) as error:
        asked(radar, engineer, **fields)

    assert field in error.value.context["fields"]
    assert not Proposal.objects.exists()


def test_sector_and_ring_are_of_the_radar(radar, engineer):
    other = make_radar("other")
    with pytest.raises(Invalid, match="no sector of Tech"):
        propose(
            by=engineer,
            radar=radar,
            name="Go",
            sector=other.sectors.get(order=0),
            ring=radar.rings.get(order=0),
            reason="So.",
            now=NOW,
        )
    with pytest.raises(Invalid, match="no ring of Tech"):
        propose(
            by=engineer,
            radar=radar,
            name="Go",
            sector=radar.sectors.get(order=0),
            ring=other.rings.get(order=0),
            reason="So.",
            now=NOW,
        )


def test_a_proposal_that_would_change_nothing_is_refused(radar, engineer):
    with pytest.raises(Conflict, match="Go is in Trial, Languages already"):
        asked(radar, engineer, ring=1)
    with pytest.raises(Conflict, match="Zig is not on the radar"):
        asked(radar, engineer, name="Zig", ring=None)


def test_a_second_proposal_about_a_technology_is_sent_to_the_first(radar, engineer):
    first = asked(radar, engineer)

    with pytest.raises(Conflict, match=f"Proposal {first.pk} about Go is open already"):
        asked(radar, make_person(), name="GO", ring=3)

    asked(make_radar("other"), engineer)


def test_what_it_is_because_of_is_kept_with_the_change(radar, engineer, architect):
    make_technology("Proof", slug="proof")
    proposal = asked(radar, engineer, because=("technology", "proof"))

    change = accept(by=architect, proposal=proposal, now=NOW)

    assert (change.because_kind, change.because_key) == ("technology", "proof")
    assert "technology" in registry.link_targets


def test_accepting_opens_the_draft_and_moves_the_technology_in_it(radar, engineer, architect):
    published = radar.editions.get()
    proposal = asked(radar, engineer)

    change = accept(by=architect, proposal=proposal, reason="Agreed.", now=NOW)

    draft = radar.editions.get(state="draft")
    assert where(draft, "Go") == ("Languages", "Adopt", "moved_in")
    assert where(draft, "Kafka") == ("Platforms", "Assess", "unchanged")
    assert where(published, "Go") == ("Languages", "Trial", "unchanged")
    assert (change.edition, change.by_name, change.reason) == (draft, engineer.name, "It is good.")
    assert (str(change.from_ring), str(change.to_ring)) == ("Trial", "Adopt")
    proposal.refresh_from_db()
    assert (
        proposal.state,
        proposal.change,
        proposal.decided_by_name,
        proposal.decision_reason,
    ) == (
        "accepted",
        change,
        architect.name,
        "Agreed.",
    )
    assert list(Event.objects.order_by("id").values_list("verb", flat=True)) == [
        "proposal.made",
        "edition.opened",
        "proposal.accepted",
        "technology.moved",
    ]
    moved = Event.objects.get(verb="technology.moved")
    assert (moved.before, moved.after["ring"]) == ({"ring": "Trial"}, "Adopt")


def test_accepting_something_new_makes_the_technology(radar, engineer, architect):
    proposal = asked(radar, engineer, name="C++", ring=2)

    change = accept(by=architect, proposal=proposal, now=NOW)

    assert change.technology.slug == "cplusplus"
    assert where(radar.editions.get(state="draft"), "C++") == ("Languages", "Assess", "new")
    proposal.refresh_from_db()
    assert proposal.technology == change.technology


def test_accepting_can_take_a_technology_off_the_radar(radar, engineer, architect):
    change = accept(by=architect, proposal=asked(radar, engineer, ring=None), now=NOW)

    assert change.to_ring is None
    assert where(radar.editions.get(state="draft"), "Go") is None
    assert Technology.objects.filter(name="Go").exists()


def test_a_change_of_sector_only_is_a_change(radar, engineer, architect):
    accept(by=architect, proposal=asked(radar, engineer, sector=2, ring=1), now=NOW)

    assert where(radar.editions.get(state="draft"), "Go") == ("Tools", "Trial", "unchanged")


def test_a_second_accepted_change_goes_into_the_same_draft(radar, engineer, architect):
    accept(by=architect, proposal=asked(radar, engineer), now=NOW)
    later = NOW + timedelta(minutes=1)
    accept(by=architect, proposal=asked(radar, engineer, name="Kafka", sector=1, ring=0), now=later)

    draft = radar.editions.get(state="draft")
    assert draft.changes.count() == 2
    assert draft.updated_at == later
    slots = draft.placements.values_list("sector", "ring", "slot")
    assert len(set(slots)) == len(slots)


@pytest.mark.parametrize("role", ["engineer", "lead"])
def test_only_architects_and_admins_decide(radar, engineer, role):
    proposal = asked(radar, engineer)
    person = make_person(role)

    with pytest.raises(Forbidden, match="architect or admin"):
        accept(by=person, proposal=proposal, now=NOW)
    with pytest.raises(Forbidden):
        decline(by=person, proposal=proposal, reason="No.", now=NOW)

    assert Proposal.objects.get().is_open


@pytest.mark.parametrize("role", ["architect", "admin"])
def test_nobody_decides_on_their_own_proposal(radar, role):
    person = make_person(role)
    proposal = asked(radar, person)

    with pytest.raises(Forbidden, match="somebody else decides"):
        accept(by=person, proposal=proposal, now=NOW)
    with pytest.raises(Forbidden, match="somebody else decides"):
        decline(by=person, proposal=proposal, reason="No.", now=NOW)

    accept(by=make_person("admin"), proposal=proposal, now=NOW)


def test_accepting_twice_changes_once(radar, engineer, architect):
    proposal = asked(radar, engineer)
    stale = Proposal.objects.get()
    accept(by=architect, proposal=proposal, now=NOW)

    with pytest.raises(Conflict, match=f"{architect.name} accepted this proposal on 2026-11-24"):
        accept(by=make_person("admin"), proposal=stale, now=NOW)

    assert RingChange.objects.count() == 1


def test_accepting_what_has_come_to_be_meanwhile_leaves_the_proposal_open(
    radar, engineer, architect
):
    stale = make_proposal(radar, Technology.objects.get(name="Go"), ring=0, sector=3)
    accept(by=architect, proposal=asked(radar, engineer, name="Kafka", sector=1, ring=0), now=NOW)
    draft = radar.editions.get(state="draft")
    Placement.objects.filter(edition=draft, technology=stale.technology).update(
        ring=radar.rings.get(order=0)
    )

    with pytest.raises(Conflict, match="Go is in Adopt, Languages already"):
        accept(by=architect, proposal=stale, now=NOW)

    assert Proposal.objects.get(pk=stale.pk).is_open


def test_declining_says_why(radar, engineer, architect):
    proposal = asked(radar, engineer)
    with pytest.raises(Invalid, match="Say why"):
        decline(by=architect, proposal=proposal, reason=" ", now=NOW)

    decline(by=architect, proposal=proposal, reason="Too early.", now=NOW)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.decision_reason) == ("declined", "Too early.")
    assert not radar.editions.filter(state="draft").exists()
    assert not RingChange.objects.exists()


def test_only_its_author_withdraws_a_proposal(radar, engineer):
    proposal = asked(radar, engineer)
    with pytest.raises(Forbidden, match=f"Only {engineer.name}"):
        withdraw(by=make_person("admin"), proposal=proposal, now=NOW)

    withdraw(by=engineer, proposal=proposal, now=NOW)

    with pytest.raises(Conflict, match=f"{engineer.name} withdrew this proposal"):
        withdraw(by=engineer, proposal=proposal, now=NOW)
    with pytest.raises(Conflict):
        accept(by=make_person("admin"), proposal=proposal, now=NOW)


def test_comments_are_taken_while_it_is_open(radar, engineer):
    proposal = asked(radar, engineer)

    said = comment(by=make_person("lead"), proposal=proposal, text="What about costs?", now=NOW)

    assert list(proposal.comments.all()) == [said]
    with pytest.raises(Invalid, match="Write a comment"):
        comment(by=engineer, proposal=proposal, text=" \n", now=NOW)
    withdraw(by=engineer, proposal=proposal, now=NOW)
    with pytest.raises(Conflict, match="withdr"):
        comment(by=engineer, proposal=proposal, text="Late.", now=NOW)
