"""Evaluations on pages: the list, drafting, running, results and the report."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Role
from radar.models import Evaluation, Proposal
from tests.factories import (
    built_in_scheme,
    make_edition,
    make_evaluation,
    make_person,
    make_radar,
    make_scheme,
    make_sheet,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def radar():
    radar = make_radar("company", title="Company radar")
    make_edition(radar, {"Go": (3, 1)}, day=date(2026, 1, 5))
    built_in_scheme()
    return radar


@pytest.fixture
def scorers():
    return [make_person(name=name) for name in ("Ada", "Bo", "Cleo")]


def client_of(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def client():
    return client_of(make_person(Role.ENGINEER))


@pytest.fixture
def architect():
    return client_of(make_person(Role.ARCHITECT, name="Ari Arch"))


def text_of(response, status=200):
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def plain(response, status=200):
    """What a person reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", text_of(response, status)).split())


def address(evaluation, what=""):
    return f"/evaluations/{evaluation.pk}/{what}"


def plan(**fields):
    return {
        "name": "Go",
        "question": "Can it do what we need?",
        "success_criteria": "It **does**.",
        "alternatives": "Zig\n\nRust",
        "starts_on": "2026-11-01",
        "ends_on": "2030-11-20",
        "quorum": "1",
        "place": "company",
        "scheme": str(built_in_scheme().pk),
        **fields,
    }


def submitted(radar, scorers, *sheets, name="Go", **fields):
    """An evaluation with results: one sheet a scorer, each of one score throughout or of ten."""
    found = make_evaluation(radar, name, state="submitted", scorers=scorers, **fields)
    for person, scores in zip(scorers, sheets, strict=False):
        make_sheet(found, person, *scores)
    return found


class TestDraft:
    def test_drafted_evaluation_is_shown_with_what_it_asks(self, client, radar):
        text = text_of(client.post("/evaluations/new/", plan(), follow=True))

        assert "The evaluation is drafted." in text
        assert "It <strong>does</strong>." in text
        assert [row.name for row in Evaluation.objects.get().candidates.all()] == [
            "Go",
            "Zig",
            "Rust",
        ]

    def test_form_starts_from_the_technology_of_the_address(self, client, radar):
        assert 'value="Go"' in text_of(client.get("/evaluations/new/?technology=go"))

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"question": ""}, "This field is required."),
            ({"ends_on": "2026-10-01"}, "The time box ends before it begins"),
            ({"alternatives": "Zig\nzig"}, "Two candidates have one name"),
            ({"quorum": "0"}, "greater than or equal to 1"),
            ({"place": "none"}, "Select a valid choice."),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(self, client, radar, fields, says):
        text = text_of(client.post("/evaluations/new/", plan(**fields)), 422)

        assert says in text
        assert "It **does**." in text
        assert not Evaluation.objects.exists()

    def test_second_of_two_editors_sees_the_difference_and_may_save_then(self, radar):
        owner = make_person()
        found, client = make_evaluation(radar, "Go", owner=owner, state="draft"), client_of(owner)
        first = client.post(address(found, "edit/"), plan(question="First?", revision="1"))
        assert first.status_code == 302

        second = client.post(address(found, "edit/"), plan(question="Second?", revision="1"))

        text = text_of(second, 422)
        assert "It was saved elsewhere meanwhile" in text
        assert "<dd>First?</dd>" in text
        assert "Second?</textarea>" in text
        revision = re.search(r'name="revision" value="(\d+)"', text)[1]
        client.post(address(found, "edit/"), plan(question="Second?", revision=revision))
        found.refresh_from_db()
        assert found.question == "Second?"

    def test_opened_evaluation_is_not_edited(self, radar):
        owner = make_person()
        found = make_evaluation(radar, "Go", owner=owner)

        text = text_of(client_of(owner).post(address(found, "edit/"), plan(revision="1")), 422)

        assert "Scoring has opened" in text


