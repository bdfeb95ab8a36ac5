"""Imports into the database: counts, identity of editions, and what is left alone."""

import json
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError

from portal.audit.models import Event
from portal.catalog.importers.problems import WrongCall
from portal.jobs.leases import acquire
from portal.lib.errors import Conflict
from radar.exporters.formats import export
from radar.importers import apply, run
from radar.models import Edition, Entry, Placement, Radar, RingChange, Technology
from radar.state import snapshot
from tests.factories import make_change, make_edition, make_radar
from tests.radar.importers.test_aoe import CONFIG, FILES
from tests.radar.importers.test_formats import BACKSTAGE, HANDBOOK, QIWI
from tests.radar.importers.world import (
    BYOR,
    NOW,
    TODAY,
    counts,
    placed,
    rules,
    take,
    take_path,
    write,
)

pytestmark = pytest.mark.django_db

FIRST = BYOR + "Go,trial,Tools,TRUE,new,\nKafka,adopt,Platforms,TRUE,new,Text\n"
SECOND = BYOR + "Go,adopt,Tools,FALSE,moved in,\nKafka,adopt,Platforms,FALSE,no change,Text\n"


def test_a_first_import_makes_the_radar():
    result = take(FIRST, "Acme Radar (Sep 2023).csv")
    assert counts(result, "edition") == {"created": 1}
    assert counts(result, "placement") == counts(result, "technology") == {"created": 2}
    edition = Edition.objects.get()
    assert (edition.key, edition.date, edition.origin) == ("2023-09", date(2023, 9, 1), "import")
    assert edition.geometry
    radar = edition.radar
    assert (radar.slug, radar.title) == ("tech", "Acme Radar")
    assert [sector.title for sector in radar.sectors.all()] == [
        *("Techniques", "Platforms", "Tools", "Languages & Frameworks")
    ]
    assert [ring.meaning for ring in radar.rings.all()] == ["adopt", "trial", "assess", "hold"]
    assert placed(edition) == {
        "Go": ("Tools", "Trial", "new"),
        "Kafka": ("Platforms", "Adopt", "new"),
    }
    assert Entry.objects.filter(radar=radar).exclude(next_review_on=None).count() == 2
    assert Event.objects.filter(verb="edition.imported", actor_name="test").count() == 1


def test_the_same_file_again_changes_nothing():
    take(FIRST, "r-2023-09.csv")
    events = Event.objects.count()
    result = take(FIRST, "r-2023-09.csv", now=NOW + timedelta(days=1))
    for kind, count in (("edition", 1), ("placement", 2), ("technology", 2)):
        assert counts(result, kind) == {"unchanged": count}
    assert Event.objects.count() == events
    assert Edition.objects.get().updated_at == NOW


def test_one_row_that_changed_is_one_change():
    take(FIRST, "r-2023-09.csv")
    result = take(FIRST.replace("Go,trial", "Go,hold"), "r-2023-09.csv")
    assert counts(result, "edition") == {"changed": 1}
    assert counts(result, "placement") == {"changed": 1, "unchanged": 1}
    assert counts(result, "technology") == {"unchanged": 2}
    assert placed(Edition.objects.get())["Go"] == ("Tools", "Hold", "new")


def test_a_row_that_went_leaves_the_edition_and_a_new_one_comes():
    take(FIRST, "r-2023-09.csv")
    result = take(BYOR + "Go,trial,Tools,,new,\nZig,hold,Tools,,,\n", "r-2023-09.csv")
    assert counts(result, "placement") == {"created": 1, "changed": 1, "unchanged": 1}
    assert sorted(placed(Edition.objects.get())) == ["Go", "Zig"]
    assert Technology.objects.filter(name="Kafka").exists()


def test_a_dry_run_counts_and_writes_nothing():
    result = take(FIRST, "r-2023-09.csv", dry_run=True)
    assert counts(result, "placement") == {"created": 2}
    assert not Radar.objects.exists()
    assert not Technology.objects.exists()


