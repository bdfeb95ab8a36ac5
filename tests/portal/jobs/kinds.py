"""Job kinds for tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from portal.jobs.queue import JobKind, Summary, job_kinds
from portal.jobs.worker import Work


@contextmanager
def job_kind(run: Callable[[Work], Summary], key: str = "test", **fields: Any) -> Iterator[JobKind]:
    """A kind that exists for the block."""
    fields.setdefault("lease_for", timedelta(seconds=60))
    kind = job_kinds.add(JobKind(key=key, title="Test", run=run, **fields))
    try:
        yield kind
    finally:
        job_kinds.remove(key)