class TestRun:
    def test_scorers_are_invited_and_taken_off(self, radar):
        owner, scorer = make_person(), make_person(name="Cleo Coder", key="cleo")
        found, client = make_evaluation(radar, "Go", owner=owner, state="draft"), client_of(owner)

        invited = client.post(address(found, "invite/"), {"person": "cleo"}, follow=True)
        assert "Cleo Coder is invited." in text_of(invited)
        assert found.invitations.get().person == scorer

        client.post(address(found, "uninvite/"), {"person": "cleo"})
        assert not found.invitations.exists()

    def test_choosing_nobody_is_refused_at_the_field(self, radar):
        owner = make_person()
        found = make_evaluation(radar, "Go", owner=owner, state="draft")

        text = text_of(client_of(owner).post(address(found, "invite/"), {"person": ""}), 422)

        assert "Nobody was invited" in text

    def test_scoring_without_scorers_is_not_opened(self, architect, radar):
        found = make_evaluation(radar, "Go", state="draft")

        text = text_of(architect.post(address(found, "open/"), follow=True))

        assert "Invite at least one scorer first." in text

    def test_architect_opens_submits_and_everybody_sees_the_scores(
        self, architect, client, radar, scorers
    ):
        found = make_evaluation(radar, "Go", state="draft", scorers=scorers)
        architect.post(address(found, "open/"))
        make_sheet(found, scorers[0], 4)

        done = architect.post(address(found, "submit/"), follow=True)

        assert "The scores are submitted" in text_of(done)
        text = plain(client.get(address(found)))
        assert "40 of 50 Strong adopt candidate" in text
        assert "Left out, handed nothing in: Bo, Cleo." in text

    def test_submission_below_the_quorum_names_who_is_missing(self, architect, radar, scorers):
        found = make_evaluation(radar, "Go", scorers=scorers, quorum=2)
        make_sheet(found, scorers[0], 4)

        text = plain(architect.post(address(found, "submit/"), follow=True))

        assert "1 of the 2 complete sheets that a total needs" in text
        assert "Not handed in: Bo, Cleo." in text

    def test_closing_early_needs_a_reason(self, architect, radar):
        found = make_evaluation(radar, "Go")

        refused = architect.post(address(found, "close/"), {"reason": ""})
        done = architect.post(address(found, "close/"), {"reason": "No *time*."}, follow=True)

        assert "Say why it ends before its review." in text_of(refused, 422)
        assert "No <em>time</em>." in text_of(done)


class TestBlind:
    def test_nobody_sees_a_score_before_the_submission(self, architect, client, radar, scorers):
        found = make_evaluation(radar, "Go", scorers=scorers)
        sheet = make_sheet(found, scorers[0], 5)
        sheet.scores["risk"]["evidence"] = "Seen by Ada."
        sheet.save()

        for who in (architect, client, client_of(scorers[1])):
            page = plain(who.get(address(found)))
            assert "Seen by Ada." not in page
            assert "50 of 50" not in page
            assert "Ada handed in" in page
            assert who.get(address(found, "report/")).status_code == 404
            assert "Strong adopt" not in plain(who.get("/evaluations/"))
        own = text_of(client_of(scorers[1]).get(address(found, "score/")))
        assert "checked" not in own
        assert "Seen by Ada." not in own