def test_strict_refuses_everything_at_one_problem():
    result = take(FIRST + "Zig,never,Tools,,,\n", "r-2023-09.csv", strict=True)
    assert result.is_refused
    assert counts(result, "edition") == {"skipped": 1}
    assert counts(result, "placement") == {"skipped": 3}
    assert not Radar.objects.exists()


def test_editions_of_a_folder_come_in_the_order_of_their_days(tmp_path):
    write(tmp_path, {"Vol 2 (Apr 2024).csv": SECOND, "a/Vol 1 (Oct 2023).csv": FIRST})
    result = take_path(tmp_path)
    assert counts(result, "edition") == {"created": 2}
    assert [edition.title for edition in Edition.objects.published()] == [
        "Vol 1 (Oct 2023)",
        "Vol 2 (Apr 2024)",
    ]
    first, second = Edition.objects.published()
    slots = [
        dict(one.placements.values_list("technology__name", "slot")) for one in (first, second)
    ]
    assert slots[0]["Kafka"] == slots[1]["Kafka"]


def test_movement_is_worked_out_where_the_file_says_nothing():
    plain = "name,ring,quadrant,isNew,description\n"
    take(f"{plain}Go,trial,Tools,,\nKafka,adopt,Tools,,\n", "r-2023-09.csv")
    take(f"{plain}Go,adopt,Tools,FALSE,\nKafka,hold,Tools,,\nZig,hold,Tools,,\n", "r-2024-01.csv")
    first, second = Edition.objects.published()
    assert {movement for *_, movement in placed(first).values()} == {"unchanged"}
    assert {name: movement for name, (*_, movement) in placed(second).items()} == {
        "Go": "moved_in",
        "Kafka": "moved_out",
        "Zig": "new",
    }


def test_an_edition_that_comes_between_changes_what_the_next_one_says():
    plain = "name,ring,quadrant,isNew,description\n"
    take(f"{plain}Go,trial,Tools,,\n", "r-2023-01.csv")
    take(f"{plain}Go,adopt,Tools,,\n", "r-2023-09.csv")
    take(f"{plain}Go,adopt,Tools,,\n", "r-2023-05.csv")
    moves = [placed(edition)["Go"][2] for edition in Edition.objects.published()]
    assert moves == ["unchanged", "moved_in", "unchanged"]


def test_a_title_and_a_day_may_be_given():
    take(FIRST, "radar.csv", edition="Autumn", day=date(2023, 10, 3))
    edition = Edition.objects.get()
    assert (edition.key, edition.title, edition.date) == ("autumn", "Autumn", date(2023, 10, 3))
    assert counts(take(FIRST, "other.csv", edition="autumn"), "edition") == {"unchanged": 1}
    take(FIRST, "radar.csv", edition="2026-Q1")
    assert Edition.objects.get(key="2026-q1").date == date(2026, 1, 1)
    with pytest.raises(WrongCall, match="counts from 2023-10-03"):
        take(FIRST, "radar.csv", edition="Autumn", day=TODAY)


def test_several_editions_have_no_one_title(tmp_path):
    write(tmp_path, {"2023-01-01.csv": FIRST, "2024-01-01.csv": SECOND})
    with pytest.raises(WrongCall, match="holds 2 editions"):
        take_path(tmp_path, edition="Autumn")


def test_a_file_without_a_day_is_the_first_edition_today_and_the_draft_after():
    take(FIRST, "radar.csv")
    assert Edition.objects.get().date == TODAY
    assert counts(take(FIRST, "radar.csv"), "edition") == {"unchanged": 1}
    later = NOW + timedelta(days=1)
    result = take(BYOR + "Go,hold,Tools,,,\nZig,trial,Tools,,,\n", "radar.csv", now=later)
    assert counts(result, "edition") == {"created": 1}
    assert counts(result, "placement") == {"created": 1, "changed": 2}
    draft = Edition.objects.get(state="draft")
    assert placed(draft) == {"Go": ("Tools", "Hold", "moved_out"), "Zig": ("Tools", "Trial", "new")}
    changes = RingChange.objects.filter(edition=draft)
    assert sorted(str(change.to_ring) for change in changes) == ["Hold", "None", "Trial"]
    assert {change.by_name for change in changes} == {"test"}
    again = take(BYOR + "Go,hold,Tools,,,\nZig,trial,Tools,,,\n", "radar.csv", now=later)
    assert counts(again, "edition") == {"unchanged": 1}


