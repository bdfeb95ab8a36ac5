"""Facts, results, standings and scorecards over the API."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from portal.accounts.models import Person, Scope
from portal.api.auth import needs
from portal.api.pages import Page, PageQuery, page
from portal.catalog.models import Service
from portal.jobs.api import JobOut, job_out
from portal.lib.errors import NotFound
from portal.lib.registry import facts as fact_registry
from scorecards.actions import request_refresh
from scorecards.models import Check, Result, ResultState, Scorecard, Snapshot, Standing

router = Router()


class FactOut(Schema):
    """A fact as one source says it. Either `value` or `error` is set."""

    service: str
    name: str
    title: str
    type: str
    unit: str
    source: str
    value: Any = None
    error: str = ""
    evidence: str = ""
    url: str = ""
    measured_at: datetime
    is_stale: bool = Field(description="Older than this fact may be; checks call it unknown.")


class SourceFactsOut(Schema):
    """What one source says about one service, and how asking it went."""

    service: str
    source: str
    last_success_at: datetime | None
    last_failure_at: datetime | None
    failing_since: datetime | None
    failure_reason: str
    facts: list[FactOut]


class ResultOut(Schema):
    service: str
    scorecard: str
    check: str
    title: str
    version: int
    level: str
    weight: int
    state: ResultState
    reason: str
    facts: dict[str, Any] = Field(description="The facts that made the result, by name.")
    changed_at: datetime = Field(description="Since when state and reason are these.")
    evaluated_at: datetime


class StandingOut(Schema):
    service: str
    scorecard: str
    score: float | None = Field(description="0 to 100; null while nothing is known.")
    low: float | None = Field(description="The score if every unknown check failed.")
    high: float | None = Field(description="The score if every unknown check passed.")
    level: str = Field(description="Empty for none.")
    level_rank: int
    held_since: datetime | None = Field(description="Level held, not measurable since.")
    level_waivers: int
    passed: int
    failed: int
    unknown: int
    waived: int
    level_changed_at: datetime | None


class CheckOut(Schema):
    slug: str
    title: str
    version: int
    level: str
    weight: int
    expression: str
    filter: str
    why: str
    fix: str
    fix_minutes: int | None
    effective_from: datetime | None


class LevelOut(Schema):
    key: str
    title: str


class ScorecardOut(Schema):
    slug: str
    title: str
    description: str
    filter: str
    levels: list[LevelOut] = Field(description="From the lowest.")
    checks: list[CheckOut]


class FactQuery(PageQuery):
    service: str | None = Field(None, max_length=130, description="A service's key.")
    source: str | None = Field(None, max_length=30)


class ResultQuery(PageQuery):
    service: str | None = Field(None, max_length=130)
    check: str | None = Field(None, max_length=80)
    scorecard: str | None = Field(None, max_length=80)
    state: ResultState | None = None


@router.get("/facts", response=Page[SourceFactsOut], summary="Facts, by service and source")
def facts(request: HttpRequest, at: Query[FactQuery]) -> dict[str, object]:
    found = Snapshot.objects.select_related("service")
    if at.service is not None:
        found = found.filter(service__key=at.service.lower())
    if at.source is not None:
        found = found.filter(source=at.source)
    order = ("service__key", "source")
    return page(found, cursor=at.cursor, limit=at.limit, order=order, to=_source_facts)


@router.get("/services/{key}/facts", response=list[FactOut], summary="Every fact of one service")
def service_facts(request: HttpRequest, key: str) -> list[FactOut]:
    service = _service(key)
    found = Snapshot.objects.filter(service=service).select_related("service").order_by("source")
    return [fact for snapshot in found for fact in _facts(snapshot)]


@router.get("/results", response=Page[ResultOut], summary="Results of checks")
def results(request: HttpRequest, at: Query[ResultQuery]) -> dict[str, object]:
    found: QuerySet[Result] = Result.objects.select_related(
        "service", "check_row__current", "check_row__scorecard"
    )
    if at.service is not None:
        found = found.filter(service__key=at.service.lower())
    if at.check is not None:
        found = found.filter(check_row__slug=at.check)
    if at.scorecard is not None:
        found = found.filter(check_row__scorecard__slug=at.scorecard)
    if at.state is not None:
        found = found.filter(state=at.state)
    return page(found, cursor=at.cursor, limit=at.limit, order=("id",), to=_result)


@router.get(
    "/services/{key}/standings", response=list[StandingOut], summary="How one service stands"
)
def standings(request: HttpRequest, key: str) -> list[StandingOut]:
    found = Standing.objects.filter(service=_service(key), scorecard__retired_at=None)
    rows = found.select_related("service", "scorecard").order_by("scorecard__order")
    return [_standing(row) for row in rows]


@router.get("/scorecards", response=Page[ScorecardOut], summary="Scorecards with their checks")
def scorecards(request: HttpRequest, at: Query[PageQuery]) -> dict[str, object]:
    checks: dict[int, list[Check]] = {}
    for check in Check.objects.active():
        checks.setdefault(check.scorecard_id, []).append(check)

    def to(row: Scorecard) -> ScorecardOut:
        return _scorecard(row, checks.get(row.pk, []))

    found = Scorecard.objects.active()
    return page(found, cursor=at.cursor, limit=at.limit, order=("slug",), to=to)


@router.post(
    "/services/{key}/refresh",
    response={202: JobOut},
    auth=needs(Scope.REFRESH),
    summary="Ask for fresh facts about a service",
)
def refresh(request: HttpRequest, key: str) -> Status[JobOut]:
    """Answers the job that does it; one that is on its way already is answered again."""
    person = request.user
    assert isinstance(person, Person)
    job, _ = request_refresh(_service(key), by=person)
    return Status(202, job_out(job))


def _service(key: str) -> Service:
    found: Service | None = Service.objects.filter(key=key.lower()).select_related("owner").first()
    if found is None:
        raise NotFound(f"There is no service {key}.")
    return found


def _source_facts(row: Snapshot) -> SourceFactsOut:
    return SourceFactsOut(
        service=row.service.key,
        source=row.source,
        last_success_at=row.last_success_at,
        last_failure_at=row.last_failure_at,
        failing_since=row.failing_since,
        failure_reason=row.failure_reason,
        facts=_facts(row),
    )


def _facts(row: Snapshot) -> list[FactOut]:
    found = []
    for name, entry in sorted(row.facts.items()):
        spec = fact_registry.get(name)
        measured_at = datetime.fromisoformat(entry["measured_at"])
        found.append(
            FactOut(
                service=row.service.key,
                name=name,
                title=spec.title if spec else name,
                type=spec.type if spec else "",
                unit=spec.unit if spec else "",
                source=row.source,
                value=entry.get("value"),
                error=entry.get("error", ""),
                evidence=entry.get("evidence", ""),
                url=entry.get("url", ""),
                measured_at=measured_at,
                is_stale=spec is not None and timezone.now() - measured_at > spec.stale_after,
            )
        )
    return found


def _result(row: Result) -> ResultOut:
    current = row.check_row.current
    return ResultOut(
        service=row.service.key,
        scorecard=row.check_row.scorecard.slug,
        check=row.check_row.slug,
        title=current.title if current else row.check_row.slug,
        version=row.version,
        level=current.level if current else "",
        weight=current.weight if current else 0,
        state=ResultState(row.state),
        reason=row.reason,
        facts=row.facts,
        changed_at=row.changed_at,
        evaluated_at=row.evaluated_at,
    )


def _standing(row: Standing) -> StandingOut:
    names = set(StandingOut.model_fields) - {"service", "scorecard"}
    return StandingOut(
        service=row.service.key,
        scorecard=row.scorecard.slug,
        **{name: getattr(row, name) for name in names},
    )


def _scorecard(row: Scorecard, checks: list[Check]) -> ScorecardOut:
    names = set(CheckOut.model_fields) - {"slug", "version"}
    return ScorecardOut(
        slug=row.slug,
        title=row.title,
        description=row.description,
        filter=row.filter,
        levels=[LevelOut(**level) for level in row.levels],
        checks=[
            CheckOut(
                slug=check.slug,
                version=check.current.number,
                **{name: getattr(check.current, name) for name in names},
            )
            for check in checks
            if check.current is not None
        ],
    )
