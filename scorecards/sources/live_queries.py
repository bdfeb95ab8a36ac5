"""Which queries tell how services do: templates of metrics, read from `PROMETHEUS_CONFIG`.

    templates:
      - name: mesh
        label: destination_workload
        total: istio_requests_total{reporter="destination"}
        errors: istio_requests_total{reporter="destination",response_code=~"5.."}
        latency: istio_request_duration_milliseconds_bucket{reporter="destination"}
        latency_unit: milliseconds
    windows: {recent: 1h, availability: 24h}

A template names metrics that carry the service's name in a label. Each gives the same few
grouped queries, whatever the number of services. `docs/prometheus.md` describes every key.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from portal.lib.promql import parse_duration, quoted
from portal.lib.yaml import YamlError, load_document

_SELECTOR = re.compile(r"(?P<metric>[a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(?P<matchers>.*)\})?", re.S)
_MATCHER = r'[a-zA-Z_][a-zA-Z0-9_]*\s*(?:=~|!~|!=|=)\s*"(?:[^"\\]|\\.)*"'
_MATCHERS = re.compile(rf"\s*(?:{_MATCHER}\s*(?:,\s*{_MATCHER}\s*)*,?)?\s*")


class ConfigError(Exception):
    """What is wrong with `PROMETHEUS_CONFIG`, in one sentence with its place."""


def _selector(value: str) -> str:
    match = _SELECTOR.fullmatch(value.strip())
    if match is None or not _MATCHERS.fullmatch(match["matchers"] or ""):
        raise ValueError(f'{value!r} is no metric with matchers, such as requests_total{{a="b"}}')
    return value.strip()


def _matchers(value: str) -> str:
    if not _MATCHERS.fullmatch(value):
        raise ValueError(f'{value!r} is no list of matchers, such as env="prod"')
    return value.strip().rstrip(",")


def _label(value: str) -> str:
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", value):
        raise ValueError(f"{value!r} is no name of a label")
    return value


def _window(value: str) -> str:
    parse_duration(value)
    return value


Selector = Annotated[str, AfterValidator(_selector)]
Label = Annotated[str, AfterValidator(_label)]
Window = Annotated[str, AfterValidator(_window)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Windows(_Part):
    """Over how long is measured: `recent` for rates, errors and latency, and availability's."""

    recent: Window = "1h"
    availability: Window = "24h"


class Template(_Part):
    """One way in which services expose how they do."""

    name: str = "http"
    label: Label = "service"
    selector: Annotated[str, AfterValidator(_matchers)] = ""  # added to every metric below
    total: Selector = "http_requests_total"
    errors: Selector = 'http_requests_total{code=~"5.."}'
    latency: Selector = "http_request_duration_seconds_bucket"
    latency_unit: Literal["seconds", "milliseconds"] = "seconds"
    up: Selector = "up"
    up_label: Label | None = None  # where `up` carries the name in another label

    @property
    def label_of_up(self) -> str:
        return self.up_label or self.label

    @property
    def milliseconds(self) -> float:
        """How many milliseconds one unit of `latency` is."""
        return 1000.0 if self.latency_unit == "seconds" else 1.0


class Config(_Part):
    """All templates, the first with data for a service counts."""

    templates: tuple[Template, ...] = Field(default=(Template(),), min_length=1, max_length=20)
    windows: Windows = Windows()

    @model_validator(mode="after")
    def _names_differ(self) -> "Config":
        names = [template.name for template in self.templates]
        if len(set(names)) < len(names):
            raise ValueError("two templates have the same name")
        return self


def load(path: Path | None) -> Config:
    """The configuration in a file, or the one that holds without a file. Raises `ConfigError`."""
    if path is None:
        return Config()
    try:
        document = load_document(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from error
    except YamlError as error:
        raise ConfigError(error.at(str(path))) from error
    try:
        return Config.model_validate(document.value)
    except ValidationError as error:
        first = error.errors()[0]
        where = [part for part in first["loc"] if isinstance(part, str | int)]
        message = first["msg"].removeprefix("Value error, ")
        named = f"{'.'.join(map(str, where))}: {message}" if where else message
        raise ConfigError(f"{path}:{document.line_of(*where)}: {named}.") from error


def increase(template: Template, metric: str, window: str, service: str | None = None) -> str:
    """How much a counter grew by service, or for one service."""
    return _sum(template, f"increase({_select(template, metric, service)}[{window}])", service)


def rate(template: Template, window: str, service: str) -> str:
    return f"sum(rate({_select(template, template.total, service)}[{window}]))"


def share(template: Template, metric: str, window: str, service: str) -> str:
    """The share of a counter in the total for one service, in percent."""
    part = increase(template, metric, window, service)
    return f"100 * {part} / {increase(template, template.total, window, service)}"


def quantile(template: Template, q: float, window: str, service: str | None = None) -> str:
    """A quantile of the latency histogram, in its own unit."""
    labels = "le" if service is not None else f"{template.label}, le"
    buckets = _select(template, template.latency, service)
    return f"histogram_quantile({q:g}, sum by ({labels}) (rate({buckets}[{window}])))"


def up(template: Template, count: Literal["up", "all"], service: str | None = None) -> str:
    """How many targets of each service there are, or how many of them answered."""
    label = template.label_of_up
    metric = _select(template, template.up, service, label)
    if service is not None:
        return metric
    return f"{'sum' if count == 'up' else 'count'} by ({label}) ({metric})"


def firing(template: Template, service: str) -> str:
    return f'ALERTS{{alertstate="firing",{template.label}={quoted(service)}}}'


def selected(template: Template, metric: str, service: str) -> str:
    """A metric's series of one service."""
    return _select(template, metric, service)


def _sum(template: Template, inner: str, service: str | None) -> str:
    return f"sum({inner})" if service is not None else f"sum by ({template.label}) ({inner})"


def _select(template: Template, metric: str, service: str | None, label: str = "") -> str:
    """The metric with its own matchers, those of the template, and the service's."""
    match = _SELECTOR.fullmatch(metric)
    assert match is not None
    own = (match["matchers"] or "").strip().rstrip(",")
    name = f"{label or template.label}={quoted(service)}" if service is not None else ""
    matchers = ",".join(part for part in (own, template.selector, name) if part)
    return f"{match['metric']}{{{matchers}}}" if matchers else match["metric"]


def value_of(annotations: Mapping[str, object], name: str) -> str:
    """What a service is called in Prometheus: by its annotation, else by its name."""
    value = annotations.get("prometheus.io/service")
    return value.strip() if isinstance(value, str) and value.strip() else name
