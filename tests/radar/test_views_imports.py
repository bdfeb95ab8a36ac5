"""Importing and exporting on pages: check, look, confirm; and the files that are handed out."""

import io
import zipfile
from datetime import date

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.audit.models import Event
from portal.jobs.models import JobState
from portal.jobs.worker import run_job
from portal.lib.errors import Conflict, Forbidden
from radar import import_jobs
from radar.actions.imports import check_import, confirm_import
from radar.models import Edition, RadarImport
from tests.factories import make_edition, make_person, make_radar, make_team
from tests.queries import queries_of
from tests.radar.importers.world import BYOR

pytestmark = pytest.mark.django_db

ADDRESS = "/radar/company/import/"
GOOD = BYOR + "Go,adopt,Tools,,,\nZig,what,Tools,,,\n"


@pytest.fixture
def radar():
    return make_radar("company", title="Company radar", sectors=("Tools", "B", "C"))


@pytest.fixture
def env(monkeypatch):
    return lambda **values: [
        monkeypatch.setattr(settings.ENV, name, value) for name, value in values.items()
    ]


def work(run):
    run.refresh_from_db()
    run_job(run.job.pk)
    run.refresh_from_db()
    run.job.refresh_from_db()
    return run.job


def ask(client, **data):
    response = client.post(ADDRESS, data)
    assert response.status_code == 302, response.content.decode()
    run = RadarImport.objects.latest("pk")
    assert response["Location"] == f"{ADDRESS}{run.pk}/"
    return run


def test_a_file_is_checked_shown_and_taken_once_confirmed(radar, sign_in):
    client = sign_in("architect")
    run = ask(client, file=SimpleUploadedFile("radar-2026-q3.csv", GOOD.encode()))
    assert "progress" in client.get(f"{ADDRESS}{run.pk}/").content.decode()
    assert work(run).state == JobState.DONE
    assert not Edition.objects.exists()
    page = client.get(f"{ADDRESS}{run.pk}/").content.decode()
    assert "What an import would do" in page
    assert "radar-2026-q3.csv:3" in page
    assert "is no ring of this radar" in page
    assert client.post(f"{ADDRESS}{run.pk}/confirm/").status_code == 302
    assert work(run).summary["done"] == 3
    edition = Edition.objects.get()
    assert (edition.key, edition.published_by) == ("2026-q3", run.requested_by_name)
    assert "<h1>Imported</h1>" in client.get(f"{ADDRESS}{run.pk}/").content.decode()
    event = Event.objects.get(verb="edition.imported")
    assert (event.actor_name, event.actor_id) == (run.requested_by_name, run.requested_by_id)


def test_text_may_be_pasted_with_its_edition_and_day(radar, sign_in):
    client = sign_in("admin")
    run = ask(client, text="adopt: [Go]\n", edition="Spring", day="2026-03-01", format="handbook")
    work(run)
    client.post(f"{ADDRESS}{run.pk}/confirm/")
    work(run)
    edition = Edition.objects.get()
    assert (edition.title, str(edition.date)) == ("Spring", "2026-03-01")


def test_a_zip_of_our_own_changes_nothing(radar, sign_in):
    make_edition(radar, {"Go": (0, 1)}, day=date(2026, 1, 5))
    client = sign_in("architect")
    data = client.get("/radar/company/export/aoe/").content
    assert "config.json" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    run = ask(client, file=SimpleUploadedFile("x.zip", data))
    work(run)
    assert run.counts["edition"]["unchanged"] == 1
    page = client.get(f"{ADDRESS}{run.pk}/").content.decode()
    assert "/confirm/" not in page


def test_only_who_publishes_imports(radar, sign_in):
    for role in ("engineer", "lead"):
        assert sign_in(role).get(ADDRESS).status_code == 403
    with pytest.raises(Forbidden):
        check_import(by=make_person("lead"), radar=radar, text=GOOD)


def test_a_run_is_confirmed_once_and_after_its_check(radar, sign_in):
    client = sign_in("architect")
    run = ask(client, text=GOOD)
    early = client.post(f"{ADDRESS}{run.pk}/confirm/", follow=True)
    assert "has not been checked" in early.content.decode()
    work(run)
    client.post(f"{ADDRESS}{run.pk}/confirm/")
    run.refresh_from_db()
    with pytest.raises(Conflict):
        confirm_import(run, by=make_person("admin"), radar=radar)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "one of the three"),
        ({"text": GOOD, "source": "https://a.example/r.csv"}, "one of the three"),
        ({"source": "/etc"}, "PORTAL_CHECKOUTS"),
        ({"source": "github:acme"}, "PORTAL_CHECKOUTS"),
        ({"text": GOOD, "day": "2026-02-30"}, "valid date"),
        ({"text": GOOD, "format": "word"}, "valid choice"),
    ],
)
def test_what_cannot_be_read_is_said_at_the_form(radar, sign_in, data, words):
    response = sign_in("architect").post(ADDRESS, data)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not RadarImport.objects.exists()