def test_what_was_published_here_never_changes():
    radar = make_radar("tech", title="Tech")
    edition = make_edition(radar, {"Go": (2, 1)}, day=date(2026, 1, 5), key="2026-q1")
    result = take(BYOR + "Go,hold,Tools,,,\nZig,hold,Tools,,,\n", "tech-2026-q1.csv")
    assert counts(result, "edition") == {"conflict": 1}
    assert counts(result, "placement") == {"conflict": 2}
    assert rules(result, refused=True) == ["published-here"]
    assert list(placed(edition)) == ["Go"]
    assert not Technology.objects.filter(name="Zig").exists()


def test_a_crash_leaves_no_half_edition(tmp_path, monkeypatch):
    write(tmp_path, {"2023-01-01.csv": FIRST, "2024-01-01.csv": SECOND + "Zig,hold,Tools,,,\n"})
    real = apply.insert_rows

    def break_at_second(model, columns, rows):
        real(model, columns, rows)
        if model is Placement and Edition.objects.count() == 2:
            raise DatabaseError("the disk is full")

    monkeypatch.setattr(apply, "insert_rows", break_at_second)
    with pytest.raises(DatabaseError):
        take_path(tmp_path)
    assert [edition.key for edition in Edition.objects.all()] == ["2023-01-01"]
    assert Placement.objects.count() == 2
    assert not Technology.objects.filter(name="Zig").exists()
    monkeypatch.undo()
    assert counts(take_path(tmp_path), "edition") == {"created": 1, "unchanged": 1}


def test_a_source_without_sectors_takes_the_sector_that_is_known():
    take(FIRST, "r-2023-09.csv")
    result = take("hold:\n- Go (never)\n- Perl\nadopt: [Kafka]\n", "r-2024-01.yaml")
    assert counts(result, "edition") == {"created": 1}
    newest = Edition.objects.published().last()
    assert {name: (sector, ring) for name, (sector, ring, _) in placed(newest).items()} == {
        "Go": ("Tools", "Hold"),
        "Kafka": ("Platforms", "Adopt"),
        "Perl": ("Unsorted", "Hold"),
    }
    kept = dict(newest.placements.values_list("technology__name", "description"))
    assert kept["Kafka"] == "Text"
    assert newest.placements.get(technology__name="Go").remark == "never"


def test_a_source_without_sectors_keeps_those_that_the_edition_has():
    take(FIRST, "r-2023-09.csv")
    take(FIRST.replace("Go,trial,Tools", "Go,trial,Platforms"), "r-2024-01.csv")
    result = take("adopt: [Kafka]\ntrial: [Go]\n", "r-2023-09.yaml")
    assert counts(result, "placement") == {"unchanged": 2}


def test_an_import_leaves_alone_what_its_format_cannot_carry():
    take(FIRST, "radar.csv")
    technology = Technology.objects.get(name="Go")
    technology.tags, technology.links = ["lang"], [{"title": "Go", "url": "https://go.example/"}]
    technology.save()
    Placement.objects.filter(technology=technology).update(remark="since 1.0", related=["Zig"])
    assert counts(take(FIRST, "radar.csv"), "placement") == {"unchanged": 2}
    take(FIRST.replace("Go,trial", "Go,hold"), "radar.csv")
    moved = Placement.objects.get(edition__state="draft", technology=technology)
    assert (moved.ring.title, moved.remark, moved.related) == ("Hold", "since 1.0", ["Zig"])
    technology.refresh_from_db()
    assert technology.tags == ["lang"]


