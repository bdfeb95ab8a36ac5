"""A radar with a little of everything: two editions, a draft, proposals, reviews, uses."""

from datetime import date, timedelta

from django.utils import timezone

from portal.accounts.models import Person, Team
from portal.catalog.models import Service
from radar import actions
from radar.models import Edition, Pattern, Proposal, Radar, RadarImport, Technology, Use
from tests.factories import (
    make_change,
    make_edition,
    make_entry,
    make_person,
    make_proposal,
    make_radar,
    make_technology,
)

FIRST = {
    "Go": (3, 1),
    "Zig": (3, 2),
    "Kafka": (1, 1),
    "Jenkins": (2, 2),
    "Bower": (2, 3),
    "Trunk-based development": (0, 0),
    "Event sourcing": (0, 1),
}
SECOND = {
    **FIRST,
    "Go": (3, 0),
    "Jenkins": (2, 3),
    "Event sourcing": (0, 2),
    "Cell-based architecture": (0, 2),
    "PostgreSQL": (1, 0),
    "Ruff": (2, 0),
    "htmx": (3, 1),
}
del SECOND["Bower"]


def prepare_radar(admin: Person) -> Radar:
    """The radar "company"; a second one is empty, so that there is a list of radars."""
    radar = make_radar("company", title="Company radar")
    make_radar("data", title="Data platform radar", order=1)
    today = timezone.localdate()
    make_edition(radar, FIRST, day=today - timedelta(days=200), key="first", title="Spring")
    make_edition(
        radar,
        SECOND,
        day=today - timedelta(days=100),
        key="second",
        title="Summer",
        published_by=admin.name,
        note="More languages.",
    )
    _describe(radar, today)
    architect = make_person("architect", name="Ada Arch")
    now = timezone.now()
    wanted = make_proposal(radar, make_technology("Gleam"), ring=2, sector=3, by=architect)
    actions.comment(by=admin, proposal=wanted, text="We would like **it** too.", now=now)
    taken = make_proposal(radar, Technology.objects.get(slug="zig"), ring=1, sector=3, by=architect)
    actions.accept(by=admin, proposal=taken, now=now)
    RadarImport.objects.create(
        radar_slug=radar.slug,
        file_name="radar.csv",
        requested_by_id=str(admin.pk),
        requested_by_name=admin.name,
        created_at=now,
        checked_at=now,
        counts={"placement": {"created": 1, "changed": 0, "unchanged": 3}},
        rows=[_row()],
        problems=[_problem(refused=True), _problem(refused=False)],
    )
    return radar


def _describe(radar: Radar, today: date) -> None:
    """What the portal knows of the technologies beside where they stand."""
    team, now = Team.objects.get(key="payments"), timezone.now()
    service = Service.objects.get(key="ledger-api")
    for number, technology in enumerate(Technology.objects.order_by("name_key")):
        technology.description = f"{technology.name} in a **sentence**."
        technology.tags = ["money", "java"] if number % 2 else ["cloud"]
        technology.owner = team if number % 3 else None
        technology.used_by = 1 if number % 2 else 0
        technology.save()
        due = today + timedelta(days=10 * number - 30)
        make_entry(radar, technology, next_review_on=due, reviewed_on=today - timedelta(days=100))
        if technology.used_by:
            Use.objects.create(
                service=service, technology=technology, first_seen_at=now, last_seen_at=now
            )
    jenkins = Technology.objects.get(slug="jenkins")
    make_change(
        radar,
        jenkins,
        3,
        before=2,
        sector=2,
        at=now - timedelta(days=110),
        by_name="Ada Arch",
        reason="It is **slow**, and [Actions](https://ci.example/) are there.",
    )
    Pattern.objects.create(technology=jenkins, kind="tag", name="jenkins", added_at=now)


def _row() -> dict[str, object]:
    place = {"file": "radar.csv", "line": 2}
    return {
        "state": "created",
        "name": "Go",
        "ring": "Adopt",
        "was": "",
        "edition": "2026",
        **place,
    }


def _problem(*, refused: bool) -> dict[str, object]:
    return {
        "file": "radar.csv",
        "line": 3,
        "rule": "unknown-ring",
        "message": "No ring is called maybe.",
        "refused": refused,
    }


def radar_addresses(radar: Radar) -> dict[str, str]:
    """Where each page of the radar has something to show."""
    base = f"/radar/{radar.slug}/"
    proposal = Proposal.objects.get(state=Proposal.State.OPEN)
    assert Edition.objects.filter(radar=radar, state=Edition.State.DRAFT).exists()
    return {
        "radar:home": "/radar/",
        "radar:new": "/radar/new/",
        "radar:radar": f"{base}?blip=jenkins",
        "radar:editions": f"{base}editions/",
        "radar:publish": f"{base}editions/publish/",
        "radar:compare": f"{base}compare/?from=first&to=second",
        "radar:proposals": f"{base}proposals/",
        "radar:proposal": f"{base}proposals/{proposal.pk}/",
        "radar:propose": f"{base}propose/?technology=jenkins",
        "radar:review": f"{base}review/",
        "radar:hold": f"{base}hold/",
        "radar:settings": f"{base}settings/",
        "radar:import": f"{base}import/",
        "radar:import_run": f"{base}import/{RadarImport.objects.get().pk}/",
        "radar:export": f"{base}export/",
        "radar:technologies": "/radar/technologies/",
        "radar:technology": "/radar/technologies/jenkins/",
        "radar:edit_technology": "/radar/technologies/htmx/edit/",
        "radar:patterns": "/radar/technologies/jenkins/patterns/",
    }