class TestResults:
    @pytest.mark.parametrize(
        ("scores", "total", "verdict"),
        [
            ([1] * 10, 10, "Do not proceed"),
            ([*[2] * 4, *[1] * 6], 14, "Do not proceed"),
            ([*[2] * 5, *[1] * 5], 15, "Continue assessment"),
            ([*[3] * 4, *[2] * 6], 24, "Continue assessment"),
            ([*[3] * 5, *[2] * 5], 25, "Trial in a non-critical path"),
            ([*[4] * 4, *[3] * 6], 34, "Trial in a non-critical path"),
            ([*[4] * 5, *[3] * 5], 35, "Strong adopt candidate"),
            ([5] * 10, 50, "Strong adopt candidate"),
        ],
    )
    def test_every_boundary_in_page_and_report(
        self, client, radar, scorers, scores, total, verdict
    ):
        found = submitted(radar, scorers, scores)

        for page in (address(found), address(found, "report/")):
            assert f"{total} of 50 {verdict}" in plain(client.get(page))

    def test_sheets_stand_side_by_side_with_median_and_spread(self, client, radar, scorers):
        found = submitted(radar, scorers, [4] * 10, [2, *[4] * 9], [5, *[4] * 9])

        text = text_of(client.get(address(found)))
        row = re.search(r'<th scope="row">1\. Solves.*?</tr>', text)[0]

        assert re.findall(r'<td class="r">(?:<b>)?(\d)', row) == ["4", "4", "2", "5"]
        assert 'aria-label="from 2 to 5, median 4"' in row
        assert "by 3" in row
        assert "they disagree on 1 criterion" in text

    def test_knock_out_is_flagged_beside_the_verdict(self, client, radar, scorers):
        scores = [5] * 10
        scores[8] = 2
        found = submitted(radar, scorers, scores)

        text = plain(client.get(address(found)))

        assert "47 of 50 Strong adopt candidate" in text
        assert "Knock-out. Risk profile acceptable has 2 of 5" in text

    def test_candidates_are_compared_and_drawn_with_a_table_behind(self, client, radar, scorers):
        found = make_evaluation(
            radar, "Go", state="submitted", scorers=scorers, alternatives=["Zig", "Rust"]
        )
        make_sheet(found, scorers[0], 4)
        make_sheet(found, scorers[0], 3, candidate=1)

        text = text_of(client.get(address(found)))

        assert text.count('<svg class="polar"') == 2
        assert 'aria-label="Zig: Solves the actual problem 3,' in text
        assert text.count('<polygon class="ghost"') == 1
        row = re.search(r'<th scope="row">1\. Solves.*?</tr>', text)[0]
        assert re.findall(r'<td class="r">(.)</td>', row) == ["4", "3", "\N{EN DASH}"]
        assert "No total and no verdict: 0 complete sheets" in text

    def test_evidence_is_shown_as_it_was_written(self, client, radar, scorers):
        found = submitted(radar, scorers, [4] * 10)
        sheet = found.candidates.get().sheets.get()
        sheet.scores["cost"]["evidence"] = "<b>31 hours</b>"
        sheet.save()

        text = text_of(client.get(address(found)))

        assert "<dd>Ada, 4: &lt;b&gt;31 hours&lt;/b&gt;</dd>" in text


class TestReview:
    def test_accepting_proposes_the_ring_of_the_verdict(self, architect, radar, scorers):
        found = submitted(radar, scorers, [4] * 10)
        assert '<option value="adopt" selected>' in text_of(architect.get(address(found)))

        done = architect.post(address(found, "review/"), {"ring": "adopt"}, follow=True)

        proposal = Proposal.objects.get()
        assert (proposal.ring.key, proposal.because_key) == ("adopt", str(found.pk))
        text = text_of(done)
        assert f"/radar/company/proposals/{proposal.pk}/" in text
        page = text_of(architect.get(f"/radar/company/proposals/{proposal.pk}/"))
        assert address(found) in page

    def test_another_ring_needs_a_reason(self, architect, radar, scorers):
        found = submitted(radar, scorers, [4] * 10)

        refused = architect.post(address(found, "review/"), {"ring": "assess"})

        assert "The verdict proposes Adopt; say why" in text_of(refused, 422)
        assert not Proposal.objects.exists()
        architect.post(address(found, "review/"), {"ring": "assess", "reason": "Too early."})
        assert Proposal.objects.get().reason == "Too early."

    def test_new_technology_needs_a_sector(self, architect, radar, scorers):
        found = submitted(radar, scorers, [4] * 10, name="Gleam")
        assert 'name="sector"' in text_of(architect.get(address(found)))

        architect.post(address(found, "review/"), {"ring": "adopt", "sector": "languages"})

        assert Proposal.objects.get().sector.key == "languages"

    def test_new_technology_that_should_not_proceed_gets_no_placement(
        self, architect, radar, scorers
    ):
        found = submitted(radar, scorers, [1] * 10, name="Gleam")

        text = text_of(architect.get(address(found)))

        assert "The verdict proposes no placement." in text
        assert '<option value="none" selected>' in text

    def test_engineer_sees_no_buttons(self, client, radar, scorers):
        text = text_of(client.get(address(submitted(radar, scorers, [4] * 10))))

        assert "Accept</button>" not in text
        assert "Close it" not in text