def test_rings_of_an_own_set_are_taken_for_a_new_radar():
    text = BYOR + "A,Explore,T,,,\nB,adopt,T,,,\nC,retire,T,,,\nD,endure,T,,,\n"
    take(text, "radar.csv")
    rings = Radar.objects.get().rings.values_list("title", "meaning")
    assert list(rings) == [
        ("Adopt", "adopt"),
        ("Explore", "trial"),
        ("Retire", "hold"),
        ("Endure", "hold"),
    ]


def test_a_slip_in_one_ring_makes_no_ring():
    text = BYOR + "A,adopt,T,,,\nB,trial,T,,,\nC,hold,T,,,\nD,adpot,T,,,\n"
    result = take(text, "radar.csv")
    assert rules(result, refused=True) == ["unknown-ring"]
    assert Radar.objects.get().rings.count() == 4


def test_a_radar_that_is_there_refuses_rings_it_does_not_know():
    radar = make_radar("tech", sectors=("A", "B", "C"), rings=("Use", "Try", "Stop"))
    radar.rings.filter(order=2).update(meaning="hold", aliases=["never"])
    text = BYOR + "A,use,A,,,\nB,never,A,,,\nC,caution,A,,,\nD,trial,A,,,\nE,what,A,,,\n"
    result = take(text, "r-2024-01.csv")
    assert counts(result, "placement") == {"created": 4, "skipped": 1}
    assert rules(result, refused=True) == ["unknown-ring"]
    assert rules(result, refused=False) == ["ring-alias"] * 3
    assert {name: ring for name, (_, ring, _) in placed(Edition.objects.get()).items()} == {
        "A": "Use",
        "B": "Stop",
        "C": "Stop",
        "D": "Try",
    }


def test_sectors_are_found_by_any_spelling_and_added_while_there_is_room():
    make_radar("tech", sectors=("Languages & Frameworks", "Build Tools", "C"))
    rows = ["A,adopt,languages-and-frameworks", "B,adopt,build tools", "X,adopt,"]
    rows += [f"N{number},adopt,sector {number}" for number in range(6)]
    result = take(BYOR + "".join(f"{row},,,\n" for row in rows), "r-2024-01.csv")
    sectors = {name: sector for name, (sector, *_) in placed(Edition.objects.get()).items()}
    assert sectors["A"] == "Languages & Frameworks"
    assert sectors["B"] == "Build Tools"
    assert sectors["X"] == sectors["N5"] == "Unsorted"
    assert sectors["N0"] == "Sector 0"
    assert Radar.objects.get().sectors.count() == 8
    assert rules(result).count("unknown-sector") == 6
    assert rules(result).count("missing-sector") == 1
    assert not result.has_refusals


def test_two_entries_of_one_name_count_once():
    result = take(BYOR + "Go,adopt,T,,,\ngo ,hold,T,,,\n", "radar.csv")
    assert rules(result, refused=True) == ["duplicate-name"]
    assert counts(result, "placement") == {"created": 1, "skipped": 1}
    assert placed(Edition.objects.get()) == {"Go": ("T", "Adopt", "unchanged")}


def test_two_files_of_one_edition_count_once(tmp_path):
    write(tmp_path, {"a-2024-01.csv": FIRST, "b-2024-01.csv": SECOND})
    result = take_path(tmp_path)
    assert counts(result, "edition") == {"created": 1, "skipped": 1}
    assert rules(result, refused=True) == ["duplicate-edition"]


def test_a_date_that_does_not_exist_refuses_the_edition_unless_one_is_given():
    text = QIWI.replace("2023-10-17", "2023-10-32")
    result = take(text, "js.csv")
    assert counts(result, "edition") == {"skipped": 1}
    assert rules(result, refused=True) == ["date-invalid"]
    assert not Radar.objects.exists()
    assert counts(take(text, "js.csv", day=date(2023, 10, 30)), "edition") == {"created": 1}


def test_a_date_in_a_name_that_does_not_exist_is_said():
    result = take(FIRST, "radar-2026-02-30.csv")
    [problem] = result.problems
    assert (problem.rule, problem.refused) == ("date-invalid", False)
    assert problem.message == "In the file's name, 2026-02-30 is no date that exists."
    assert Edition.objects.get().date == TODAY


