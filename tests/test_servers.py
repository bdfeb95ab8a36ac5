"""The test suite's own servers and guards do what the other tests rely on."""

import json
import socket
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest
import redis
from django.db import DatabaseError, connection, connections, transaction

from portal.audit.actions import System, record
from portal.audit.models import Event
from tests import servers


@pytest.mark.server
def test_redis_is_empty_for_each_test(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


@pytest.mark.server
def test_redis_is_empty_for_the_next_test(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


@pytest.mark.server
def test_postgres_lets_its_user_create_databases(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as link:
        link.execute("CREATE DATABASE another")
        link.execute("DROP DATABASE another")


@pytest.mark.server
def test_prometheus_answers_backfilled_samples(prometheus: Any, tmp_path: Path) -> None:
    at = int(time.time()) - 3600
    text = f'# TYPE tried gauge\ntried{{service="a"}} 7 {at}\n# EOF\n'
    servers.backfill(text, tmp_path / "storage")
    server = prometheus("scrape_configs: []\n", tmp_path / "storage")
    with urlopen(f"{server.url}/api/v1/query?query=tried&time={at}") as response:
        answer = json.load(response)
    assert answer["data"]["result"][0]["value"][1] == "7"


@pytest.mark.server
def test_server_is_gone_after_stop() -> None:
    server = servers.start_redis()
    server.stop()
    assert server.process.poll() is not None
    assert not server.folder.exists()


def test_start_process_says_why_a_server_died(tmp_path: Path) -> None:
    with pytest.raises(servers.StartFailed, match="no such thing"):
        servers.start_process(
            ["sh", "-c", "echo no such thing; exit 3"],
            url="",
            folder=tmp_path,
            is_ready=lambda: False,
        )


def test_missing_program_names_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers.os, "geteuid", lambda: 1000)
    program = servers.Program(title="Nothing", names=("no-such-program",), package="nothing")
    with pytest.raises(servers.MissingProgram, match=r"apt-get install .* nothing"):
        servers.find(program)


def test_server_or_address_takes_the_address_where_the_program_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing() -> servers.Server:
        raise servers.MissingProgram("it is missing")

    monkeypatch.setenv("TEST_REDIS_URL", "redis://elsewhere/0")
    with servers.server_or_address(missing, "TEST_REDIS_URL") as url:
        assert url == "redis://elsewhere/0"
    monkeypatch.delenv("TEST_REDIS_URL")
    with (
        pytest.raises(servers.MissingProgram),
        servers.server_or_address(missing, "TEST_REDIS_URL"),
    ):
        pass


def test_addresses_beyond_loopback_are_refused() -> None:
    with socket.socket() as plain, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        plain.connect(("192.0.2.1", 80))


@pytest.mark.browser
def test_browser_runs_script(browser: Any) -> None:
    page = browser.new_page()
    page.set_content("<p id=sum></p><script>sum.textContent = 1 + 2</script>")
    assert page.text_content("#sum") == "3"
    page.close()


@pytest.mark.sqlite
@pytest.mark.django_db
def test_sqlite_under_test_is_a_file_in_wal_mode() -> None:
    assert connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgres_is_under_test() -> None:
    assert connections["default"].vendor == "postgresql"


@pytest.mark.django_db(transaction=True)
def test_tables_that_refuse_deletion_are_emptied_after_a_test() -> None:
    with transaction.atomic():
        record("tried", by=System("Tests"), subject=("thing", "a", "A"))
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_tables_that_refuse_deletion_still_refuse_it_in_the_next_test() -> None:
    assert Event.objects.count() == 0
    with transaction.atomic():
        record("tried", by=System("Tests"), subject=("thing", "a", "A"))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_event")


@pytest.mark.browser
def test_page_reaches_the_running_portal(sign_in_page: Any) -> None:
    page = sign_in_page("admin")
    page.goto("/operations/")
    assert page.text_content("h1") == "Operations"
    with page.expect_response(lambda response: "/operations/" in response.url):
        page.get_by_text("Look again").click()
    assert page.locator("#now").count() == 1