class TestList:
    def test_open_ones_come_first_and_overdue_ones_are_marked(self, client, radar):
        for state in ("closed", "draft", "open"):
            make_evaluation(radar, f"{state} one", state=state)
        past = timezone.localdate() - timedelta(days=3)
        make_evaluation(radar, "late one", starts_on=past, ends_on=past)

        text = text_of(client.get("/evaluations/"))
        late = text_of(client.get("/evaluations/?state=overdue"))

        found = re.findall(r">(\w+) one</a>", text)
        assert found == ["late", "open", "draft", "closed"]
        assert text.count('<b class="warn">') == 1
        assert re.findall(r">(\w+) one</a>", late) == ["late"]

    def test_list_is_narrowed_to_what_waits_for_somebody(self, radar, scorers):
        make_evaluation(radar, "Waiting", scorers=scorers)
        done = make_evaluation(radar, "Done", scorers=scorers)
        make_sheet(done, scorers[0], 3)
        make_evaluation(radar, "Foreign")
        client = client_of(scorers[0])

        to_score = text_of(client.get("/evaluations/?mine=to_score"))
        invited = text_of(client.get("/evaluations/?mine=invited"))

        assert re.findall(r"/\d+/\">(\w+)</a>", to_score) == ["Waiting"]
        assert re.findall(r"/\d+/\">(\w+)</a>", invited) == ["Done", "Waiting"]

    def test_list_is_handed_out_as_csv(self, client, radar, scorers):
        found = submitted(radar, scorers, [4] * 10, question="=SUM(1)?")
        found.candidates.update(total=40, verdict="adopt")

        response = client.get("/evaluations/?format=csv")
        lines = b"".join(response.streaming_content).decode().splitlines()

        assert lines[0].startswith("No.,Technology,State")
        assert "40,Strong adopt candidate,'=SUM(1)?" in lines[1]

    def test_list_without_any_says_what_would_be_there(self, client):
        assert "No evaluations yet" in text_of(client.get("/evaluations/"))
        assert "No evaluation fits" in text_of(client.get("/evaluations/?q=none"))


class TestSchemes:
    def test_list_shows_the_built_in_and_its_thresholds(self, client, radar):
        text = plain(client.get("/evaluations/schemes/"))

        assert "35 up Strong adopt candidate 25 to 34" in text
        assert "15 to 24 Continue assessment below 15 Do not proceed" in text
        assert "New scheme" not in text

    def test_new_scheme_starts_as_a_copy_and_is_made(self, architect, radar):
        form = _filled(text_of(architect.get("/evaluations/schemes/new/")))
        assert form["criteria-title"][0] == "Solves the actual problem"
        form["title"] = ["Security review"]
        form["bands-from"][0] = "40"

        text = plain(architect.post("/evaluations/schemes/new/", form, follow=True))

        assert "Security review can be chosen" in text
        assert "40 up Strong adopt candidate 25 to 39" in text

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("bands-from", "many", "needs a total to start from"),
            ("bands-from", "60", "No total is above 50"),
            ("criteria-anchor3", "", "needs a sentence for every score"),
            ("knock_outs-criterion", "Colour", "There is no criterion"),
            ("knock_outs-at_most", "9", "knocks out at a score from 1 to 5"),
        ],
    )
    def test_what_is_wrong_with_a_scheme_is_said(self, architect, radar, field, value, says):
        form = _filled(text_of(architect.get("/evaluations/schemes/new/")))
        form["title"] = ["Security review"]
        form[field][0] = value

        assert says in plain(architect.post("/evaluations/schemes/new/", form), 422)

    def test_scheme_that_was_scored_by_gets_its_next_version(self, architect, radar):
        scheme = make_scheme("security", title="Security review")
        make_evaluation(radar, "Go", scheme=scheme)
        form = _filled(text_of(architect.get("/evaluations/schemes/security/")))

        text = plain(architect.post("/evaluations/schemes/security/", form, follow=True))

        assert "Security review, version 2 is saved." in text

    def test_built_in_scheme_is_fixed(self, architect, radar):
        form = _filled(text_of(architect.get("/evaluations/schemes/poc/")))

        text = plain(architect.post("/evaluations/schemes/poc/", form), 422)

        assert "The built-in scheme is fixed." in text


def _filled(html):
    """The form of a page as a browser would send it."""
    form = {}
    for tag in re.findall(r"<input [^>]*>|<select.*?</select>|<textarea.*?</textarea>", html):
        name = re.search(r'name="([^"]+)"', tag)
        if name is None or name[1] in ("csrfmiddlewaretoken", "q", "theme"):
            continue
        chosen = re.search(r'value="([^"]*)" selected|<input [^>]*value="([^"]*)"', tag)
        value = next((text for text in chosen.groups() if text), "") if chosen else ""
        form.setdefault(name[1], []).append(value)
    return form
