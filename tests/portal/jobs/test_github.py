"""The portal's connection to GitHub: settings in, shared state in rows."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.jobs import github
from portal.jobs.models import Quota
from portal.lib.github import AppAuth, Page, Pause, Spent, TokenAuth

NOW = timezone.now()


def configure(settings: Any, **changes: Any) -> None:
    settings.ENV = settings.ENV.model_copy(update=changes)


@pytest.mark.django_db
def test_memory_keeps_pages_until_they_are_forgotten() -> None:
    memory = github.DatabaseMemory()
    page = Page(etag='"1"', rows=[["acme/web", "high"]], next_url="https://x/2", seen_at=NOW)
    memory.remember("https://x/orgs/acme/alerts?page=1", page)
    memory.touch("https://x/orgs/acme/alerts?page=1", NOW + timedelta(minutes=1))

    known = memory.recall("https://x/orgs/acme/alerts?page=1")
    memory.forget("https://x/orgs/other/")

    assert known is not None
    assert (known.etag, known.rows, known.next_url) == (page.etag, page.rows, page.next_url)
    assert known.seen_at == NOW + timedelta(minutes=1)
    assert memory.recall("https://x/orgs/acme/alerts?page=1") == known
    memory.forget("https://x/orgs/acme/")
    assert memory.recall("https://x/orgs/acme/alerts?page=1") is None


@pytest.mark.django_db
def test_memory_accounts_for_jobs_and_keeps_the_longer_pause() -> None:
    memory = github.DatabaseMemory()
    spent = Spent(limit=5000, remaining=4996, resets_at=NOW + timedelta(hours=1), cost=4)
    memory.spend("graphql", spent, job="3")
    memory.spend("graphql", spent, job="")
    memory.pause("graphql", Pause(until=NOW + timedelta(minutes=9), reason="long"))
    memory.pause("graphql", Pause(until=NOW + timedelta(minutes=1), reason="short"))

    row = Quota.objects.get()
    pause = memory.paused("graphql", NOW)

    assert (row.limit, row.remaining, row.cost_by_job) == (5000, 4996, {"3": 4})
    assert pause == Pause(until=NOW + timedelta(minutes=9), reason="long")
    assert memory.paused("graphql", NOW + timedelta(minutes=10)) is None
    assert memory.paused("core", NOW) is None


@pytest.mark.django_db
def test_state_tells_a_pause(settings: Any) -> None:
    configure(settings, github_token="t")
    day = timedelta(days=1)
    assert github.state(NOW, stale_after=day) == {"state": "never", "words": "not asked yet"}

    until = NOW + timedelta(minutes=9)
    github.DatabaseMemory().pause("graphql", Pause(until=until, reason="a secondary limit"))

    assert github.state(NOW, stale_after=day) == {
        "state": "stale",
        "words": f"paused until {until:%H:%M} UTC: a secondary limit",
    }


def test_sign_in_is_the_app_where_one_is_given(settings: Any) -> None:
    assert "GITHUB_TOKEN" in github.why_off()

    configure(settings, github_token="t")
    assert github.why_off() == ""
    assert isinstance(github._auth(), TokenAuth)

    configure(
        settings,
        github_app_id="1",
        github_app_private_key="key",
        github_app_installation_id="7",
    )
    assert isinstance(github._auth(), AppAuth)
    assert github._auth() is github._auth()  # it holds the installation's token


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://ghe.example/api/v3", "https://ghe.example"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
    ],
)
def test_web_url_is_where_people_look(settings: Any, api: str, web: str) -> None:
    configure(settings, github_url=api)

    assert github.web_url() == web
