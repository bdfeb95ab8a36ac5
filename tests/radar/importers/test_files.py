"""Where radar files lie: folders, checkouts, bare repositories, archives, addresses; bad bytes."""

import io
import subprocess
import zipfile

import pytest

from portal.catalog.importers.problems import Unreadable, WrongCall
from radar.importers import archives
from radar.importers.archives import pack_text, unpack, unpack_text
from radar.importers.files import find, source_of, source_of_text
from radar.models import Edition
from tests.radar.importers.world import BYOR, counts, rules, take, take_path, write

ROW = "Go,adopt,Tools,,,\n"


def git(root, *arguments, day="2024-01-01"):
    at = f"{day}T12:00:00+00:00"
    subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@example.com", *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        env={
            "PATH": "/usr/bin:/bin:/usr/local/bin",
            "GIT_COMMITTER_DATE": at,
            "GIT_AUTHOR_DATE": at,
        },
    )


@pytest.fixture
def checkout(tmp_path):
    """A work tree whose radar has three versions, two of them on one day."""
    root = tmp_path / "work"
    root.mkdir()
    git(root, "init", "-q")
    versions = [("2024-01-01", "trial"), ("2024-02-01", "assess"), ("2024-02-01", "adopt")]
    for day, ring in versions:
        write(root, {"docs/radar.csv": f"{BYOR}Go,{ring},Tools,,,\n", "package.json": "{}"})
        git(root, "add", "-A")
        git(root, "commit", "-qm", ring, day=day)
    return root


def test_a_folder_holds_what_most_files_are(tmp_path):
    write(
        tmp_path,
        {
            "a/2023-01-01.csv": BYOR + ROW,
            "a/2024-01-01.csv": BYOR + ROW,
            "b/radar.yaml": "adopt: [Go]\n",
            "node_modules/x/2020-01-01.csv": BYOR + ROW,
            ".git/2020-01-01.csv": BYOR + ROW,
            "package.json": "{}",
        },
    )
    found = find(source_of(str(tmp_path)))
    assert list(found.bundle.files) == ["a/2023-01-01.csv", "a/2024-01-01.csv"]
    assert [problem.rule for problem in found.problems] == ["other-format"]
    chosen = find(source_of(str(tmp_path)), chosen="handbook")
    assert list(chosen.bundle.files) == ["b/radar.yaml"]


def test_a_folder_without_a_radar_is_unreadable(tmp_path):
    write(tmp_path, {"README.md": "# Hi", "x.json": "{}"})
    with pytest.raises(Unreadable, match="no file in it"):
        find(source_of(str(tmp_path)))


@pytest.mark.parametrize("named", ["/no/such/file.csv", "", "github:acme", "https://h.example/x"])
def test_what_is_no_source_is_said_in_a_sentence(named):
    with pytest.raises(WrongCall, match=r"\.$"):
        source_of(named)


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    secret = write(tmp_path / "out", {"2024-01-01.csv": BYOR + ROW})
    root = write(tmp_path / "in", {"2023-01-01.csv": BYOR + ROW})
    (root / "2024-01-01.csv").symlink_to(secret / "2024-01-01.csv")
    found = find(source_of(str(root)))
    assert list(found.bundle.files) == ["2023-01-01.csv"]
    assert [problem.rule for problem in found.problems] == ["unreadable"]


@pytest.mark.django_db
def test_a_bare_repository_is_read_at_head(checkout, tmp_path):
    git(tmp_path, "clone", "-q", "--bare", "work", "radar.git")
    assert counts(take_path(tmp_path / "radar.git"), "placement") == {"created": 1}
    assert Edition.objects.get().placements.get().ring.title == "Adopt"


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["work", "work/docs/radar.csv", "radar.git"])
def test_history_makes_an_edition_of_every_day(checkout, tmp_path, where):
    git(tmp_path, "clone", "-q", "--bare", "work", "radar.git")
    result = take_path(tmp_path / where, history=True)
    assert counts(result, "edition") == {"created": 2}
    assert [
        (edition.key, edition.placements.get().ring.title)
        for edition in Edition.objects.published()
    ] == [("2024-01-01", "Trial"), ("2024-02-01", "Adopt")]
    again = take_path(tmp_path / where, history=True)
    assert counts(again, "edition") == {"unchanged": 2}


