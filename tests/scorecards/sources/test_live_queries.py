from datetime import timedelta
from pathlib import Path

import pytest

from portal.lib.promql import parse_duration
from scorecards.sources import live_queries as queries
from scorecards.sources.live_queries import Config, ConfigError, Template

PLAIN = Template()
MESH = Template(
    name="mesh",
    label="workload",
    selector='env="prod"',
    total='istio_requests_total{reporter="destination"}',
    errors='istio_requests_total{reporter="destination",response_code=~"5..",}',
    latency="istio_request_duration_milliseconds_bucket",
    latency_unit="milliseconds",
    up_label="app",
)


def config_file(folder: Path, text: str) -> Path:
    path = folder / "prometheus.yml"
    path.write_text(text)
    return path


def test_grouped_queries_name_no_service() -> None:
    assert queries.increase(PLAIN, PLAIN.errors, "1h") == (
        'sum by (service) (increase(http_requests_total{code=~"5.."}[1h]))'
    )
    assert queries.quantile(PLAIN, 0.95, "1h") == (
        "histogram_quantile(0.95, sum by (service, le) "
        "(rate(http_request_duration_seconds_bucket[1h])))"
    )
    assert queries.up(PLAIN, "all") == "count by (service) (up)"
    assert queries.up(MESH, "up") == 'sum by (app) (up{env="prod"})'


def test_matchers_of_metric_template_and_service_are_joined() -> None:
    assert queries.increase(MESH, MESH.errors, "24h", "cart") == (
        'sum(increase(istio_requests_total{reporter="destination",response_code=~"5..",'
        'env="prod",workload="cart"}[24h]))'
    )
    assert queries.quantile(MESH, 0.5, "1h", "cart") == (
        "histogram_quantile(0.5, sum by (le) (rate(istio_request_duration_milliseconds_bucket"
        '{env="prod",workload="cart"}[1h])))'
    )
    assert queries.up(MESH, "all", "cart") == 'up{env="prod",app="cart"}'


def test_service_name_cannot_break_out_of_its_quotes() -> None:
    assert queries.selected(PLAIN, "up", 'a"} or vector(1) #') == (
        r'up{service="a\"} or vector(1) #"}'
    )


def test_configuration_without_a_file_holds_the_usual_names() -> None:
    config = queries.load(None)
    assert config == Config()
    assert config.templates[0].total == "http_requests_total"
    assert parse_duration(config.windows.recent) == timedelta(hours=1)


def test_configuration_is_read_from_a_file(tmp_path: Path) -> None:
    path = config_file(
        tmp_path,
        "templates:\n"
        "  - {name: mesh, label: workload, latency_unit: milliseconds}\n"
        "  - name: http\n"
        "windows: {availability: 7d}\n",
    )
    config = queries.load(path)
    assert [template.name for template in config.templates] == ["mesh", "http"]
    assert config.templates[0].milliseconds == 1
    assert config.templates[1].milliseconds == 1000
    assert (config.windows.recent, config.windows.availability) == ("1h", "7d")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("templates:\n  - name: a\n    label: a b\n", 3, "no name of a label"),
        ("templates:\n  - total: 'x{a=b}'\n", 2, "no metric with matchers"),
        ("templates:\n  - total: 'x) or vector(1'\n", 2, "no metric with matchers"),
        ("templates:\n  - selector: 'a=\"b\"} or x{'\n", 2, "no list of matchers"),
        ("windows:\n  recent: soon\n", 2, "no duration"),
        ("templates:\n  - latency_unit: hours\n", 2, "seconds"),
        ("templates:\n  - totals: x\n", 2, "not permitted"),
        ("templates: []\n", 1, "at least 1"),
        ("templates:\n  - name: a\n  - name: a\n", 1, "two templates have the same name"),
        ("templates: {\n", 1, "prometheus.yml:"),
        ("- a\n", 1, "prometheus.yml:1"),
        ("", 1, "no YAML document"),
    ],
)
def test_mistake_in_the_file_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        queries.load(config_file(tmp_path, text))
    assert "prometheus.yml:" in str(caught.value)
    if line > 1:
        assert f"prometheus.yml:{line}:" in str(caught.value)


def test_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read: No such file or directory"):
        queries.load(tmp_path / "none.yml")


def test_annotation_tells_what_a_service_is_called() -> None:
    assert queries.value_of({}, "cart") == "cart"
    assert queries.value_of({"prometheus.io/service": " cart-v2 "}, "cart") == "cart-v2"
    assert queries.value_of({"prometheus.io/service": ""}, "cart") == "cart"
    assert queries.value_of({"prometheus.io/service": 7}, "cart") == "cart"
