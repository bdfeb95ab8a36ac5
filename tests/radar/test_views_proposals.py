"""Proposing, discussing and deciding on pages."""

from datetime import date

import pytest
from django.test import Client

from portal.accounts.models import Role
from portal.lib.registry import link_targets
from radar.models import Comment, Proposal
from tests.factories import (
    make_edition,
    make_evaluation,
    make_person,
    make_proposal,
    make_radar,
    make_technology,
)

pytestmark = pytest.mark.django_db
ADDRESS = "/radar/company/propose/"


@pytest.fixture
def radar():
    radar = make_radar("company", title="Company radar")
    make_edition(radar, {"Go": (3, 1)}, day=date(2026, 1, 5))
    return radar


def client_of(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def client():
    return client_of(make_person(Role.ENGINEER))


@pytest.fixture
def architect():
    return client_of(make_person(Role.ARCHITECT))


def text_of(response, status=200):
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def form(**fields):
    return {"name": "Go", "sector": "languages", "ring": "adopt", "reason": "It works.", **fields}


def address(proposal, what=""):
    return f"/radar/company/proposals/{proposal.pk}/{what}"


class TestPropose:
    def test_form_starts_from_where_the_technology_is(self, client, radar):
        text = text_of(client.get(f"{ADDRESS}?technology=go"))

        assert 'value="Go"' in text
        assert '<option value="languages" selected>' in text
        assert '<option value="trial" selected>' in text

    def test_proposal_is_made_and_shown(self, client, radar):
        response = client.post(ADDRESS, form(), follow=True)

        assert "Go is proposed" in text_of(response)
        proposal = Proposal.objects.get()
        assert (proposal.ring.key, proposal.technology.name) == ("adopt", "Go")

    def test_technology_may_be_proposed_that_nobody_knows(self, client, radar):
        response = client.post(ADDRESS, form(name="Gleam"), follow=True)

        assert "Not known yet" in text_of(response)

    def test_technology_may_be_proposed_to_leave(self, client, radar):
        response = client.post(ADDRESS, form(ring="off"), follow=True)

        assert "Off the radar" in text_of(response)
        assert Proposal.objects.get().ring is None

    def test_without_a_sector_it_stays_in_its_own(self, client, radar):
        client.post(ADDRESS, form(name="go", sector="", ring="hold"))

        assert Proposal.objects.get().sector.key == "languages"

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"name": "Gleam", "sector": ""}, "Say in which sector: it is not on the radar yet."),
            ({"ring": ""}, "This field is required."),
            ({"reason": ""}, "This field is required."),
            ({"ring": "trial"}, "Go is in Trial, Languages already."),
            ({"name": "Zig", "ring": "off"}, "Zig is not on the radar, so it can"),
            ({"sector": "nowhere"}, "Select a valid choice."),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(self, client, radar, fields, says):
        text = text_of(client.post(ADDRESS, form(**fields)), 422)

        assert says in text
        assert f'value="{form(**fields)["name"]}"' in text
        assert not Proposal.objects.exists()

    def test_second_proposal_about_a_technology_is_refused(self, client, radar):
        make_proposal(radar, make_technology("Zig"))

        text = text_of(client.post(ADDRESS, form(name="zig")), 422)

        assert "is open already" in text

    def test_evidence_is_asked_for_only_where_there_can_be_any(self, client, radar):
        assert "Evidence" in text_of(client.get(ADDRESS))
        target = link_targets.get("evaluation")
        assert target is not None
        link_targets.remove("evaluation")
        try:
            assert "Evidence" not in text_of(client.get(ADDRESS))
        finally:
            link_targets.add(target)

    def test_evidence_is_kept_and_named(self, client, radar):
        number = make_evaluation(radar, "Zig").pk

        refused = client.post(ADDRESS, form(because_kind="evaluation", because=f"{number + 1}"))
        cause = form(because_kind="evaluation", because=str(number))
        made = client.post(ADDRESS, cause, follow=True)

        assert "There is no evaluation" in text_of(refused, 422)
        link = f'<a class="link" href="/evaluations/{number}/">Evaluation {number}: Zig</a>'
        assert link in text_of(made)