def test_history_needs_one_file_and_git(tmp_path):
    write(tmp_path, {"a.csv": BYOR + ROW, "b.csv": BYOR + ROW})
    with pytest.raises(WrongCall, match="has 2"):
        find(source_of(str(tmp_path)), history=True)
    with pytest.raises(WrongCall, match="can't read"):
        find(source_of(str(tmp_path / "a.csv")), history=True)
    with pytest.raises(WrongCall, match="on this machine"):
        find(source_of_text(BYOR + ROW), history=True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (("\ufeff" + BYOR + "Größe,adopt,Tools,,,\n").encode(), None),
        ((BYOR + "Größe,adopt,Tools,,,\n").replace("\n", "\r\n").encode(), None),
        ((BYOR + "Größe,adopt,Tools,,,\n").encode("utf-16"), None),
        ((BYOR + "Größe,adopt,Tools,,,\n").encode("latin-1"), "encoding"),
    ],
)
def test_texts_of_any_machine_are_read(tmp_path, data, rule):
    result = take_path(write(tmp_path, {"radar.csv": data}) / "radar.csv")
    assert Edition.objects.get().placements.get().technology.name == "Größe"
    assert rules(result) == ([rule] if rule else [])


@pytest.mark.django_db
@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"{", b"name|ring\n", b"\xff" * 100])
def test_what_is_no_radar_is_refused_with_a_sentence(tmp_path, data):
    result = take_path(write(tmp_path, {"radar.csv": data}) / "radar.csv")
    assert rules(result) == ["unreadable"]
    assert not Edition.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_no_folder_of_markdown_is_refused(tmp_path):
    [problem] = take_path(write(tmp_path, {"r.csv": BYOR + ROW}) / "r.csv", format="aoe").problems
    assert problem.message == (
        f"{tmp_path}/r.csv can't be read: in the format aoe there are folders such as 2026-11-24 "
        "with files in them."
    )


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["Bad Slug!", "a_b", "x" * 81, "new", "-"])
def test_a_radar_that_would_not_be_found_again_is_not_made(slug):
    with pytest.raises(WrongCall, match="no address that a radar can have"):
        take(BYOR + ROW, radar=slug)


@pytest.mark.django_db
def test_several_files_without_a_day_are_refused_and_one_among_dated_ones_left_out(tmp_path):
    write(tmp_path, {"a.csv": BYOR + ROW, "b.csv": BYOR + ROW})
    [problem] = take_path(tmp_path).problems
    assert problem.rule == "unreadable"
    assert problem.message.endswith(f"name one of them: {tmp_path}/a.csv, {tmp_path}/b.csv.")
    write(tmp_path, {"2024-01-01.csv": BYOR + ROW})
    result = take_path(tmp_path)
    assert rules(result) == ["undated", "undated"]
    assert counts(result, "edition") == {"created": 1}


@pytest.mark.django_db
def test_the_one_file_that_can_be_read_is_read(tmp_path):
    write(tmp_path, {"a.csv": BYOR + ROW, "b.csv": BYOR, "c.json": "[]"})
    result = take_path(tmp_path)
    assert rules(result) == ["empty"]
    assert counts(result, "edition") == {"created": 1, "skipped": 1}


@pytest.mark.django_db
def test_a_file_that_is_too_large_is_refused(tmp_path):
    huge = write(tmp_path, {"radar.csv": b"x" * (33 * 1024 * 1024)}) / "radar.csv"
    [problem] = take_path(huge).problems
    assert problem.message == "radar.csv is larger than 32 MB."


@pytest.mark.django_db
def test_rows_beyond_the_limit_are_refused_one_by_one():
    rows = "".join(f"T{number},adopt,Tools,,,\n" for number in range(10_002))
    result = take(BYOR + rows, "radar.csv", dry_run=True)
    assert rules(result, refused=True) == ["too-many-rows"] * 2
    assert counts(result, "placement") == {"created": 10_000, "skipped": 2}


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return data.getvalue()


def test_archives_are_unpacked_within_limits(monkeypatch):
    data = zipped({"a/b.csv": "x", "c.exe": "x", "../d.csv": "x", "/e.csv": "x"})
    assert unpack(data) == {"a/b.csv": b"x"}
    assert unpack_text(pack_text(unpack(data))) == {"a/b.csv": b"x"}
    assert unpack_text("adopt: []") is None
    with pytest.raises(Unreadable, match="no ZIP"):
        unpack(data[:40])
    monkeypatch.setattr(archives, "MOST_BYTES", 10)
    with pytest.raises(Unreadable, match="larger than"):
        unpack(zipped({"a.csv": "x" * 1_000}))
    monkeypatch.setattr(archives, "MOST_FILES", 1)
    with pytest.raises(Unreadable, match="more than 1"):
        unpack(data)


def test_an_address_is_read_as_one_file():
    class Pages:
        def read(self, address):
            return (BYOR + ROW).encode()

    found = find(source_of("https://radar.example/files/2024-01-01.csv", fetch=Pages()))
    assert found.bundle.format == "byor-csv"
