"""Importing on the page: check, look, confirm; and the job behind it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from portal.accounts.models import Person
from portal.audit.models import Event
from portal.catalog import actions, import_jobs
from portal.catalog.models import CatalogSource, ImportRun, Service
from portal.jobs.models import Job, JobState
from portal.jobs.worker import run_job
from portal.lib.errors import Conflict, Forbidden, Invalid
from tests.factories import make_person
from tests.portal.catalog.world import component, documents, write

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]

ADDRESS = "/services/import/"


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Changes settings of the environment for a test."""

    def change(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setattr(settings.ENV, name, value)

    return change


def work(run: ImportRun) -> Job:
    """Do the job that waits for a run."""
    run.refresh_from_db()
    assert run.job is not None
    run_job(run.job.pk)
    run.refresh_from_db()
    return Job.objects.get(pk=run.job_id)


def ask(client: Client, **data: str) -> ImportRun:
    response = client.post(ADDRESS, data)
    assert response.status_code == 302, response.content.decode()
    run = ImportRun.objects.latest("pk")
    assert response["Location"] == f"{ADDRESS}{run.pk}/"
    return run


def test_only_admins_import(sign_in: SignIn) -> None:
    for role in ("engineer", "architect", "lead"):
        client = sign_in(role)
        assert client.get(ADDRESS).status_code == 403
        assert client.post(ADDRESS, {"text": component()}).status_code == 403
    with pytest.raises(Forbidden):
        actions.check_import(by=make_person("lead"), text=component())
    assert not ImportRun.objects.exists()


def test_pasted_yaml_is_checked_shown_and_taken_once_confirmed(sign_in: SignIn) -> None:
    client = sign_in("admin")
    run = ask(client, text=documents(component("shop"), component("b", owner="''")))
    waiting = client.get(f"{ADDRESS}{run.pk}/").content.decode()
    assert "progress" in waiting
    assert work(run).state == JobState.DONE
    assert not Service.objects.exists()
    page = client.get(f"{ADDRESS}{run.pk}/").content.decode()
    assert "What an import would do" in page
    assert "pasted.yaml:1" in page
    assert "spec.owner is missing" in page
    response = client.post(f"{ADDRESS}{run.pk}/confirm/")
    assert response.status_code == 302
    assert work(run).summary["done"] == 1
    assert Service.objects.get().key == "shop"
    done = client.get(f"{ADDRESS}{run.pk}/").content.decode()
    assert "<h1>Imported</h1>" in done
    assert Event.objects.get(verb="catalog.created").actor_name == run.requested_by_name


def test_a_run_is_confirmed_once(sign_in: SignIn) -> None:
    client = sign_in("admin")
    run = ask(client, text=component())
    early = client.post(f"{ADDRESS}{run.pk}/confirm/", follow=True)
    assert "has not been checked" in early.content.decode()
    work(run)
    client.post(f"{ADDRESS}{run.pk}/confirm/")
    run.refresh_from_db()
    with pytest.raises(Conflict):
        actions.confirm_import(run, by=Person.objects.get(role="admin"))


def test_what_would_change_nothing_is_not_offered(sign_in: SignIn) -> None:
    client = sign_in("admin")
    run = ask(client, text="just: text")
    work(run)
    assert "/confirm/" not in client.get(f"{ADDRESS}{run.pk}/").content.decode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "one of the two"),
        ({"text": component(), "source": "github:acme"}, "one of the two"),
        ({"source": "/etc"}, "CATALOG_SOURCES"),
        ({"source": "../up"}, "CATALOG_SOURCES"),
        ({"text": "x" * 2_200_000}, "longer than 2 MB"),
    ],
)
def test_what_cannot_be_read_here_is_said_at_the_form(
    sign_in: SignIn, data: dict[str, str], words: str
) -> None:
    response = sign_in("admin").post(ADDRESS, data)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not ImportRun.objects.exists()


def test_folders_of_the_settings_may_be_read(
    sign_in: SignIn, env: Callable[..., None], tmp_path: Path
) -> None:
    write(tmp_path / "shop", component("shop"))
    env(portal_checkouts=tmp_path)
    client = sign_in("admin")
    run = ask(client, source="shop")
    assert run.source == str(tmp_path / "shop")
    work(run)
    assert run.counts["service"]["created"] == 1
    with pytest.raises(Invalid):
        actions.check_import(by=make_person("admin"), source="shop/../../elsewhere")


def test_a_source_that_is_no_place_fails_with_a_sentence(
    sign_in: SignIn, env: Callable[..., None], tmp_path: Path
) -> None:
    env(catalog_sources=[str(tmp_path / "gone")])
    client = sign_in("admin")
    run = ask(client, source=str(tmp_path / "gone"))
    assert work(run).state == JobState.FAILED
    page = client.get(f"{ADDRESS}{run.pk}/").content.decode()
    assert "is no file and no folder that exists" in page


def test_the_page_lists_sources_with_their_last_failure(sign_in: SignIn, tmp_path: Path) -> None:
    from tests.portal.catalog.world import take

    take(write(tmp_path, component()))
    (tmp_path / "catalog-info.yaml").unlink()
    take(tmp_path)
    page = sign_in("admin").get(ADDRESS).content.decode()
    assert str(tmp_path) in page
    assert "no catalogue file" in page


def scheduled(source: str) -> Any:
    job = SimpleNamespace(pk=None)
    return SimpleNamespace(args={"source": source}, job=job, progress=lambda *told: None)


def test_sources_of_the_settings_are_read_by_the_clock(
    env: Callable[..., None], tmp_path: Path
) -> None:
    env(catalog_sources=[str(tmp_path), "github:acme"], github_org="acme")
    jobs = [schedule for schedule in import_jobs.schedules() if schedule.job]
    assert [schedule.args["source"] for schedule in jobs] == [str(tmp_path), "github:acme"]
    write(tmp_path, component("shop"))
    assert import_jobs.run_import(scheduled(str(tmp_path))).done == 1
    summary = import_jobs.run_import(scheduled(str(tmp_path)))
    assert (summary.done, summary.unchanged) == (0, 1)


def test_a_source_that_is_gone_keeps_its_entities_and_the_reason(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", component("shop"))
    import_jobs.run_import(scheduled(str(folder)))
    folder.rename(tmp_path / "away")
    with pytest.raises(Invalid):
        import_jobs.run_import(scheduled(str(folder)))
    assert Service.objects.get().vanished_at is None
    assert "no folder that exists" in CatalogSource.objects.get().failure_reason


def test_imports_of_the_page_are_kept_for_a_month(sign_in: SignIn) -> None:
    run = ask(sign_in("admin"), text=component())
    import_jobs.prune(run.created_at + timedelta(days=29))
    assert ImportRun.objects.exists()
    import_jobs.prune(run.created_at + timedelta(days=31))
    assert not ImportRun.objects.exists()
