import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import OperationalError

from portal.lib import registry
from portal.lib.errors import Conflict
from portal.lib.registry import Registry, StartingContent
from portal.operations import start
from portal.operations.management.commands import up
from portal.operations.start import CanNotStart
from tests.factories import make_job, make_person


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Server:
    """A database that refuses so many times before it answers."""

    settings_dict = {"NAME": "portal", "HOST": "db", "PORT": "", "PASSWORD": "hidden"}

    def __init__(self, refusals: int = 1000, vendor: str = "postgresql") -> None:
        self.refusals = refusals
        self.vendor = vendor

    def ensure_connection(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise OperationalError("connection refused\nIs the server running?")


def wait(database: Server, said: list[str]) -> float:
    clock = Clock()
    start.wait_for_database(said.append, database=database, sleep=clock.sleep, clock=clock)
    return clock.now


def test_database_that_comes_late_is_waited_for_and_said_once() -> None:
    said: list[str] = []

    assert wait(Server(refusals=5), said) == 5.0
    assert said == ["Waiting for the database portal at db:5432: connection refused"]


def test_database_that_never_comes_ends_with_one_sentence() -> None:
    with pytest.raises(CanNotStart, match="did not answer for 60 seconds") as caught:
        wait(Server(), [])

    assert "\n" not in str(caught.value)
    assert "DATABASE_URL" in str(caught.value)


def test_database_file_that_can_not_be_opened_is_not_waited_for() -> None:
    said: list[str] = []

    with pytest.raises(CanNotStart, match="portal can't be opened: connection refused"):
        wait(Server(vendor="sqlite"), said)
    assert said == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OperationalError("database or disk is full"), "can't be used: database or disk is full."),
        (OSError(28, "No space left on device", "/data/x"), "/data/x can't be written: No space "),
    ],
)
def test_full_disk_is_one_sentence(error: Exception, sentence: str) -> None:
    with pytest.raises(CanNotStart, match=sentence) as caught, start.in_one_sentence():
        raise error

    assert "\n" not in str(caught.value)


def test_port_is_held_from_the_check_on() -> None:
    with start.take_port(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CanNotStart, match=f"Port {port} is taken; set PORT to another."):
            start.take_port(port)
        socket.create_connection(("127.0.0.1", port), timeout=1).close()


def test_data_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CanNotStart, match="set PORTAL_DATA to another"):
        start.take_folder(tmp_path / "file" / "data")


@pytest.mark.django_db
def test_first_start_ends_with_the_first_person_or_job() -> None:
    assert start.is_first_start()
    job = make_job()
    assert not start.is_first_start()
    job.delete()
    make_person()
    assert not start.is_first_start()


@pytest.mark.parametrize(
    ("wish", "is_embedded", "is_first", "comes"),
    [
        (None, True, True, True),
        (None, True, False, False),
        (None, False, True, False),
        (True, False, True, True),
        (False, True, True, False),
        (True, True, False, False),
    ],
)
def test_sample_comes_with_an_empty_embedded_database_or_by_wish(
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    wish: bool | None,
    is_embedded: bool,
    is_first: bool,
    comes: bool,
) -> None:
    settings.EMBEDDED = is_embedded
    settings.ENV = settings.ENV.model_copy(update={"portal_sample": wish})

    assert start.wants_sample(is_first=is_first) is comes


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> Registry[StartingContent]:
    empty: Registry[StartingContent] = Registry("starting content")
    monkeypatch.setattr(start, "starting_content", empty)
    monkeypatch.setattr(registry, "starting_content", empty)
    return empty


def test_starting_content_is_loaded_in_order(content: Registry[StartingContent]) -> None:
    loaded: list[str] = []
    for key, order in (("late", 2), ("early", 1)):
        content.add(
            StartingContent(key=key, order=order, load=lambda key=key: loaded.append(key))  # type: ignore[misc]
        )

    start.load_starting_content()

    assert loaded == ["early", "late"]


def test_starting_content_that_is_broken_stops_the_start(
    content: Registry[StartingContent],
) -> None:
    def load() -> None:
        raise Conflict("quality.yaml:3: no such level.")

    content.add(StartingContent(key="packs", load=load))

    with pytest.raises(CanNotStart, match=r"“packs” can't be loaded: quality\.yaml:3"):
        start.load_starting_content()


@pytest.fixture
def static_sources(tmp_path: Path, settings: Any) -> Iterator[Path]:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "app.css").write_text("a {}")
    settings.DATA = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [sources]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    finders.get_finder.cache_clear()
    yield sources
    finders.get_finder.cache_clear()


def test_static_files_are_collected_only_when_they_changed(
    static_sources: Path, settings: Any
) -> None:
    said: list[Any] = []

    start.collect_static(said.append)
    start.collect_static(said.append)
    assert len(said) == 1

    (static_sources / "app.css").write_text("a { color: red }")
    start.collect_static(said.append)
    assert len(said) == 2
    assert (settings.STATIC_ROOT / "app.css").read_text() == "a { color: red }"


def test_static_files_that_were_deleted_are_collected_again(
    static_sources: Path, settings: Any
) -> None:
    start.collect_static(print)
    (settings.STATIC_ROOT / "app.css").unlink()
    settings.STATIC_ROOT.rmdir()

    start.collect_static(print)

    assert (settings.STATIC_ROOT / "app.css").exists()


@pytest.mark.django_db
def test_first_admin_is_made_by_link_where_loopback_is_served(settings: Any) -> None:
    (line, _) = up._lines(8123)

    assert "http://127.0.0.1:8123/first-admin/?link=" in line

    settings.ENV = settings.ENV.model_copy(update={"portal_url": "https://portal.example.com"})
    (line, _) = up._lines(8123)

    assert "create_person EMAIL --role admin" in line

    make_person("admin")
    assert len(up._lines(8123)) == 1
