"""Scoring on a page: drafts, totals as one goes, handing in, and two windows of one sheet."""

import re
from time import perf_counter

import pytest
from django.test import Client
from django.utils import timezone

from radar.models import Sheet
from tests.factories import make_evaluation, make_person, make_radar, make_sheet

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "sum"}
ENOUGH = 0.05  # seconds that a change of the form may take on the server


@pytest.fixture
def person():
    return make_person(name="Cleo Coder")


@pytest.fixture
def found(person):
    return make_evaluation(
        make_radar("company"), "Go", scorers=[person, make_person()], alternatives=["Zig"]
    )


@pytest.fixture
def client(person):
    client = Client()
    client.force_login(person)
    return client


def text_of(response, status=200):
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def plain(response, status=200):
    return " ".join(re.sub(r"<[^>]+>", " ", text_of(response, status)).split())


def address(found, candidate=0):
    return f"/evaluations/{found.pk}/score/?candidate={candidate}"


def entries(found, *scores, revision=0, **more):
    """A form with scores in the criteria's order; None is left open."""
    keys = [row.key for row in found.scheme.scale.criteria]
    given = scores * len(keys) if len(scores) == 1 else scores
    sent = {f"score-{key}": str(score) for key, score in zip(keys, given, strict=True) if score}
    return {**sent, "revision": str(revision), **more}


class TestSheet:
    def test_every_criterion_has_its_question_and_five_anchors(self, client, found):
        text = text_of(client.get(address(found)))

        assert text.count('type="radio"') == 50
        assert 'aria-label="2: A high risk, and no way back."' in text
        assert "1. Solves the actual problem" in text
        assert "10. Team capability match" in text

    def test_candidates_are_tabs_with_what_is_done(self, client, found, person):
        make_sheet(found, person, *[3] * 7, None, None, None, is_handed_in=False)
        make_sheet(found, person, 4, candidate=1)

        text = plain(client.get(address(found)))

        assert "Go 7 of 10 Zig handed in" in text

    def test_other_sheets_leave_no_trace(self, client, found):
        other = found.invitations.last().person
        for candidate in (0, 1):
            make_sheet(found, other, 5, candidate=candidate)

        text = text_of(client.get(address(found)))

        assert "checked" not in text
        assert "handed in" in text  # that it is in is no secret

    def test_unknown_candidate_is_not_found(self, client, found):
        assert client.get(address(found, 7)).status_code == 404

    def test_somebody_who_is_not_invited_is_told_who_invites(self, found):
        stranger = Client()
        stranger.force_login(make_person("admin"))

        response = stranger.get(address(found))

        assert response.status_code == 403
        assert f"{found.owner_name} can invite you" in response.content.decode()

    def test_nobody_scores_before_it_is_open(self, client, found):
        found.state = "draft"
        found.save()

        text = text_of(client.get(address(found), follow=True))

        assert "the state of this evaluation is “draft”" in text


class TestDraft:
    def test_draft_is_saved_with_its_evidence(self, client, found):
        sent = entries(found, 4, None, *[3] * 8, do="save", **{"evidence-cost": "31 hours"})

        text = text_of(client.post(address(found), sent, follow=True))

        assert "The draft is saved." in text
        assert "31 hours</textarea>" in text
        sheet = Sheet.objects.get()
        assert sheet.scores["problem"] == {"score": 4, "evidence": ""}
        assert sheet.scores["integration"]["score"] is None
        assert not sheet.is_handed_in

    def test_htmx_gets_the_sums_only(self, client, found):
        sent = entries(found, *[4] * 5, *[2] * 5)

        text = text_of(client.post(address(found), sent, headers=HTMX))

        assert text.startswith('<aside class="sum"')
        assert "<output>30</output>" in text
        assert "Trial in a non-critical path" in text
        assert '<b id="sub1" hx-swap-oob="true">20 of 25</b>' in text
        assert '<b id="sub2" hx-swap-oob="true">10 of 25</b>' in text
        assert 'name="revision" value="1"' in text

    @pytest.mark.parametrize(
        ("total", "verdict"),
        [
            (10, "Do not proceed"),
            (14, "Do not proceed"),
            (15, "Continue assessment"),
            (24, "Continue assessment"),
            (25, "Trial in a non-critical path"),
            (34, "Trial in a non-critical path"),
            (35, "Strong adopt candidate"),
            (50, "Strong adopt candidate"),
        ],
    )
    def test_every_boundary_has_its_verdict(self, client, found, total, verdict):
        low, more = divmod(total, 10)
        sent = entries(found, *[low + 1] * more, *[low] * (10 - more))

        text = plain(client.post(address(found), sent, headers=HTMX))

        assert f"{total} / 50 {total}: {verdict}" in text

    def test_incomplete_sheet_has_no_total_and_no_verdict(self, client, found):
        text = plain(client.post(address(found), entries(found, *[5] * 9, None), headers=HTMX))

        assert "9 of 10 scored" in text
        assert "No verdict before all 10 are scored" in text
        assert "45" not in text.replace("45 of", "")

    def test_knock_out_is_said_at_once(self, client, found):
        sent = entries(found, *[5] * 8, 2, 5)

        text = plain(client.post(address(found), sent, headers=HTMX))

        assert "Knock-out. Risk profile acceptable has 2 of 5" in text
        assert "47: Strong adopt candidate" in text

    @pytest.mark.parametrize("score", ["0", "6", "-1", "4.5", "many", "99999"])
    def test_score_out_of_range_is_refused_with_a_sentence(self, client, found, score):
        sent = entries(found, 4, **{"score-cost": score, "evidence-risk": "typed"})

        text = text_of(client.post(address(found), sent), 422)

        assert "Cost reduction potential: a score is a whole number from 1 to 5." in text
        assert "typed</textarea>" in text
        assert not Sheet.objects.exists()

    def test_change_of_the_form_is_answered_quickly(self, client, found):
        took = []
        for revision in range(6):
            sent = entries(found, revision % 5 + 1, revision=revision)
            began = perf_counter()
            assert client.post(address(found), sent, headers=HTMX).status_code == 200
            took.append(perf_counter() - began)

        assert min(took) < ENOUGH


