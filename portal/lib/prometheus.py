"""A client of the HTTP API of Prometheus (2.40 and later, 3.x, and what speaks like it).

https://prometheus.io/docs/prometheus/latest/querying/api/

Queries go as POST forms, so that their length does not matter, and are asked again on a failure:
they change nothing. Values arrive as strings and leave as floats; "NaN" stays a NaN that the
caller must tell from a missing series. What the server warns of comes along with the data.
Errors of a query are `PrometheusError`s with the server's own words; all others are those of
`portal.lib.http`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from portal.lib.http import Answer, Answered, Outside, OutsideError, Unreadable
from portal.lib.promql import parse_duration

QUERY_SECONDS = 30.0
MOST_POINTS = 11_000  # of one series in one range query


class PrometheusError(OutsideError):
    """The server understood the call and refuses or fails it; `error_type` is its own word."""

    def __init__(self, service: str, message: str, *, error_type: str) -> None:
        super().__init__(service, message)
        self.error_type = error_type


class BadQuery(PrometheusError):
    """400 `bad_data`: the query or a parameter is wrong."""


class NotExecuted(PrometheusError):
    """422 `execution`: well-formed, but it fails on the data or needs too many samples."""


class QueryTimedOut(PrometheusError):
    """503 `timeout`: the query took longer than the server allows."""


_ERRORS: dict[str, type[PrometheusError]] = {
    "bad_data": BadQuery,
    "execution": NotExecuted,
    "timeout": QueryTimedOut,
    "canceled": QueryTimedOut,
}


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where a Prometheus is and how one signs in to it: a bearer token, or user and password;
    TLS with an own authority, a client certificate, or unchecked."""

    url: str
    bearer_token: str | None = None
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    insecure_skip_verify: bool = False

    def config(self) -> dict[str, Any]:
        """Keyword arguments for `Outside`."""
        config: dict[str, Any] = {"base_url": self.url}
        if self.bearer_token is not None:
            config["headers"] = {"Authorization": f"Bearer {self.bearer_token}"}
        elif self.username is not None:
            config["auth"] = (self.username, self.password or "")
        if self.insecure_skip_verify:
            config["verify"] = False
        elif self.ca_file is not None:
            config["verify"] = self.ca_file
        if self.client_cert is not None and self.client_key is not None:
            config["cert"] = (self.client_cert, self.client_key)
        return config


@dataclass(frozen=True)
class Sample:
    labels: Mapping[str, str]
    at: datetime
    value: float


@dataclass(frozen=True)
class Series:
    labels: Mapping[str, str]
    points: list[tuple[datetime, float]]


@dataclass(frozen=True, kw_only=True)
class Instant:
    """What an instant query gave; native histograms in it are counted and left out."""

    samples: list[Sample]
    warnings: list[str]
    infos: list[str]
    histograms: int = 0


@dataclass(frozen=True, kw_only=True)
class Range:
    series: list[Series]
    warnings: list[str]
    infos: list[str]