class TestDiscussion:
    def test_comment_is_shown_as_markdown_without_its_scripts(self, client, radar):
        proposal = make_proposal(radar)

        client.post(address(proposal, "comment/"), {"text": "**Yes**<script>alert(1)</script>"})

        html = client.get(address(proposal)).content.decode()
        assert "<strong>Yes</strong>" in html
        assert "<script>alert" not in html

    def test_empty_comment_is_refused_at_its_field(self, client, radar):
        proposal = make_proposal(radar)

        response = client.post(address(proposal, "comment/"), {"text": ""})

        assert "This field is required." in text_of(response, 422)
        assert not Comment.objects.exists()

    def test_decided_proposal_takes_no_comment(self, client, radar):
        proposal = make_proposal(radar, state="declined", decided_by_name="Ada Arch")

        response = client.post(address(proposal, "comment/"), {"text": "Late."}, follow=True)

        assert "Ada Arch declined this proposal" in text_of(response)
        assert not Comment.objects.exists()


class TestDecision:
    def test_accepting_puts_it_into_the_draft(self, architect, radar):
        proposal = make_proposal(radar, make_technology("Zig"), ring=2, sector=3)

        response = architect.post(address(proposal, "decide/"), {"decision": "accept"}, follow=True)

        assert "accepted and stands in the draft" in text_of(response)
        draft = radar.editions.get(key="draft")
        assert draft.placements.get(technology__name="Zig").ring.key == "assess"

    def test_declining_needs_a_reason(self, architect, radar):
        proposal = make_proposal(radar)

        response = architect.post(address(proposal, "decide/"), {"decision": "decline"})

        assert "Say why" in text_of(response, 422)
        proposal.refresh_from_db()
        assert proposal.is_open

    def test_declined_proposal_says_why(self, architect, client, radar):
        proposal = make_proposal(radar)
        architect.post(
            address(proposal, "decide/"), {"decision": "decline", "reason": "Too early."}
        )

        text = text_of(client.get(address(proposal)))

        assert "Declined" in text
        assert "Too early." in text

    def test_somebody_who_may_not_decide_sees_no_buttons(self, client, radar):
        text = text_of(client.get(address(make_proposal(radar))))

        assert 'value="accept"' not in text
        assert "Architects decide" in text

    def test_author_may_withdraw_but_not_decide(self, radar):
        author = make_person(Role.ARCHITECT)
        client, proposal = client_of(author), make_proposal(radar, by=author)
        text = text_of(client.get(address(proposal)))
        assert 'value="accept"' not in text
        assert "Withdraw" in text

        response = client.post(address(proposal, "withdraw/"), follow=True)

        assert "The proposal is withdrawn." in text_of(response)

    def test_proposal_that_was_decided_meanwhile_says_by_whom(self, architect, radar):
        proposal = make_proposal(radar, make_technology("Zig"), ring=2)
        data = {"decision": "accept"}
        architect.post(address(proposal, "decide/"), data)

        response = architect.post(address(proposal, "decide/"), data, follow=True)

        assert "accepted this proposal" in text_of(response)


class TestList:
    def test_list_has_open_ones_first(self, client, radar):
        for name, state in (("Old", "open"), ("Done", "accepted"), ("New", "open")):
            make_proposal(radar, name=name, state=state)

        text = text_of(client.get("/radar/company/proposals/"))

        assert text.index(">New<") < text.index(">Old<") < text.index(">Done<")

    def test_list_is_narrowed_by_state_and_words(self, client, radar):
        make_proposal(radar, name="Zig")
        make_proposal(radar, name="Gleam", state="declined")

        text = text_of(client.get("/radar/company/proposals/?state=declined"))
        none = text_of(client.get("/radar/company/proposals/?q=nothing"))

        assert ">Gleam<" in text
        assert ">Zig<" not in text
        assert "No proposal fits" in none

    def test_list_without_proposals_says_what_would_be_there(self, client, radar):
        assert "No proposals yet" in text_of(client.get("/radar/company/proposals/"))

    def test_proposal_of_another_radar_is_not_found_here(self, client, radar):
        make_radar("other")
        proposal = make_proposal(radar)

        assert client.get(f"/radar/other/proposals/{proposal.pk}/").status_code == 404