def test_the_handbook_as_it_is_written():
    result = take(HANDBOOK, "technology-radar.yml")
    assert not result.problems
    edition = Edition.objects.get()
    assert edition.placements.get(technology__name="jQuery").remark == "legacy only"
    assert counts(take(HANDBOOK, "technology-radar.yml"), "placement") == {"unchanged": 5}


def test_backstage_timelines_become_ring_changes():
    text = json.dumps(BACKSTAGE)
    take(text, "radar.json")
    changes = RingChange.objects.order_by("at")
    assert [(str(one.from_ring), str(one.to_ring), one.reason) for one in changes] == [
        ("None", "Use", "old"),
        ("Use", "Stop", ""),
    ]
    assert {one.origin for one in changes} == {"import"}
    technology = Technology.objects.get(name="Go")
    assert technology.description == "A *language*"
    assert [link["title"] for link in technology.links] == ["https://go.example/", "Tour"]
    assert counts(take(text, "radar.json"), "placement") == {"unchanged": 1, "skipped": 1}
    assert RingChange.objects.count() == 2


def test_markdown_folders_are_editions_with_their_history(tmp_path):
    write(tmp_path, {**FILES, "config.json": CONFIG})
    result = take_path(tmp_path)
    assert counts(result, "edition") == {"created": 3}
    assert counts(result, "placement") == {"created": 7}
    assert Technology.objects.get(name="Go").tags == ["coding"]
    second = Edition.objects.get(key="2024-02-01")
    assert placed(second)["Go"] == ("Languages", "Adopt", "moved_in")
    assert not second.placements.get(technology__name="Go").is_featured
    assert counts(take_path(tmp_path), "placement") == {"unchanged": 7}


def test_an_older_file_does_not_take_a_technology_back(tmp_path):
    write(tmp_path, {**FILES, "config.json": CONFIG})
    take_path(tmp_path)
    Technology.objects.filter(name="Go").update(tags=["newer"])
    older = write(tmp_path / "old", {"radar/2022-01-01/go.md": FILES["radar/2023-01-01/go.md"]})
    result = take_path(older)
    assert counts(result, "technology") == {"unchanged": 1}
    assert Technology.objects.get(name="Go").tags == ["newer"]


def test_large_imports_are_quick_and_whole():
    rows = [f"Tool {number},{['adopt', 'hold'][number % 2]},Tools,,,\n" for number in range(2_000)]
    result = take(BYOR + "".join(rows), "r-2024-01.csv")
    assert counts(result, "placement") == {"created": 2_000}
    slots = Placement.objects.values_list("ring_id", "slot")
    assert len(set(slots)) == 2_000


def test_signs_that_no_database_keeps_are_dropped():
    odd = "a\\u0000b\\ud800"
    fields = ", ".join(f'"{key}": "{odd}{{number}}"' for key in ("name", "quadrant", "description"))
    items = [
        f'{{{fields.format(number=number)}, "ring": "hold", "relatedBlips": ["{odd}"]}}'
        for number in range(5)
    ]
    items.append(f'{{"name": "{odd}", "ring": "{odd}", "relatedBlips": []}}')
    result = take(f"[{', '.join(items)}]", "radar.json")
    assert [problem.message for problem in result.problems] == [
        "“ab?” of “ab?” is no ring of this radar: Adopt, Trial, Assess, Hold."
    ]
    assert counts(result, "placement") == {"created": 5, "skipped": 1}
    assert Placement.objects.filter(technology__name="ab?0", related=["ab?"]).exists()


def test_an_export_of_a_day_between_editions_changes_nothing():
    radar = make_radar("tech", sectors=("Tools", "B", "C"))
    make_edition(radar, {"Go": (0, 1), "Zig": (0, 2)}, day=date(2026, 1, 5), key="2026-q1")
    technology = Technology.objects.get(name="Go")
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    make_change(radar, technology, 0, before=1, at=moment)
    shown = snapshot(radar, on=date(2026, 3, 10), today=TODAY)
    assert {blip.name: blip.ring for blip in shown.blips} == {"Go": 0, "Zig": 2}
    name, data = export(shown, "byor-csv")
    assert name == "tech-2026-03-10.csv"
    result = take(data.decode(), name)
    assert counts(result, "edition") == {"unchanged": 1}
    assert counts(result, "placement") == {"unchanged": 2}
    assert Edition.objects.count() == 1