class TestTwoWindows:
    def test_second_save_is_shown_the_difference_and_loses_nothing(self, client, found):
        client.post(address(found), entries(found, 4, **{"evidence-cost": "first window"}))

        sent = entries(found, 2, **{"evidence-cost": "second window"})
        response = client.post(address(found), sent)

        text = text_of(response, 422)
        assert "This sheet was saved elsewhere meanwhile" in text
        assert "second window</textarea>" in text
        assert "Saved meanwhile: 4, “first window”" in text
        assert Sheet.objects.get().scores["cost"]["evidence"] == "first window"

        client.post(address(found), {**sent, "revision": "1"})
        assert Sheet.objects.get().scores["cost"] == {"score": 2, "evidence": "second window"}

    def test_htmx_gets_the_whole_sheet_with_both(self, client, found):
        client.post(address(found), entries(found, 4))

        response = client.post(address(found), entries(found, 2), headers=HTMX)

        text = text_of(response, 422)
        assert text.startswith("<form")
        assert response["HX-Retarget"] == "#sheet"
        assert 'name="revision" value="1"' in text


class TestHandIn:
    def test_handing_in_goes_on_to_the_next_candidate_and_then_back(self, client, found):
        first = client.post(address(found), entries(found, 4, do="hand_in"))
        second = client.post(address(found, 1), entries(found, 3, do="hand_in"))

        assert first["Location"] == address(found, 1)
        assert second["Location"] == f"/evaluations/{found.pk}/"
        assert Sheet.objects.handed_in().count() == 2

    def test_incomplete_sheet_is_kept_but_not_handed_in(self, client, found):
        sent = entries(found, *[4] * 8, None, None, do="hand_in")

        text = text_of(client.post(address(found), sent), 422)

        assert "2 of 10 criteria have no score yet: Risk profile acceptable, Team" in text
        sheet = Sheet.objects.get()
        assert not sheet.is_handed_in
        assert sheet.scores["problem"]["score"] == 4
        assert f'name="revision" value="{sheet.revision}"' in text

    def test_sheet_that_is_handed_in_is_taken_back_before_it_changes(self, client, found, person):
        make_sheet(found, person, 4)
        text = text_of(client.get(address(found)))
        assert "disabled" in text
        assert "hx-post" not in text

        refused = client.post(address(found), entries(found, 2, revision=1))
        assert "You have handed this sheet in; take it back" in text_of(refused, 422)

        client.post(address(found), {"do": "take_back"})
        client.post(address(found), entries(found, 2, revision=1))
        assert Sheet.objects.get().scores["problem"]["score"] == 2

    def test_nothing_changes_after_the_submission(self, client, found, person):
        make_sheet(found, person, 4, is_handed_in=False)
        found.state, found.submitted_at = "submitted", timezone.now()
        found.save()

        sent = entries(found, 1, revision=1, **{"evidence-cost": "typed late"})
        text = text_of(client.post(address(found), sent), 422)

        assert "submitted or closed, so scores can&#x27;t change any more." in text
        assert "typed late</textarea>" in text
        assert Sheet.objects.get().scores["problem"]["score"] == 4
