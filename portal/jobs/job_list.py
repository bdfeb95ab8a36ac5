"""The list of jobs: its columns and filters, for the page and the API."""

from collections.abc import Iterable, Sequence

from portal.jobs.models import JobState
from portal.jobs.queue import job_kinds
from portal.lib.lists import Column, Filter

DEFAULT_SORT = "-number"

COLUMNS: Sequence[Column] = (
    Column(key="number", title="Number", sort=("id",), numeric=True, descends_first=True),
    Column(key="title", title="Job", sort=("title",)),
    Column(key="state", title="State", sort=("state",)),
    Column(key="progress", title="Progress", numeric=True),
    Column(key="by", title="Requested by", sort=("requested_by_name",), priority=3),
    Column(key="started", title="Started", sort=("started_at",), descends_first=True, priority=2),
    Column(
        key="duration",
        title="Duration",
        sort=("duration",),
        numeric=True,
        descends_first=True,
        priority=3,
    ),
)


def filters() -> Sequence[Filter]:
    return (
        Filter(
            key="state",
            title="State",
            apply=lambda jobs, value: jobs.filter(state=value),
            options=lambda: JobState.choices,
        ),
        Filter(
            key="kind",
            title="Kind",
            apply=lambda jobs, value: jobs.filter(kind=value),
            options=_kinds,
        ),
    )


def _kinds() -> Iterable[tuple[str, str]]:
    return [(kind.key, kind.title) for kind in job_kinds]