def test_what_a_refused_row_is_about_stays_as_it_was():
    take(FIRST, "r-2023-09.csv")
    result = take(FIRST.replace("Go,trial", "Go,what"), "r-2023-09.csv")
    assert counts(result, "edition") == {"unchanged": 1}
    assert counts(result, "placement") == {"unchanged": 1, "skipped": 1}
    assert placed(Edition.objects.get())["Go"] == ("Tools", "Trial", "new")


def test_nothing_leaves_an_edition_while_a_row_cannot_be_told():
    take(FIRST, "r-2023-09.csv")
    result = take(BYOR + ",adopt,Tools,,,\nZig,hold,Tools,,,\n", "r-2023-09.csv")
    assert counts(result, "placement") == {"created": 1, "skipped": 1}
    edition = Edition.objects.get()
    assert sorted(placed(edition)) == ["Go", "Kafka", "Zig"]
    places = edition.placements.values_list("sector_id", "ring_id", "slot")
    assert len(set(places)) == 3


@pytest.mark.parametrize("rows", ["", "Go,what,Tools,,,\n", ",adopt,Tools,,,\n"])
def test_a_file_without_a_row_that_can_be_taken_takes_nothing_away(rows):
    take(FIRST, "radar.csv")
    result = take(BYOR + rows, "radar.csv")
    assert counts(result, "edition") == {"skipped": 1}
    assert result.has_refusals
    assert Placement.objects.count() == 2
    assert Edition.objects.count() == 1


def test_a_file_without_a_row_makes_no_radar():
    result = take(BYOR, "radar.csv")
    assert rules(result) == ["empty"]
    assert not Radar.objects.exists()


def test_many_editions_are_taken_within_their_time(tmp_path):
    head = "name,ring,quadrant,isNew,status,description,relatedBlips\n"
    rings = ("adopt", "trial", "assess", "caution")
    for volume in range(34):
        rows = [
            f"Tool {volume * 55 + number},{rings[number % 4]},tools,TRUE,new,"
            f'"<p>{"Some <b>words</b>. " * 20}</p>",Tool {number}\n'
            for number in range(100)
        ]
        year, month = 2010 + volume // 2, 4 + volume % 2 * 6
        write(tmp_path, {f"Volume {volume + 1} ({year}-{month:02}).csv": head + "".join(rows)})
    begin = time.monotonic()
    result = take_path(tmp_path)
    assert counts(result, "edition") == {"created": 34}
    assert counts(result, "placement") == {"created": 3_400}
    assert counts(result, "technology") == {"created": 33 * 55 + 100}
    assert time.monotonic() - begin < 20


def test_what_changed_while_it_was_compared_is_not_overwritten(monkeypatch):
    take(FIRST, "r-2023-09.csv")
    real = run._write

    def after_somebody_else(*arguments, **options):
        Edition.objects.update(updated_at=NOW + timedelta(hours=1))
        real(*arguments, **options)

    monkeypatch.setattr(run, "_write", after_somebody_else)
    with pytest.raises(Conflict, match="import it again"):
        take(FIRST.replace("Go,trial", "Go,hold"), "r-2023-09.csv")
    assert placed(Edition.objects.get())["Go"] == ("Tools", "Trial", "new")


def test_imports_wait_for_each_other(monkeypatch):
    monkeypatch.setattr(run, "_PATIENCE", 0.0)
    held = acquire("radar import", timedelta(minutes=1))
    with pytest.raises(Conflict, match="try again"):
        take(FIRST, "radar.csv")
    held.release()
    assert counts(take(FIRST, "radar.csv"), "edition") == {"created": 1}