def test_a_broken_zip_is_said_at_the_form(radar, sign_in):
    broken = SimpleUploadedFile("x.zip", b"PK\x03\x04nothing")
    response = sign_in("architect").post(ADDRESS, {"file": broken})
    assert response.status_code == 422
    assert "no ZIP" in response.content.decode()


def test_a_file_that_is_too_large_is_said_at_the_form(radar, sign_in):
    huge = SimpleUploadedFile("radar.csv", b"x" * (8 * 1024 * 1024 + 1))
    response = sign_in("architect").post(ADDRESS, {"file": huge})
    assert response.status_code == 422
    assert "larger than 8 MB" in response.content.decode()


def test_folders_below_the_checkouts_are_read(radar, sign_in, env, tmp_path):
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "2026-01-01.csv").write_text(GOOD)
    env(portal_checkouts=tmp_path)
    run = ask(sign_in("architect"), source="r")
    work(run)
    assert run.counts["edition"]["created"] == 1


def test_a_source_that_is_gone_fails_with_a_sentence(radar, sign_in, env, tmp_path):
    env(portal_checkouts=tmp_path)
    client = sign_in("architect")
    run = ask(client, source="gone")
    assert work(run).state == JobState.FAILED
    assert "no folder that exists" in client.get(f"{ADDRESS}{run.pk}/").content.decode()


def test_imports_are_kept_for_a_month(radar, sign_in):
    run = ask(sign_in("architect"), text=GOOD)
    import_jobs.prune(run.created_at + import_jobs.KEPT_FOR)
    assert RadarImport.objects.exists()
    import_jobs.prune(run.created_at + 2 * import_jobs.KEPT_FOR)
    assert not RadarImport.objects.exists()


def test_the_page_of_exports_says_what_each_format_cannot_carry(radar, sign_in):
    make_edition(radar, {"Go": (0, 1)})
    page = sign_in("engineer").get("/radar/company/export/?edition=draft").content.decode()
    assert "Remarks, tags and owners" in page
    assert "/radar/company/export/backstage/?edition=draft" in page


def test_a_radar_without_an_edition_has_nothing_to_export(radar, sign_in):
    client = sign_in("engineer")
    assert "Nothing to export" in client.get("/radar/company/export/").content.decode()
    assert client.get("/radar/company/export/byor-csv/").status_code == 404


@pytest.mark.parametrize(
    ("format_", "name", "content_type"),
    [
        ("handbook", "company-draft.yaml", "application/yaml; charset=utf-8"),
        ("byor-csv", "company-draft.csv", "text/csv; charset=utf-8"),
        ("byor-json", "company-draft.json", "application/json; charset=utf-8"),
        ("backstage", "company-draft.json", "application/json; charset=utf-8"),
        ("svg", "company-draft.svg", "image/svg+xml; charset=utf-8"),
        ("csv", "company-draft-list.csv", "text/csv; charset=utf-8"),
        ("aoe", "company-draft.zip", "application/zip"),
    ],
)
def test_files_are_handed_out_under_a_name_that_says_the_edition(
    radar, sign_in, format_, name, content_type
):
    make_edition(radar, {"Go": (0, 1)})
    response = sign_in("engineer").get(f"/radar/company/export/{format_}/")
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


def test_the_list_is_narrowed_as_the_page_is_and_safe_for_spreadsheets(radar, sign_in):
    make_edition(radar, {"=Go": (0, 1), "Zig": (1, 1)})
    client = sign_in("engineer")
    text = client.get("/radar/company/export/csv/?sector=tools").content.decode()
    assert len(text.splitlines()) == 2
    assert "'=Go" in text
    make_team("empty")
    none = client.get("/radar/company/export/csv/?team=empty").content.decode()
    assert len(none.splitlines()) == 1


@pytest.mark.parametrize(
    "address", ["import/", "export/", "export/backstage/", "export/aoe/", "export/csv/?team=t"]
)
def test_pages_ask_few_queries_whatever_the_size(radar, sign_in, address):
    client = sign_in("architect")
    make_team("t")
    make_edition(radar, {f"Tool {number}": (number % 3, number % 4) for number in range(60)})
    client.get(f"/radar/company/{address}")
    assert len(queries_of(lambda: client.get(f"/radar/company/{address}"))) <= 12
