"""`import_radar` and `export_radar`: what they print and how they end."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from radar.models import Edition, Radar
from tests.factories import make_edition, make_radar
from tests.radar.importers.world import BYOR, write

pytestmark = pytest.mark.django_db

GOOD = BYOR + "Go,adopt,Tools,,,\n"
BAD = GOOD + ",adopt,Tools,,,\n"


def run(command, *arguments):
    """The exit status and what was printed."""
    out = io.StringIO()
    try:
        call_command(command, *map(str, arguments), stdout=out, stderr=io.StringIO())
    except SystemExit as end:
        return int(end.code), out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


@pytest.fixture
def good(tmp_path):
    return write(tmp_path, {"radar.csv": GOOD}) / "radar.csv"


@pytest.fixture
def bad(tmp_path):
    return write(tmp_path, {"bad.csv": BAD}) / "bad.csv"


def test_json_holds_counts_and_problems_only(bad):
    status, text = run("import_radar", bad, "--json")
    assert status == 1
    answer = json.loads(text)
    none = {"created": 0, "changed": 0, "unchanged": 0, "conflict": 0, "skipped": 0}
    assert answer == {
        "by_kind": {
            "edition": none | {"created": 1},
            "placement": none | {"created": 1, "skipped": 1},
            "technology": none | {"created": 1},
        },
        "problems": [
            {
                "file": str(bad),
                "line": 3,
                "rule": "missing-name",
                "message": "The entry has no name.",
            }
        ],
    }


def test_without_a_radar_one_is_made_and_the_first_is_taken_after(good):
    assert run("import_radar", good, "--radar", "first")[0] == 0
    assert run("import_radar", good)[0] == 0
    assert [radar.slug for radar in Radar.objects.all()] == ["first"]
    assert run("import_radar", good, "--radar", "second")[0] == 0
    assert Radar.objects.count() == 2


def test_an_empty_portal_names_the_radar_after_the_file(tmp_path):
    path = write(tmp_path, {"acme-radar-2026-q3.csv": GOOD}) / "acme-radar-2026-q3.csv"
    assert run("import_radar", path)[0] == 0
    radar = Radar.objects.get()
    assert (radar.slug, radar.title) == ("acme-radar", "Acme radar")
    assert Edition.objects.get().key == "2026-q3"


@pytest.mark.parametrize(
    "arguments",
    [
        ["/no/such/file"],
        ["{good}", "--date", "2026-02-30"],
        ["{good}", "--radar", "technologies"],
        ["{good}", "--edition", "2026-13-40"],
        ["{good}", "--history"],
    ],
)
def test_a_wrong_call_ends_with_two_and_a_sentence(good, arguments):
    status, text = run("import_radar", *[one.format(good=good) for one in arguments])
    assert status == 2
    assert text.endswith(".")
    assert not Radar.objects.exists()


def test_a_dry_run_says_that_nothing_is_written(good):
    status, text = run("import_radar", good, "--dry-run")
    assert (status, "nothing is written" in text) == (0, True)
    assert "Build Your Own Radar, CSV" in text
    assert not Radar.objects.exists()


def test_strict_says_that_nothing_was_written(bad):
    status, text = run("import_radar", bad, "--strict")
    assert (status, "nothing was written" in text) == (1, True)
    assert not Radar.objects.exists()


def test_many_remarks_are_told_in_short(tmp_path):
    rows = "".join(f"T{number},caution,Tools,,,\n" for number in range(30))
    path = write(tmp_path, {"radar.csv": BYOR + rows}) / "radar.csv"
    text = run("import_radar", path)[1]
    assert text.count("(ring-alias)") == 20
    assert "10 more of ring-alias" in text


def test_export_goes_to_the_terminal_a_file_or_a_folder(tmp_path):
    radar = make_radar("company")
    make_edition(radar, {"Go": (0, 1), "Perl": (1, 3)})
    status, text = run("export_radar")
    assert (status, text.splitlines()[0]) == (0, "# Technology radar: Company, Draft")
    assert "trial:\n- Go\n" in text
    assert run("export_radar", tmp_path / "r.csv")[0] == 0
    assert (tmp_path / "r.csv").read_text().startswith("name,ring,quadrant,isNew,status")
    assert run("export_radar", f"{tmp_path}/out/", "--format", "svg")[0] == 0
    assert (tmp_path / "out" / "company-draft.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    "arguments", [["--radar", "none"], ["--edition", "2020-q1"], ["--format", "aoe"]]
)
def test_an_export_that_cannot_be_ends_with_two(arguments):
    make_edition(make_radar("company"), {"Go": (0, 1)})
    status, text = run("export_radar", *arguments)
    assert (status, text[-1]) == (2, ".")


def test_an_export_of_nothing_ends_with_two():
    assert run("export_radar") == (2, "There is no radar yet.")
    make_radar("company")
    assert run("export_radar")[0] == 2
