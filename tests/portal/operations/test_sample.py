import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from portal.audit.actions import System
from portal.audit.models import Event
from portal.jobs.models import Job
from portal.lib.errors import Conflict, Forbidden
from portal.lib.registry import Registry, SampleContent
from portal.operations import sample
from portal.operations.sample import load_sample, remove_sample
from tests.factories import make_job, make_person

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What loading and removing did, with content of two apps."""
    taken: list[str] = []
    content: Registry[SampleContent] = Registry("sample content")

    def load(key: str, now: datetime, told: Callable[[int, str], None]) -> None:
        taken.append(f"load {key}")
        told(1, f"the first {key}")

    for key, order in (("facts", 2), ("people", 1)):
        content.add(
            SampleContent(
                key=key,
                order=order,
                steps=order,
                load=partial(load, key),
                remove=lambda key=key: taken.append(f"remove {key}"),  # type: ignore[misc]
            )
        )
    monkeypatch.setattr(sample, "sample_content", content)
    return taken


def test_sample_is_loaded_in_order_and_removed_backwards(steps: list[str]) -> None:
    make_person("admin")

    load_sample(NOW)
    remove_sample(by=System())

    assert steps == ["load people", "load facts", "remove facts", "remove people"]


def test_share_with_nothing_to_load_is_not_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    content: Registry[SampleContent] = Registry("sample content")
    content.add(SampleContent(key="audit", remove=lambda: None))
    monkeypatch.setattr(sample, "sample_content", content)
    told: list[tuple[int, int, str]] = []

    assert load_sample(NOW, told=lambda *step: told.append(step)) == 0
    assert told == [(0, 0, "")]


def test_loading_tells_how_far_it_is() -> None:
    told: list[tuple[int, int, str]] = []

    load_sample(NOW, told=lambda *step: told.append(step))

    assert told == [
        (0, 3, "people"),
        (1, 3, "the first people"),
        (1, 3, "facts"),
        (2, 3, "the first facts"),
        (3, 3, ""),
    ]


def test_removal_is_refused_until_a_real_admin_exists(steps: list[str]) -> None:
    make_person("admin", is_sample=True)
    make_person("admin", is_active=False)
    make_person("lead")

    with pytest.raises(Conflict, match="Create an admin first"):
        remove_sample(by=System())

    assert steps == []


@pytest.mark.parametrize("state", ["queued", "running"])
def test_removal_waits_until_the_loading_has_ended(steps: list[str], state: str) -> None:
    make_person("admin")
    job = make_job(sample.KIND, state=state)

    with pytest.raises(Conflict, match="still being loaded"):
        remove_sample(by=System())
    assert steps == []

    Job.objects.filter(pk=job.pk).update(state="failed")
    remove_sample(by=System())
    assert steps == ["remove facts", "remove people"]


def test_removal_is_for_admins(steps: list[str]) -> None:
    make_person("admin")

    with pytest.raises(Forbidden):
        remove_sample(by=make_person("lead"))
    assert steps == []


def test_removal_is_written_down(sign_in: Callable[..., Client]) -> None:
    admin = make_person("admin")

    remove_sample(by=admin)

    assert list(Event.objects.values_list("verb", "actor_name")) == [("sample.removed", admin.name)]
    assert "removed the sample organisation" in sign_in(admin).get("/audit/").content.decode()


def test_failed_removal_removes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    make_person("admin")
    person = make_person("engineer", is_sample=True)
    content: Registry[SampleContent] = Registry("sample content")

    def fail() -> None:
        raise LookupError

    content.add(SampleContent(key="b", order=2, load=lambda now, told: None, remove=person.delete))
    content.add(SampleContent(key="a", order=1, load=lambda now, told: None, remove=fail))
    monkeypatch.setattr(sample, "sample_content", content)

    with pytest.raises(LookupError):
        remove_sample(by=System())

    assert type(person).objects.filter(email=person.email).exists()


def test_load_command_runs_the_job_itself_and_shows_it(
    steps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("load_sample")

    assert steps == ["load people", "load facts"]
    assert capsys.readouterr().out.splitlines() == [
        "Loading sample data: people (0 of 3)",
        "The sample data is loaded.",
    ]
    assert Job.objects.get().state == "done"


def test_load_command_follows_a_worker_that_was_quicker(
    steps: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("load_sample")
    Job.objects.update(state="running", holder="a worker", current="facts", done=1, total=2)
    capsys.readouterr()
    monkeypatch.setattr(time, "sleep", lambda seconds: Job.objects.update(state="done"))

    call_command("load_sample")

    assert len(steps) == 2
    assert capsys.readouterr().out.splitlines() == [
        "Loading sample data: facts (1 of 2)",
        "The sample data is loaded.",
    ]


def test_load_command_ends_with_the_reason_of_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(now: datetime, told: Callable[[int, str], None]) -> None:
        raise Conflict("There is a team of that name.")

    content: Registry[SampleContent] = Registry("sample content")
    content.add(SampleContent(key="teams", load=fail, remove=lambda: None))
    monkeypatch.setattr(sample, "sample_content", content)

    with pytest.raises(CommandError, match="There is a team of that name"):
        call_command("load_sample")


def test_remove_command_says_what_to_do_first() -> None:
    with pytest.raises(CommandError, match="create_person EMAIL --role admin"):
        call_command("remove_sample")
