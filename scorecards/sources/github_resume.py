"""Going on where GitHub's rate limit stopped a refresh."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from portal.catalog.models import Service
from portal.jobs.queue import enqueue

AFTER = timedelta(seconds=5)  # clocks differ


def resume_later(services: Sequence[Service], until: datetime) -> None:
    """File a refresh of these services for the end of the pause; twice is as good as once."""
    keys = sorted(service.key for service in services)
    digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]
    enqueue(
        "refresh",
        title=f"Refresh {len(keys)} services from GitHub after its pause",
        args={"services": keys, "sources": ["github"]},
        dedupe_key=f"refresh:github:after:{until:%Y%m%dT%H%M}:{digest}",
        not_before=until + AFTER,
    )
