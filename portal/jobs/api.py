"""Jobs over the API: how work that was asked for is getting on."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from portal.api.pages import Page, PageQuery, page
from portal.jobs.models import Job, JobState
from portal.lib.errors import NotFound

router = Router()


class FailureOut(Schema):
    item: str
    reason: str


class SummaryOut(Schema):
    """What came of a job that is done."""

    done: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: list[FailureOut] = []
    notes: list[str] = []


class JobOut(Schema):
    number: int
    kind: str
    title: str
    state: JobState
    subject_kind: str = Field(description="What the job is about, such as `service`.")
    subject_key: str
    requested_by: str = Field(description="Empty where the portal itself asked.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    done: int
    total: int = Field(description="0 while nobody knows.")
    current: str
    reason: str = Field(description="Why it failed.")
    summary: SummaryOut | None = Field(description="Of a job that is done.")


class JobQuery(PageQuery):
    state: JobState | None = None
    kind: str | None = Field(None, max_length=60)


@router.get("/jobs", response=Page[JobOut], summary="Jobs, newest first")
def jobs(request: HttpRequest, at: Query[JobQuery]) -> dict[str, object]:
    found = Job.objects.all()
    if at.state is not None:
        found = found.filter(state=at.state)
    if at.kind is not None:
        found = found.filter(kind=at.kind)
    return page(found, cursor=at.cursor, limit=at.limit, order=("-id",), to=job_out)


@router.get("/jobs/{int:number}", response=JobOut, summary="One job")
def job(request: HttpRequest, number: int) -> JobOut:
    found = Job.objects.filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no job {number}; finished jobs are kept for 30 days.")
    return job_out(found)


def job_out(job: Job) -> JobOut:
    summary: dict[str, Any] = job.summary
    return JobOut(
        number=job.pk,
        kind=job.kind,
        title=job.title,
        state=JobState(job.state),
        subject_kind=job.subject_kind,
        subject_key=job.subject_key,
        requested_by=job.requested_by_name,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        attempts=job.attempts,
        done=job.done,
        total=job.total,
        current=job.current,
        reason=job.reason,
        summary=SummaryOut(**summary) if job.state == JobState.DONE else None,
    )
