"""Whether the broker can take messages: a writable folder, or a Redis that answers."""

import os
import secrets
from pathlib import Path

from django.conf import settings

REDIS_SECONDS = 1.0


def broker_problem() -> str | None:
    """None where messages can be sent, else one sentence."""
    if settings.CELERY_BROKER_URL.startswith("folder:"):
        return folder_problem(Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["root"])))
    return redis_problem(settings.CELERY_BROKER_URL)


def folder_problem(root: Path) -> str | None:
    """Write and remove a file where messages are written."""
    probe = root / "tmp" / f"probe-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        return f"The broker's folder {root} can't be written: {error.strerror}."
    return None


def redis_problem(url: str) -> str | None:
    """Ping, with a second to answer."""
    import redis  # noqa: PLC0415 the embedded portal does without its 6 MB

    client = redis.Redis.from_url(
        url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS
    )
    try:
        client.ping()
    except redis.RedisError as error:
        return f"The broker at {_without_password(url)} does not answer: {error}"
    finally:
        client.close()
    return None


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