class _Reply(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Alert(_Reply):
    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    state: Literal["pending", "firing", "inactive"]
    active_at: datetime | None = None
    value: str = ""

    @property
    def name(self) -> str:
        return self.labels.get("alertname", "")


class Rule(_Reply):
    """A rule of either type; the fields of alerting rules are empty for recording ones."""

    type: Literal["alerting", "recording"]
    name: str
    query: str
    health: str = "unknown"
    last_error: str = ""
    last_evaluation: datetime | None = None
    evaluation_time: float | None = None
    state: str = ""
    duration: float = 0.0  # seconds
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    alerts: list[Alert] = Field(default_factory=list)


class RuleGroup(_Reply):
    name: str
    file: str = ""
    interval: float  # seconds
    rules: list[Rule] = Field(default_factory=list)


class Target(_Reply):
    labels: dict[str, str]
    scrape_pool: str = ""
    scrape_url: str = ""
    last_error: str = ""
    last_scrape: datetime | None = None
    health: Literal["up", "down", "unknown"]


class BuildInfo(_Reply):
    version: str
    revision: str = ""


class RuntimeInfo(_Reply):
    start_time: datetime | None = None
    storage_retention: str = ""

    @property
    def retention(self) -> timedelta | None:
        """How long samples are kept by time; None where only the size limits it."""
        for part in self.storage_retention.split(" or "):
            try:
                return parse_duration(part)
            except ValueError:
                continue
        return None


def _number(text: object) -> float:
    return float(str(text))


def _moment(seconds: object) -> datetime:
    try:
        return datetime.fromtimestamp(_number(seconds), UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("not a moment") from error


# Numbers arrive as text: "1", "NaN", "+Inf".
_Point = tuple[
    Annotated[datetime, BeforeValidator(_moment)], Annotated[float, BeforeValidator(_number)]
]


class _VectorItem(_Reply):
    metric: dict[str, str]
    value: _Point | None = None


class _MatrixItem(_Reply):
    metric: dict[str, str]
    values: list[_Point] = Field(default_factory=list)


class _Vector(_Reply):
    result_type: Literal["vector"]
    result: list[_VectorItem]


class _Scalar(_Reply):
    result_type: Literal["scalar"]
    result: _Point


class _Matrix(_Reply):
    result_type: Literal["matrix"]
    result: list[_MatrixItem]


class _Alerts(_Reply):
    alerts: list[Alert]


class _Rules(_Reply):
    groups: list[RuleGroup]


class _Targets(_Reply):
    active_targets: list[Target]


class _Failure(_Reply):
    status: Literal["error"]
    error_type: str = ""
    error: str = ""


T = TypeVar("T")


class _Envelope(_Reply, Generic[T]):
    status: Literal["success"]
    data: T
    warnings: list[str] = Field(default_factory=list)
    infos: list[str] = Field(default_factory=list)


class Prometheus:
    """One Prometheus, reached through an `Outside`."""

    def __init__(self, outside: Outside, *, query_seconds: float = QUERY_SECONDS) -> None:
        self._outside = outside
        self._query_seconds = query_seconds

    def query(self, expression: str, *, at: datetime | None = None) -> Instant:
        """An instant query: a vector, or a scalar as one sample without labels.

        https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
        """
        form = {"query": expression, "timeout": f"{self._query_seconds:g}s"}
        if at is not None:
            form["time"] = f"{at.timestamp():.3f}"
        reply = self._ask("/api/v1/query", _Envelope[_Vector | _Scalar], form)
        data = reply.data
        if isinstance(data, _Scalar):
            samples = [Sample({}, *data.result)]
            return Instant(samples=samples, warnings=reply.warnings, infos=reply.infos)
        samples = [Sample(item.metric, *item.value) for item in data.result if item.value]
        return Instant(
            samples=samples,
            warnings=reply.warnings,
            infos=reply.infos,
            histograms=len(data.result) - len(samples),
        )

    def query_range(
        self, expression: str, *, start: datetime, end: datetime, step: timedelta
    ) -> Range:
        """A range query. The step is widened where it would give more points than one may ask.

        https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
        """
        narrowest = math.ceil((end - start).total_seconds() / (MOST_POINTS - 1))
        form = {
            "query": expression,
            "start": f"{start.timestamp():.3f}",
            "end": f"{end.timestamp():.3f}",
            "step": f"{max(step.total_seconds(), narrowest):.3f}",
            "timeout": f"{self._query_seconds:g}s",
        }
        reply = self._ask("/api/v1/query_range", _Envelope[_Matrix], form)
        series = [Series(item.metric, item.values) for item in reply.data.result]
        return Range(series=series, warnings=reply.warnings, infos=reply.infos)

    def alerts(self) -> list[Alert]:
        """Pending and firing alerts.

        https://prometheus.io/docs/prometheus/latest/querying/api/#alerts
        """
        return self._ask("/api/v1/alerts", _Envelope[_Alerts]).data.alerts

    def rules(self, kind: Literal["alert", "record"] | None = None) -> list[RuleGroup]:
        """Rule groups with their rules.

        https://prometheus.io/docs/prometheus/latest/querying/api/#rules
        """
        params = {} if kind is None else {"type": kind}
        return self._ask("/api/v1/rules", _Envelope[_Rules], params=params).data.groups

    def targets(self) -> list[Target]:
        """Active scrape targets.

        https://prometheus.io/docs/prometheus/latest/querying/api/#targets
        """
        params = {"state": "active"}
        return self._ask("/api/v1/targets", _Envelope[_Targets], params=params).data.active_targets

    def buildinfo(self) -> BuildInfo:
        """https://prometheus.io/docs/prometheus/latest/querying/api/#build-information"""
        return self._ask("/api/v1/status/buildinfo", _Envelope[BuildInfo]).data

    def runtimeinfo(self) -> RuntimeInfo:
        """https://prometheus.io/docs/prometheus/latest/querying/api/#runtime-information"""
        return self._ask("/api/v1/status/runtimeinfo", _Envelope[RuntimeInfo]).data

    def _ask(
        self,
        path: str,
        model: type[_Envelope[T]],
        form: Mapping[str, str] | None = None,
        *,
        params: Mapping[str, str] | None = None,
    ) -> _Envelope[T]:
        try:
            answer = self._outside.request(
                "GET" if form is None else "POST",
                path,
                params=params,
                data=form,
                idempotent=True,
                accept=lambda answer: answer.status == 200 or _failure(answer) is not None,
                read=self._query_seconds + 5,
            )
        except Answered as error:
            if error.status in {401, 403}:
                raise OutsideError(
                    error.service,
                    f"{error.service} refuses the sign-in ({error.status}); check "
                    "PROMETHEUS_BEARER_TOKEN, or PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD.",
                ) from error
            raise
        return self._parsed(answer, model)

    def _parsed(self, answer: Answer, model: type[_Envelope[T]]) -> _Envelope[T]:
        name = self._outside.title
        try:
            return model.model_validate_json(answer.content)
        except ValidationError as error:
            failure = _failure(answer)
            if failure is not None:
                raise self._failed(failure) from error
            raise Unreadable(
                name, f"{name} answered with something that is not Prometheus' API."
            ) from error

    def _failed(self, failure: _Failure) -> PrometheusError:
        name = self._outside.title
        kind = failure.error_type or "error"
        words = failure.error.strip()[:300] or "no reason given"
        return _ERRORS.get(kind, PrometheusError)(
            name, f"{name} refuses the query ({kind}): {words}", error_type=kind
        )


def _failure(answer: Answer) -> _Failure | None:
    """What a refusal in the API's own words says. The server is well then, whatever the status:
    such an answer is not asked for again and counts for no circuit breaker."""
    try:
        return _Failure.model_validate_json(answer.content)
    except ValidationError:
        return None
