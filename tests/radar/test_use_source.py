"""Finding which services use which technologies, from what other sources told."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.catalog.models import Service
from portal.jobs.models import Job
from portal.jobs.schedules import schedules
from portal.jobs.worker import run_job
from radar.models import Pattern, Technology, Use
from radar.use_jobs import file_look, look_by_the_clock
from radar.use_source import KEY, NOT_TOLD, count_uses
from scorecards import refresh
from scorecards.models import Result, Snapshot
from tests.factories import (
    make_check,
    make_edition,
    make_radar,
    make_scorecard,
    make_service,
    make_snapshot,
    make_technology,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def look(at: datetime, time_machine) -> list[str]:
    """Run the look and whatever it files; answers which services were looked at."""
    time_machine.move_to(at, tick=False)
    job = file_look(wait=timedelta())
    run_job(job.pk)
    filed = Job.objects.filter(kind=refresh.KIND, state="queued").first()
    if filed is None:
        return []
    run_job(filed.pk)
    filed.refresh_from_db()
    assert not filed.reason
    assert not filed.summary["failed"]
    keys: list[str] = filed.args["services"]
    return keys


def pattern(technology: Technology, name: str, kind: str = "package", **fields: object) -> Pattern:
    fields.setdefault("added_at", NOW)
    return Pattern.objects.create(technology=technology, kind=kind, name=name, **fields)


def tell(service: Service, at: datetime, *packages: str, source: str = "github") -> Snapshot:
    """What a source says the service is built with."""
    Snapshot.objects.filter(service=service, source=source).delete()
    return make_snapshot(
        service,
        source,
        at=at,
        stack__packages=list(packages),
        stack__files={"package.json": float(len(packages))},
        repo__languages={"TypeScript": 900.0, "Shell": 10.0},
    )


def facts(service: Service) -> dict[str, object]:
    snapshot = Snapshot.objects.get(service=service, source=KEY)
    return {
        name.removeprefix("radar."): entry.get("value", "?")
        for name, entry in snapshot.facts.items()
    }


@pytest.fixture
def shop() -> Service:
    return make_service("shop", repository="acme/shop")


@pytest.fixture
def react() -> Technology:
    technology = make_technology("React", slug="react")
    pattern(technology, "react", ecosystem="npm", version=">=18")
    return technology


def test_use_is_kept_with_its_evidence(shop, react, time_machine):
    tell(shop, NOW, "npm/react@18.2.0", "npm/lodash@4.17.21")

    assert look(NOW, time_machine) == ["shop"]

    use = Use.objects.get()
    assert (use.service, use.technology, use.gone_at) == (shop, react, None)
    assert use.evidence == [
        {
            "kind": "package",
            "ecosystem": "npm",
            "name": "react",
            "version": "18.2.0",
            "where": "package.json",
            "url": "",
        }
    ]
    react.refresh_from_db()
    assert react.used_by == 1
    assert facts(shop)["technologies"] == ["react"]


def test_nobody_knows_when_a_use_began_that_the_first_look_found(shop, react, time_machine):
    tell(shop, NOW, "npm/react@18.2.0")

    look(NOW, time_machine)

    assert Use.objects.get().began_at is None


def test_use_that_comes_later_began_then_and_one_that_went_is_gone(shop, react, time_machine):
    tell(shop, NOW, "npm/lodash@4.17.21")
    look(NOW, time_machine)
    later = NOW + timedelta(days=3)
    tell(shop, later, "npm/react@18.2.0")
    look(later, time_machine)
    use = Use.objects.get()
    assert (use.began_at, use.gone_at) == (later, None)

    gone = later + timedelta(days=1)
    tell(shop, gone)
    look(gone, time_machine)
    use.refresh_from_db()
    react.refresh_from_db()
    assert (use.began_at, use.gone_at, react.used_by) == (later, gone, 0)

    back = gone + timedelta(days=1)
    tell(shop, back, "npm/react@19.0.0")
    look(back, time_machine)
    use.refresh_from_db()
    assert (use.began_at, use.first_seen_at, use.gone_at) == (back, later, None)


def test_second_look_at_the_same_finds_nothing_to_do(shop, react, time_machine):
    tell(shop, NOW, "npm/react@18.2.0")
    look(NOW, time_machine)
    before = Use.objects.values().get()

    assert look(NOW + timedelta(minutes=10), time_machine) == []

    assert Use.objects.values().get() == before


def test_facts_are_confirmed_before_they_grow_old(shop, react, time_machine):
    tell(shop, NOW, "npm/react@18.2.0")
    look(NOW, time_machine)
    later = NOW + timedelta(hours=13)

    assert look(later, time_machine) == ["shop"]

    snapshot = Snapshot.objects.get(service=shop, source=KEY)
    assert snapshot.facts["radar.technologies"]["measured_at"] == later.isoformat()
    use = Use.objects.get()
    assert (use.last_seen_at, use.began_at) == (later, None)


def test_new_sign_finds_uses_that_did_not_begin_now(shop, react, time_machine):
    tell(shop, NOW, "npm/react@18.2.0", "npm/lodash@4.17.21")
    look(NOW, time_machine)
    lodash = make_technology("Lodash", slug="lodash")
    pattern(lodash, "lodash")

    assert look(NOW + timedelta(minutes=10), time_machine) == ["shop"]

    assert Use.objects.get(technology=lodash).began_at is None
    assert facts(shop)["technologies"] == ["lodash", "react"]


def test_facts_that_come_later_tell_nothing_of_a_beginning(shop, react, time_machine):
    typescript = make_technology("TypeScript", slug="typescript")
    make_snapshot(shop, at=NOW, repo__languages={"TypeScript": 10.0})
    look(NOW, time_machine)
    assert Use.objects.get().technology == typescript  # its sign comes with the portal
    later = NOW + timedelta(days=1)
    tell(shop, later, "npm/react@18.2.0")

    look(later, time_machine)

    assert Use.objects.get(technology=react).began_at is None


def test_other_reading_of_the_same_files_is_no_beginning(shop, react, time_machine):
    pattern(react, "react")
    tell(shop, NOW, "npm/vue@3.5.1")
    Snapshot.objects.filter(source="github").update(state={"reading": 2})
    look(NOW, time_machine)
    later = NOW + timedelta(hours=1)
    tell(shop, later, "npm/vue@3.5.1", "npm/react@18.2.0")
    Snapshot.objects.filter(source="github").update(state={"reading": 3})

    look(later, time_machine)

    assert Use.objects.get().began_at is None


def test_fact_that_can_no_longer_be_told_leaves_the_use(shop, react, time_machine):
    snapshot = tell(shop, NOW, "npm/react@18.2.0")
    look(NOW, time_machine)
    snapshot.facts["stack.packages"] = {"error": "unreadable", "measured_at": NOW.isoformat()}
    snapshot.save()

    look(NOW + timedelta(days=1), time_machine)

    assert Use.objects.get().gone_at is None
    assert facts(shop)["technologies"] == ["react"]


def test_service_of_which_no_source_told_has_no_facts(shop, react, time_machine):
    look(NOW, time_machine)

    assert set(facts(shop).values()) == {"?"}


def test_languages_alone_leave_open_what_is_on_hold(shop, react, time_machine):
    pattern(react, "TypeScript", kind="language")
    make_snapshot(shop, "github", at=NOW, repo__languages={"TypeScript": 900.0})

    look(NOW, time_machine)

    assert Use.objects.get().technology == react
    assert facts(shop)["on_hold"] == "?"


def test_facts_say_which_files_could_not_be_read(shop, react, time_machine):
    snapshot = tell(shop, NOW, "npm/vue@3.5.1")
    snapshot.facts["stack.files"]["evidence"] = "1 file; pom.xml is no XML: unclosed token"
    snapshot.save()

    look(NOW, time_machine)

    entry = Snapshot.objects.get(service=shop, source=KEY).facts["radar.on_hold"]
    assert (entry["value"], entry["evidence"]) == ([], "none; pom.xml is no XML: unclosed token")


def test_vanished_service_counts_until_the_next_minute(shop, react, time_machine):
    pattern(react, "react")
    tell(shop, NOW, "npm/react@18.2.0")
    look(NOW, time_machine)
    shop.vanished_at = NOW
    shop.save()

    schedules.get("count technologies in use").fire(NOW)

    react.refresh_from_db()
    assert react.used_by == 0


def test_check_on_what_is_on_hold_tells_pass_from_fail_from_unknown(shop, react, time_machine):
    make_edition(make_radar("tech"), {"React": (0, 3)}, day=date(2026, 1, 1))
    check = make_check(make_scorecard("modern"), "size(radar.on_hold) == 0")
    pattern(react, "react")
    clean, untold = (make_service(name, repository=f"acme/{name}") for name in ("clean", "untold"))
    tell(shop, NOW, "npm/react@18.2.0")
    tell(clean, NOW, "npm/vue@3.5.1")

    look(NOW, time_machine)

    states = dict(Result.objects.filter(check_row=check).values_list("service__key", "state"))
    assert states == {"shop": "fail", "clean": "pass", "untold": "unknown"}
    assert NOT_TOLD in Result.objects.get(service=untold).reason


def test_tag_is_a_sign(react, time_machine):
    service = make_service("tagged", tags=["kafka"])
    kafka = make_technology("Kafka", slug="kafka")
    pattern(kafka, "kafka", kind="tag")

    look(NOW, time_machine)

    use = Use.objects.get()
    assert (use.service, use.technology) == (service, kafka)


def on_hold(technology: Technology, *days: tuple[date, int]) -> None:
    """A radar with an edition a day that has the technology in this ring; 3 is hold."""
    radar = make_radar("company")
    for day, ring in days:
        make_edition(radar, {technology.name: (0, ring)}, day=day)


def test_hold_counts_from_the_first_edition_in_a_row(shop, react, time_machine):
    on_hold(
        react,
        (date(2025, 7, 1), 3),
        (date(2025, 10, 1), 1),
        (date(2026, 1, 1), 3),
        (date(2026, 2, 1), 3),
    )
    begun = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)  # the edition came at noon
    tell(shop, begun - timedelta(days=9))
    look(begun - timedelta(days=9), time_machine)
    tell(shop, begun, "npm/react@18.2.0")
    look(begun, time_machine)

    assert facts(shop)["on_hold"] == ["react"]
    assert facts(shop)["hold_began_after_move"] == []

    other = make_service("later", repository="acme/later")
    tell(other, begun)
    look(begun + timedelta(hours=1), time_machine)
    after = begun + timedelta(hours=6)
    tell(other, after, "npm/react@18.2.0")
    look(after, time_machine)
    assert facts(other)["hold_began_after_move"] == ["react"]


def test_ring_that_changes_changes_the_facts(shop, react, time_machine):
    tell(shop, NOW, "npm/react@18.2.0")
    look(NOW, time_machine)
    assert facts(shop)["on_hold"] == []
    on_hold(react, (date(2026, 3, 1), 3))

    assert look(NOW + timedelta(minutes=10), time_machine) == ["shop"]

    assert facts(shop)["on_hold"] == ["react"]


def test_service_that_vanished_counts_no_longer(shop, react, time_machine):
    tell(shop, NOW, "npm/react@18.2.0")
    look(NOW, time_machine)
    Service.objects.update(vanished_at=NOW)

    count_uses()

    react.refresh_from_db()
    assert react.used_by == 0
    assert not Use.objects.current().exists()


def test_checkout_counts_where_github_does_not_tell(shop, react, time_machine):
    tell(shop, NOW, "npm/react@18.2.0", source="checkout")

    look(NOW, time_machine)

    assert facts(shop)["technologies"] == ["react"]


def test_clock_files_nothing_without_technologies(shop):
    look_by_the_clock(NOW)

    assert not Job.objects.exists()


def test_look_that_waits_is_not_filed_again(shop, react):
    assert file_look().pk == file_look().pk
