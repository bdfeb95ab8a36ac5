"""The portal's own connection to GitHub: from the settings, with memory in database rows.

    with connect(job_id=work.job.pk) as github:
        ...

Everything that asks GitHub goes through here, so that all workers share ETags, quotas and pauses.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from portal.jobs import answers, quotas
from portal.jobs.outside import outside, summary
from portal.lib.github import (
    AppAuth,
    Auth,
    Connection,
    GitHub,
    Page,
    Pause,
    Slug,
    Spent,
    TokenAuth,
)
from portal.lib.http import Limits

NAME = "github"
_KEYS = "github "  # what the keys of kept answers begin with
# GitHub gives up after 10 seconds itself; file texts make large answers.
LIMITS = Limits(read=20.0, total=90.0, answer_bytes=32 * 1024 * 1024)


class DatabaseMemory:
    """`portal.lib.github.Memory` in database rows."""

    def recall(self, key: str) -> Page | None:
        row = answers.recall(_KEYS + key)
        if row is None:
            return None
        return Page(etag=row.etag, rows=row.body, next_url=row.next_url, seen_at=row.seen_at)

    def remember(self, key: str, page: Page) -> None:
        answers.remember(
            _KEYS + key, etag=page.etag, body=page.rows, next_url=page.next_url, now=page.seen_at
        )

    def touch(self, key: str, seen_at: datetime) -> None:
        answers.touch(_KEYS + key, now=seen_at)

    def forget(self, prefix: str) -> None:
        answers.forget(_KEYS + prefix)

    def spend(self, resource: str, spent: Spent, *, job: str) -> None:
        quotas.record(
            NAME,
            resource,
            limit=spent.limit,
            remaining=spent.remaining,
            resets_at=spent.resets_at,
            cost=spent.cost,
            job_id=int(job) if job else None,
        )

    def pause(self, resource: str, pause: Pause) -> None:
        quotas.pause(NAME, resource, until=pause.until, reason=pause.reason)

    def paused(self, resource: str, now: datetime) -> Pause | None:
        pause = quotas.paused(NAME, resource, now=now)
        return None if pause is None else Pause(until=pause.until, reason=pause.reason)


def why_off() -> str:
    """Empty where GitHub is connected, else what to set."""
    if settings.ENV.github_token or settings.ENV.github_app_id:
        return ""
    return "GitHub is not connected: set GITHUB_TOKEN, or the three GITHUB_APP_… variables."


def connect(*, job_id: int | None = None) -> GitHub:
    """A client on the shared state; its calls go to the account of the job."""
    base_url = settings.ENV.github_url
    connection = Connection(
        outside(NAME, title="GitHub", base_url=base_url, limits=LIMITS),
        auth=_auth(),
        memory=DatabaseMemory(),
        job="" if job_id is None else str(job_id),
        now=timezone.now,
    )
    return GitHub(connection, base_url=base_url)


def state(now: datetime, *, stale_after: timedelta) -> dict[str, object]:
    """How GitHub is, as `OutsideState.load` answers it."""
    pause = quotas.paused(NAME, "graphql", now=now)
    if pause is not None:
        return {"state": "stale", "words": f"paused until {pause.until:%H:%M} UTC: {pause.reason}"}
    return summary(NAME, why_off=why_off(), stale_after=stale_after, now=now)


def web_url() -> str:
    """Where people see what the API speaks of: `https://github.com`, or the Enterprise server."""
    parts = urlsplit(settings.ENV.github_url)
    if parts.hostname == "api.github.com":
        return "https://github.com"
    host = parts.netloc.removeprefix("api.")
    return f"{parts.scheme}://{host}"


def _auth() -> Auth:
    env = settings.ENV
    if env.github_app_id and env.github_app_private_key and env.github_app_installation_id:
        return _app(env.github_app_id, env.github_app_private_key, env.github_app_installation_id)
    return TokenAuth(env.github_token or "")


@lru_cache(maxsize=4)
def _app(app_id: str, private_key: str, installation_id: str) -> AppAuth:
    """One for the process: it holds the installation's token until that ends."""
    return AppAuth(
        app_id=app_id,
        private_key=private_key,
        installation_id=installation_id,
        now=lambda: datetime.now(UTC),
    )


def note_push(slug: Slug, *, now: datetime) -> None:
    """GitHub told us of a push: the next refresh asks for files and facts in one call."""
    answers.remember(_push_key(slug), etag="", body=[], now=now)


def pushed_since(slug: Slug, moment: datetime) -> bool:
    """Whether GitHub told us of a push to the repository after this moment."""
    row = answers.recall(_push_key(slug))
    return row is not None and row.seen_at > moment


def forget_list(path: str) -> None:
    """GitHub told us that something on this list changed: the next refresh asks for it anew."""
    answers.forget(f"{_KEYS}{settings.ENV.github_url}{path}?")


def _push_key(slug: Slug) -> str:
    return f"{_KEYS}push {slug.key}"
