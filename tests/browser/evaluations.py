"""Evaluations in every state: a draft, one to score, one that was submitted with disagreement."""

from datetime import timedelta

from django.utils import timezone

from portal.accounts.models import Person
from radar.models import Evaluation, Radar, Sheet
from tests.factories import make_evaluation, make_person, make_scheme, make_sheet

SCORES = {
    "Mara Oduya": (4, 3, 4, 2, 4, 3, 2, 3, 3, 3),
    "Jun Watanabe": (5, 4, 4, 4, 4, 3, 2, 3, 2, 2),
    "Tomás Rey": (4, 2, 3, 5, 4, 4, 3, 3, 2, 3),
}


def prepare_evaluations(radar: Radar, admin: Person, engineer: Person) -> dict[str, Evaluation]:
    """A draft of the engineer's, an open one that both are to score, and one with results."""
    make_scheme("security", title="Security review", created_by=admin.name)
    draft = make_evaluation(radar, "Gleam", owner=engineer, state="draft", alternatives=["Zig"])
    scored = make_evaluation(
        radar, "htmx", owner=admin, scorers=[admin, engineer], alternatives=["Angular", "React"]
    )
    sheet = make_sheet(scored, admin, *[4] * 8, None, None, is_handed_in=False)
    sheet.scores["problem"]["evidence"] = "Both forms of the shop, in a week."
    sheet.save()
    return {"draft": draft, "open": scored, "submitted": _submitted(radar, admin)}


def _submitted(radar: Radar, admin: Person) -> Evaluation:
    """Three sheets of each candidate, and somebody who handed none in."""
    people = [make_person(name=name) for name in (*SCORES, "Sofia Lindqvist")]
    found = make_evaluation(
        radar,
        "Jenkins",
        owner=admin,
        state="submitted",
        scorers=people,
        alternatives=["Actions"],
        quorum=2,
        opened_at=timezone.now() - timedelta(days=20),
        submitted_by=admin.name,
        success_criteria="* a build in **ten minutes**\n* nobody asks for a plugin",
    )
    for person, scores in zip(people, SCORES.values(), strict=False):
        sheet: Sheet = make_sheet(found, person, *scores)
        sheet.scores["risk"]["evidence"] = f"As {person.name} saw it, upgrades break plugins."
        sheet.save()
        make_sheet(found, person, *reversed(scores), candidate=1)
    found.candidates.filter(is_subject=True).update(total=31, verdict="trial")
    return found


def evaluation_addresses(found: dict[str, Evaluation]) -> dict[str, str]:
    """Where each page of evaluations has something to show."""
    submitted = f"/evaluations/{found['submitted'].pk}/"
    return {
        "radar:evaluations": "/evaluations/",
        "radar:new_evaluation": "/evaluations/new/?technology=jenkins",
        "radar:evaluation": submitted,
        "radar:evaluation_report": f"{submitted}report/",
        "radar:edit_evaluation": f"/evaluations/{found['draft'].pk}/edit/",
        "radar:score": f"/evaluations/{found['open'].pk}/score/",
        "radar:schemes": "/evaluations/schemes/",
        "radar:new_scheme": "/evaluations/schemes/new/",
        "radar:edit_scheme": "/evaluations/schemes/security/",
    }
