"""Evaluations over the API: the whole way, what is sealed, and what is refused."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from radar.models import Evaluation, Proposal, Sheet
from tests.factories import (
    built_in_scheme,
    make_edition,
    make_evaluation,
    make_person,
    make_radar,
    make_sheet,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def radar():
    built_in_scheme()
    radar = make_radar("tech")
    make_edition(radar, {"Go": (3, 1)}, day=date(2026, 10, 1))
    return radar


@pytest.fixture
def architect():
    return make_person("architect", name="Archie")


@pytest.fixture
def scorer():
    return make_person(name="Anna", key="anna")


def call(client, method, path, body=None, status=200):
    options = {"content_type": "application/json"} if body is not None else {}
    answer = getattr(client, method)(f"/api/v1{path}", body, **options)
    assert answer.status_code == status, answer.content
    return answer.json()


def scores(value: int, **changes):
    keys = [row.key for row in built_in_scheme().scale.criteria]
    return {key: {"score": value} for key in keys} | {
        key: {"score": score} for key, score in changes.items()
    }


def adding_up_to(total: int):
    each, more = divmod(total, 10)
    return tuple(each + (number < more) for number in range(10))


def plan(**fields):
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    body = {
        "radar": "tech",
        "name": "Temporal",
        "question": "Can it?",
        "success_criteria": "It can.",
        "alternatives": ["Cadence"],
        "ends_on": str(today + timedelta(days=3)),
    }
    return body | fields


def test_the_whole_way(radar, architect, scorer, sign_in):
    client = sign_in(architect)
    number = call(client, "post", "/evaluations", plan(), 201)["number"]
    home = f"/evaluations/{number}"
    invited = call(client, "post", f"{home}/scorers", {"people": ["anna"]})
    assert (invited["scorers"], invited["state"]) == (["anna"], "draft")
    assert call(client, "post", f"{home}/open", {})["state"] == "open"

    client = sign_in(scorer)
    sheet = call(client, "put", f"{home}/sheets/0", {"revision": 0, "scores": scores(3, risk=5)})
    assert (sheet["revision"], sheet["total"]) == (1, 32)
    assert sheet["verdict"] == "Trial in a non-critical path"
    assert call(client, "post", f"{home}/sheets/0/hand-in", {})["handed_in_at"]

    client = sign_in(architect)
    done = call(client, "post", f"{home}/submit", {})
    assert [(row["name"], row["total"], row["verdict"]) for row in done["candidates"]] == [
        ("Temporal", 32, "Trial in a non-critical path"),
        ("Cadence", None, ""),
    ]
    wish = {"ring": "trial", "sector": "platforms"}
    accepted = call(client, "post", f"{home}/accept", wish)
    assert (accepted["state"], accepted["ring"]) == ("reviewed", "trial")
    assert accepted["proposal"] == Proposal.objects.get().pk
    assert call(client, "post", f"{home}/close", {})["state"] == "closed"
    assert call(client, "get", "/evaluations?state=closed&q=tempo")["data"][0]["number"] == number
    assert call(client, "get", "/evaluations?state=open")["data"] == []


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
def test_every_boundary(radar, architect, scorer, sign_in, total, verdict):
    evaluation = make_evaluation(radar, scorers=[scorer])
    make_sheet(evaluation, scorer, *adding_up_to(total))
    client = sign_in(architect)
    call(client, "post", f"/evaluations/{evaluation.pk}/submit", {})

    (found,) = call(client, "get", f"/evaluations/{evaluation.pk}/results")["candidates"]

    assert (found["total"], found["verdict"]) == (total, verdict)
    assert (found["sheets"][0]["total"], found["sheets"][0]["verdict"]) == (total, verdict)


def test_results_in_full(radar, architect, sign_in):
    people = [make_person(name=name) for name in ("Anna", "Ben", "Carl")]
    evaluation = make_evaluation(radar, scorers=people)
    make_sheet(evaluation, people[0], 4, 4, 4, 4, 4, 4, 4, 4, 2, 4)
    make_sheet(evaluation, people[1], 5, 5, 5, 5, 5, 5, 5, 5, 5, 5)
    client = sign_in(architect)
    call(client, "post", f"/evaluations/{evaluation.pk}/submit", {})

    (found,) = call(client, "get", f"/evaluations/{evaluation.pk}/results")["candidates"]

    assert (found["total"], found["ring"], found["missing"]) == (38, "adopt", ["Carl"])
    assert found["knock_outs"] == [
        "Risk profile acceptable has 2 of 5: A high risk, and no way back."
    ]
    assert found["criteria"][8] == {
        "criterion": "risk",
        "median": 2,
        "spread": 3,
        "is_disputed": True,
        "scores": [2, 5],
    }
    assert [sheet["person"] for sheet in found["sheets"]] == ["Anna", "Ben"]


@pytest.mark.parametrize("role", ["engineer", "architect", "lead", "admin"])
def test_nobody_sees_others_scores_before_the_submission(radar, scorer, sign_in, role):
    evaluation = make_evaluation(radar, scorers=[scorer])
    make_sheet(evaluation, scorer, 5)
    client = sign_in(role)
    home = f"/evaluations/{evaluation.pk}"

    refused = call(client, "get", f"{home}/results", status=409)
    assert "sealed" in refused["error"]["message"]
    told = call(client, "get", home)
    assert told["candidates"][0]["total"] is None
    (sheet,) = call(client, "get", f"{home}/sheets")
    assert (sheet["scores"], sheet["total"], sheet["revision"]) == ({}, None, 0)


@pytest.mark.parametrize("score", [0, 6, "5", 2.5, True])
def test_scores_out_of_range_are_refused(radar, scorer, sign_in, score):
    evaluation = make_evaluation(radar, scorers=[scorer])
    body = {"revision": 0, "scores": scores(3, risk=score)}

    call(sign_in(scorer), "put", f"/evaluations/{evaluation.pk}/sheets/0", body, 422)

    assert not Sheet.objects.exists()


def test_an_incomplete_sheet_has_no_total_and_is_not_handed_in(radar, scorer, sign_in):
    evaluation = make_evaluation(radar, scorers=[scorer])
    client, path = sign_in(scorer), f"/evaluations/{evaluation.pk}/sheets/0"
    sheet = call(client, "put", path, {"revision": 0, "scores": scores(5, risk=None)})

    assert (sheet["total"], sheet["verdict"]) == (None, "")
    refused = call(client, "post", f"{path}/hand-in", {}, 422)["error"]
    assert refused["message"].startswith("1 of 10 criteria have no score yet: Risk profile")
    assert list(refused["context"]["fields"]) == ["risk"]


def test_a_sheet_saved_twice_is_shown_the_difference(radar, scorer, sign_in):
    evaluation = make_evaluation(radar, scorers=[scorer])
    client, path = sign_in(scorer), f"/evaluations/{evaluation.pk}/sheets/0"
    call(client, "put", path, {"revision": 0, "scores": scores(3)})

    refused = call(client, "put", path, {"revision": 0, "scores": scores(3, risk=1)}, 409)

    assert refused["error"]["context"] == {
        "revision": 1,
        "differences": {
            "risk": {
                "saved": {"score": 3, "evidence": ""},
                "yours": {"score": 1, "evidence": ""},
            }
        },
    }


def test_scoring_after_the_submission_is_refused(radar, scorer, sign_in):
    evaluation = make_evaluation(radar, scorers=[scorer], state="submitted")
    make_sheet(evaluation, scorer, 3)
    client, path = sign_in(scorer), f"/evaluations/{evaluation.pk}/sheets/0"

    refused = call(client, "put", path, {"revision": 1, "scores": scores(5)}, 409)
    assert "can't change any more" in refused["error"]["message"]
    call(client, "post", f"{path}/take-back", {}, 409)


def test_who_is_not_invited_and_who_may_not(radar, scorer, sign_in):
    evaluation = make_evaluation(radar, scorers=[scorer])
    home = f"/evaluations/{evaluation.pk}"
    client = sign_in("architect")
    refused = call(client, "put", f"{home}/sheets/0", {"revision": 0, "scores": {}}, 403)
    assert "not invited" in refused["error"]["message"]

    client = sign_in(scorer)
    for path in ("open", "submit", "accept", "close"):
        call(client, "post", f"{home}/{path}", {"ring": None, "reason": "Because."}, 403)
    call(client, "post", f"{home}/scorers", {"people": ["anna"]}, 403)
    call(client, "delete", f"{home}/scorers/anna", status=403)


def test_a_draft_is_changed_from_its_revision(radar, sign_in):
    client = sign_in("engineer")
    number = call(client, "post", "/evaluations", plan(), 201)["number"]
    path = f"/evaluations/{number}"

    changed = call(client, "put", path, plan(revision=1, question="Should it?"))
    assert (changed["revision"], changed["question"]) == (2, "Should it?")
    refused = call(client, "put", path, plan(revision=1, question="Could it?"), 409)
    assert refused["error"]["context"]["differences"] == {
        "question": {"saved": "Should it?", "yours": "Could it?"}
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"radar": "none"}, "radar"),
        ({"scheme": "none"}, "scheme"),
        ({"owner": "nobody"}, "owner"),
        ({"name": ""}, "name"),
        ({"quorum": 0}, "quorum"),
    ],
)
def test_drafts_that_can_not_be(radar, sign_in, changes, field):
    refused = call(sign_in("engineer"), "post", "/evaluations", plan(**changes), 422)

    assert list(refused["error"]["context"]["fields"]) == [field]
    assert not Evaluation.objects.exists()


def test_people_rings_and_numbers_that_are_not_there(radar, architect, scorer, sign_in):
    evaluation = make_evaluation(radar, scorers=[scorer])
    make_sheet(evaluation, scorer, 4)
    client, home = sign_in(architect), f"/evaluations/{evaluation.pk}"
    call(client, "post", f"{home}/scorers", {"people": ["nobody"]}, 422)
    call(client, "delete", f"{home}/scorers/nobody", status=404)
    call(client, "post", f"{home}/submit", {})
    call(client, "post", f"{home}/accept", {"ring": "none"}, 422)
    call(client, "post", f"{home}/accept", {"ring": "adopt", "sector": "none"}, 422)
    call(client, "get", "/evaluations/999999", status=404)
    call(client, "put", f"{home}/sheets/9", {"revision": 0, "scores": {}}, 404)


def test_schemes_with_their_thresholds(radar, sign_in):
    (found,) = call(sign_in(), "get", "/evaluation-schemes")["data"]

    assert (found["slug"], found["smallest"], found["largest"]) == ("poc", 10, 50)
    assert [(row["start"], row["title"]) for row in found["bands"]] == [
        (35, "Strong adopt candidate"),
        (25, "Trial in a non-critical path"),
        (15, "Continue assessment"),
        (10, "Do not proceed"),
    ]
    assert all(len(row["anchors"]) == 5 for row in found["criteria"])


def test_evaluations_in_which_a_technology_is_a_candidate(radar, sign_in):
    first = make_evaluation(radar, "Go")
    second = make_evaluation(radar, "Temporal", alternatives=["Go"])
    make_evaluation(radar, "Zig")
    client = sign_in()

    found = call(client, "get", "/evaluations?technology=go")["data"]

    assert [row["number"] for row in found] == [second.pk, first.pk]
    assert call(client, "get", "/evaluations?technology=none")["data"] == []
